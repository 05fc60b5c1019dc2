import { plainCode } from '../../graph/classify.ts';
import { refuseBeyond, type Reach } from '../../graph/middleware/reach.ts';
import { Exchange, type Method } from '../../graph/middleware/exchange.ts';
import { retryAfterMs } from '../../graph/retry-after.ts';
import type { GraphAccess } from '../../graph/transport.ts';
import { PortFailure } from '../../sync/failures.ts';
import { CannotTry } from '../fact.ts';

/** An answer as it came: a fact is about statuses and codes, which the connector's own transport puts into reasons. */
export interface GraphAnswer {
  readonly status: number;
  /** Graph's word for what went wrong, where it is a plain word. */
  readonly code: string | null;
  readonly json: unknown;
  /** By Graph's clock, whole seconds. */
  readonly date: number | null;
  readonly tookMs: number;
}

export interface Ask {
  readonly method?: Method;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly prefer?: readonly string[];
}

/** `where`: a path below the version with its query, encoded, or an absolute link from an answer. Throws CannotTry where there is no answer. */
export type GraphWay = (where: string, ask?: Ask) => Promise<GraphAnswer>;

const ATTEMPTS = 4;
const LONGEST_WAIT_MS = 120_000;

/** One request after the other, by the connector's own token and to its own places. It waits where Graph asks to: nobody waits for the probe. */
export function graphWay({ baseUrl, fetch, token, clock }: GraphAccess, reach: Reach, timeoutMs: number, signal: AbortSignal): GraphWay {
  const check = refuseBeyond(reach, baseUrl);
  const root = `${baseUrl.replace(/\/$/, '')}/v1.0`;

  async function once(url: string, bearer: string, { method = 'GET', body, headers = {}, prefer = [] }: Ask): Promise<{ readonly answer: GraphAnswer; readonly retryAfter: string | null; readonly date: string | null }> {
    const closing = new AbortController();
    const answered = new AbortController();
    const late = clock.sleep(timeoutMs, answered.signal).then(
      () => closing.abort('late'),
      () => undefined,
    );
    const began = clock.monotonic();
    try {
      const response = await fetch(url, {
        method,
        redirect: 'manual',
        signal: closing.signal,
        headers: { accept: 'application/json', authorization: `Bearer ${bearer}`, prefer: ['IdType="ImmutableId"', ...prefer].join(', '), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const json = parsed(await response.text());
      const date = response.headers.get('date');
      const told = date === null ? Number.NaN : Date.parse(date);
      const answer = { status: response.status, code: plainCode(member(member(json, 'error'), 'code')), json, date: Number.isNaN(told) ? null : told, tookMs: clock.monotonic() - began };
      return { answer, retryAfter: response.headers.get('retry-after'), date };
    } catch (failure) {
      if (failure instanceof PortFailure) throw failure;
      throw new CannotTry(closing.signal.aborted ? 'Graph did not answer in time' : 'the connection to Graph failed');
    } finally {
      answered.abort('answered');
      await late;
    }
  }

  return async (where, ask = {}) => {
    const isLink = /^https?:/.test(where);
    const url = isLink ? where : `${root}${where}`;
    check(url, new Exchange(ask.method ?? 'GET', isLink ? where : null));
    let bearer = await token();
    for (let attempt = 1; ; attempt += 1) {
      const { answer, retryAfter, date } = await once(url, bearer, ask);
      const isBusy = answer.status === 429 || answer.status === 503 || answer.status === 504;
      if (answer.status === 401 && attempt === 1) bearer = await token(bearer);
      else if (!isBusy) return answer;
      else if (attempt === ATTEMPTS) throw new CannotTry(`Graph asks to wait (${answer.status})`);
      else await clock.sleep(Math.min(retryAfterMs(retryAfter, date, clock.now()) ?? 2_000 * attempt, LONGEST_WAIT_MS), signal);
    }
  };
}

function parsed(text: string): unknown {
  try {
    const json: unknown = text === '' ? null : JSON.parse(text);
    return json;
  } catch {
    return null;
  }
}

export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

export function textOf(value: unknown, name: string): string {
  const found = member(value, name);
  return typeof found === 'string' ? found : '';
}

/** Rows of a list; none where the answer is no list. */
export function rowsIn({ json }: Pick<GraphAnswer, 'json'>): readonly unknown[] {
  const value = member(json, 'value');
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** '412 ErrorIrresolvableConflict' */
export function said({ status, code }: Pick<GraphAnswer, 'status' | 'code'>): string {
  return code === null ? String(status) : `${status} ${code}`;
}
