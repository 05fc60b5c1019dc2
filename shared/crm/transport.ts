import type { CrmRules } from '../config/rules.ts';
import type { Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Clock, Gate } from '../sync/ports.ts';
import { BrokenAnswer, parseAnswer, type CommandAnswer } from './answer.ts';
import { answerBroken, httpFailed, networkFailed, requestRefused, timedOut, type InFlight } from './classify.ts';
import { withoutContent } from './content-answer.ts';
import { streamedRequest } from './content-stream.ts';
import { CrmClock } from './crm-clock.ts';
import { isWrite, renderRequest, type Command, type QueryCommand } from './dialect.ts';

export type Fetch = (request: Request) => Promise<Response>;

/** Values of the settings that the rules name. They leave this module in requests only. */
export interface CrmSecrets {
  readonly password: string;
  readonly basicPassword?: string;
}

export interface TransportOptions {
  readonly rules: CrmRules;
  readonly secrets: CrmSecrets;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** E-mail address 1 of the rep to act as; null = the master user. */
  readonly actAs: string | null;
  /** A pass's gate; tenant jobs hold their own lease and have none. */
  readonly gate?: Gate;
}

interface CrmAnswer {
  /** In the order of the commands. */
  readonly answers: readonly CommandAnswer[];
  /** The CRM's clock when the request was sent; never later than it was. */
  readonly startedAt: Instant;
}

/** One CRM user. Requests are sent one after the other, whoever asks (docs/crm-interface-dialect: 7). */
export interface CrmTransport {
  /** `content`: what the streamed field of the commands holds. Throws PortFailure; where the request may have taken effect, with `outcomeUnknown`, where it may still run, with `sentAt`. */
  send(commands: readonly Command[], content?: AsyncIterable<Uint8Array>): Promise<CrmAnswer>;
  /**
   * Asks for one record with a field that may be large: its content, base64 in the answer, is handed over while it comes, and is left out of the answer
   * that is returned. `use` reads it to its end; what it throws is thrown as it is. It is not called where the field is empty.
   */
  read(command: QueryCommand, field: string, use: (content: AsyncIterable<Uint8Array>) => Promise<void>): Promise<{ readonly answer: CommandAnswer; readonly startedAt: Instant }>;
  readonly crmClock: CrmClock;
}

export function crmTransport(options: TransportOptions): CrmTransport {
  const { rules, clock } = options;
  const crmClock = new CrmClock(clock, rules.clockSkewSeconds);
  const post = poster(options);
  const timeoutMs = rules.timeoutSeconds * 1_000;
  let requests = 0;
  let mayRunSince: Instant | null = null;
  let last: Promise<unknown> = Promise.resolve();

  async function exchange(commands: readonly Command[], content?: AsyncIterable<Uint8Array>, take?: TakeBody): Promise<CrmAnswer> {
    refuseWhileRunning();
    await options.gate?.enter('crm', timeoutMs);
    requests += 1;
    const envelope = { ...loginOf(options), language: rules.language, corr: `r${requests}` };
    const inFlight: InFlight = { writes: commands.some(isWrite), sentAt: clock.now() };
    const sentMonotonic = clock.monotonic();
    try {
      const response = await post(content === undefined ? renderRequest(envelope, commands) : streamedRequest(renderRequest(envelope, commands), content), inFlight, take);
      crmClock.learn(response.date);
      if (response.status !== 200) throw httpFailed(response.status, retryAfter(response.retryAfter, clock.now()), inFlight);
      const answers = parse(response.body, commands, inFlight);
      const refused = requestRefused(answers);
      if (refused !== null) throw refused;
      return { answers, startedAt: crmClock.at(sentMonotonic) };
    } catch (error) {
      if (error instanceof PortFailure && error.details.sentAt !== undefined) {
        mayRunSince = error.details.sentAt;
        await options.gate?.refused?.('crm', error);
      }
      throw error;
    }
  }

  /** After a lost answer nothing is sent as this user until the request must have ended: a second one would meet "User is already active". */
  function refuseWhileRunning(): void {
    if (mayRunSince === null) return;
    const leftMs = mayRunSince + rules.maxRunSeconds * 1_000 - clock.now();
    if (leftMs > 0) {
      throw new PortFailure('crm', 'crmBusy', 'An earlier request of this CRM user may still be running: nothing is sent until it must have ended.', {
        code: 'stillRunning',
        retryAfterMs: leftMs,
        sentAt: mayRunSince,
      });
    }
    mayRunSince = null;
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  }

  async function read(command: QueryCommand, field: string, use: (content: AsyncIterable<Uint8Array>) => Promise<void>): Promise<{ readonly answer: CommandAnswer; readonly startedAt: Instant }> {
    let thrown: { readonly failure: unknown } | null = null;
    const take: TakeBody = (body) =>
      withoutContent(body, field, (text) => void parseAnswer(text, [command]), async (content, isBroken) => {
        try {
          await use(content);
        } catch (failure) {
          // Its own, or that of the stream it reads: the latter is the CRM's.
          if (!isBroken(failure)) thrown = { failure };
          throw failure;
        }
      });
    try {
      const { answers, startedAt } = await exchange([command], undefined, take);
      return { answer: answers[0] ?? { state: 'notRun' }, startedAt };
    } catch (failure) {
      const own = thrown as { readonly failure: unknown } | null;
      throw own === null ? failure : own.failure;
    }
  }

  return {
    crmClock,
    send: (commands, content) => inTurn(() => exchange(commands, content)),
    read: (command, field, use) => inTurn(() => read(command, field, use)),
  };
}

