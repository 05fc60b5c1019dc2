/** A request that did not do what it was sent for; the message is one sentence for the person in front of the page. */
export class Trouble extends Error {
  override readonly name = 'Trouble';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export interface Sending {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Who answers, for the sentence: `Outlook`. */
  readonly who: string;
}

/** Answers the parsed JSON, or null where there is no content. */
export type Send = (path: string, sending: Sending) => Promise<unknown>;

const PATIENCE_MS = 10_000;

export function sender(fetch: typeof globalThis.fetch): Send {
  return async (path, { method = 'GET', headers = {}, body, who }) => {
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(path, { method, signal: AbortSignal.timeout(PATIENCE_MS), headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      text = await answer.text();
    } catch {
      throw new Trouble(`${who} does not answer. Is npm start still running?`, 0);
    }
    if (!answer.ok) throw new Trouble(`${who} refused: ${reasonIn(text) ?? `it answered ${answer.status}`}`, answer.status);
    try {
      return text === '' ? null : (JSON.parse(text) as unknown);
    } catch {
      throw new Trouble(`${who} answered something that is not JSON.`, answer.status);
    }
  };
}

/** Graph says `{ error: { message } }`, the others `{ error }`. */
function reasonIn(text: string): string | null {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string') return error;
    const message = typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : null;
    return typeof message === 'string' ? message : null;
  } catch {
    return null;
  }
}