function loginOf({ rules, secrets, actAs }: TransportOptions): { user: string; password: string | null; domain?: string; impersonateEmail: string | null } {
  // Without an address the request would run as the master user, with rights to everything.
  if (actAs !== null && !/^[^\s;="<>]+@[^\s;="<>]+$/.test(actAs)) {
    throw new PortFailure('crm', 'configuration', "The rep's e-mail address 1 is no mail address: correct it in the CRM's rep record, so that the connector can act as this rep.");
  }
  const login = { user: rules.user, impersonateEmail: actAs };
  return rules.domain === undefined ? { ...login, password: secrets.password } : { ...login, domain: rules.domain, password: null };
}

function parse(body: string, commands: readonly Command[], inFlight: InFlight): readonly CommandAnswer[] {
  try {
    return parseAnswer(body, commands);
  } catch (error) {
    if (error instanceof BrokenAnswer) throw answerBroken(error, inFlight);
    throw error;
  }
}

type Body = string | ReadableStream<Uint8Array>;
/** Reads a body to its end; the answer is what remains to be parsed of it. */
type TakeBody = (body: AsyncIterable<Uint8Array>) => Promise<string>;

interface HttpAnswer {
  readonly status: number;
  readonly date: string | null;
  readonly retryAfter: string | null;
  readonly body: string;
}

/** One POST within the timeout. The connection is closed when it runs out; the CRM may go on with the request. */
function poster({ rules, secrets, fetch, clock }: TransportOptions): (xml: Body, inFlight: InFlight, take?: TakeBody) => Promise<HttpAnswer> {
  const headers: Record<string, string> = { 'content-type': rules.contentType, accept: 'text/xml' };
  if (rules.basic !== undefined) headers['authorization'] = `Basic ${Buffer.from(`${rules.basic.user}:${secrets.basicPassword ?? ''}`, 'utf8').toString('base64')}`;

  async function answerTo(request: Request, take: TakeBody | undefined, taking: (body: Promise<unknown>) => void): Promise<HttpAnswer> {
    const response = await fetch(request);
    if (take !== undefined && response.status === 200 && response.body !== null) {
      const taken = take(response.body);
      taking(taken);
      return { status: 200, date: response.headers.get('date'), retryAfter: null, body: await taken };
    }
    const bytes = await response.arrayBuffer();
    // The status of an error counts, its page does not: it may be in any encoding.
    const body = response.status === 200 ? decode(bytes) : '';
    return { status: response.status, date: response.headers.get('date'), retryAfter: response.headers.get('retry-after'), body };
  }

  return async (xml, inFlight, take) => {
    let taken: Promise<unknown> = Promise.resolve();
    const closing = new AbortController();
    const answered = new AbortController();
    const timeout = clock.sleep(rules.timeoutSeconds * 1_000, answered.signal).then(
      () => 'timeout' as const,
      () => 'answered' as const,
    );
    try {
      const first = await Promise.race([answerTo(requestTo(rules.url, headers, xml, closing.signal), take, (body) => void (taken = body)), timeout]);
      if (typeof first === 'object') return first;
    } catch (error) {
      if (error instanceof PortFailure) throw error;
      if (error instanceof BrokenAnswer) throw answerBroken(error, inFlight);
      throw networkFailed(error, inFlight);
    } finally {
      // With reasons of our own: the default one is an exception with a stack, made for every request.
      answered.abort('answered');
      closing.abort('closed');
    }
    // Whoever was reading sees the connection close, and ends what he had begun with it.
    await taken.catch(() => undefined);
    throw timedOut(inFlight, rules.timeoutSeconds);
  };
}

function requestTo(url: string, headers: Readonly<Record<string, string>>, body: Body, signal: AbortSignal): Request {
  try {
    // A redirect is not followed: it would carry the password to wherever it points.
    return new Request(url, { method: 'POST', headers, body, redirect: 'manual', signal, ...(typeof body === 'string' ? {} : { duplex: 'half' }) } as RequestInit);
  } catch {
    throw new PortFailure('crm', 'configuration', 'crm.url or crm.contentType cannot be used for a request: give an address without a login in it, and a plain content type.');
  }
}

function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BrokenAnswer('it is not UTF-8', false);
  }
}

function retryAfter(header: string | null, now: Instant): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const until = Date.parse(header);
  return Number.isNaN(until) ? undefined : Math.max(0, until - now);
}
