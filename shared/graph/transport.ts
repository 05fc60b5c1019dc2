import { Client, ResponseType } from '@microsoft/microsoft-graph-client';
import { PortFailure } from '../sync/failures.ts';
import type { Clock, Gate } from '../sync/ports.ts';
import { classify, plainCode } from './classify.ts';
import { absoluteLink } from './middleware/absolute-link.ts';
import { authentication } from './middleware/authentication.ts';
import { capture } from './middleware/capture.ts';
import { concurrency } from './middleware/concurrency.ts';
import { Exchange, type Method, type RawAnswer } from './middleware/exchange.ts';
import { leaseGate } from './middleware/gate.ts';
import { immutableIds } from './middleware/immutable-ids.ts';
import type { Reach } from './middleware/reach.ts';
import { terminal, type Fetch } from './middleware/terminal.ts';
import { timeout } from './middleware/timeout.ts';
import type { TokenProvider } from './tokens.ts';

/** What every way to Graph needs, whatever is asked. */
export interface GraphAccess {
  /** Root without version, e.g. `https://graph.microsoft.com`. */
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly token: TokenProvider;
  readonly clock: Clock;
  /** Called for every request that is sent, repeated ones included. */
  readonly onRequest?: (method: Method) => void;
}

export interface TransportOptions extends GraphAccess {
  /** What may be asked by this way. */
  readonly reach: Reach;
  readonly timeoutMs: number;
  /** Absent for what concerns no mailbox. */
  readonly gate?: Gate;
}

export type Target =
  /** Below the version, with its query, encoded. */
  | { readonly path: string }
  /** An absolute link from an answer, byte for byte. */
  | { readonly link: string };

export type Request = Target & {
  readonly method?: Method;
  readonly prefer?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

/** One mailbox's way to Graph: its four requests in flight are counted here, so a mailbox is opened once per pass. */
export interface Transport {
  /** The parsed JSON of a success, null where there is none. Throws PortFailure, and what the gate throws. */
  send(request: Request): Promise<unknown>;
  /**
   * A content that is no JSON, handed over while it comes: the request is in flight until `use` has ended. What `use` throws is thrown as it is; a
   * connection that breaks is PortFailure 'transient', to `use` first.
   */
  download(request: Target & { readonly timeoutMs: number }, use: (body: AsyncIterable<Uint8Array>, contentType: string) => Promise<void>): Promise<void>;
}

/**
 * Microsoft's client with our own chain (design 10). There is no retry step: waiting is a due row, never a sleeping worker.
 */
export function openTransport(options: TransportOptions): Transport {
  const { baseUrl, clock, timeoutMs, gate } = options;
  const client = Client.initWithMiddleware({
    baseUrl: new URL(baseUrl).href,
    defaultVersion: 'v1.0',
    middleware: [
      capture(),
      absoluteLink(baseUrl, options.reach),
      immutableIds(),
      authentication(options.token),
      concurrency(),
      ...(gate === undefined ? [] : [leaseGate(gate, timeoutMs)]),
      timeout(clock, timeoutMs),
      terminal(options.fetch, clock, options.onRequest ?? (() => undefined)),
    ],
  });

  async function exchanged(request: Request, exchange: Exchange): Promise<unknown> {
    const call = client
      .api('path' in request ? request.path : '/')
      .responseType(ResponseType.RAW)
      .middlewareOptions([exchange])
      .headers({ Accept: 'application/json', ...(request.prefer === undefined ? {} : { Prefer: request.prefer.join(', ') }), ...request.headers });
    switch (exchange.method) {
      case 'GET':
        await call.get();
        break;
      case 'POST':
        await call.post(request.body);
        break;
      case 'PATCH':
        await call.patch(request.body);
        break;
      case 'DELETE':
        await call.delete();
        break;
    }
    if (exchange.failure !== null) throw exchange.failure;
    if (exchange.answer === null) throw classify({ kind: 'network', sent: true }, exchange, clock.now());
    try {
      return understood(exchange.answer, exchange, clock);
    } catch (failure) {
      if (failure instanceof PortFailure) await gate?.refused?.('graph', failure);
      throw failure;
    }
  }

  return {
    send: (request) => exchanged(request, new Exchange(request.method ?? 'GET', 'link' in request ? request.link : null)),
    async download({ timeoutMs: longest, ...request }, use) {
      const consume = (response: Response): Promise<void> => use(bodyOf(response, () => classify({ kind: 'network', sent: true }, { writes: false }, clock.now())), response.headers.get('content-type') ?? '');
      await exchanged({ ...request, headers: { Accept: '*/*' } }, new Exchange('GET', 'link' in request ? request.link : null, { consume, timeoutMs: longest }));
    },
  };
}

async function* bodyOf(response: Response, broken: () => PortFailure): AsyncIterable<Uint8Array> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  try {
    for (;;) {
      let part: Awaited<ReturnType<typeof reader.read>>;
      try {
        part = await reader.read();
      } catch {
        throw broken();
      }
      if (part.done) return;
      yield part.value;
    }
  } finally {
    // Whoever stops half-way wants no more of it.
    await reader.cancel().catch(() => undefined);
  }
}

function understood(answer: RawAnswer, exchange: Exchange, clock: Clock): unknown {
  const { status, text } = answer;
  const garbage = { kind: 'garbage', status } as const;
  if (status >= 200 && status < 300) {
    if (status === 204 || text === '') return null;
    const json = parsed(answer);
    if (json === undefined) throw classify(garbage, exchange, clock.now());
    return json;
  }
  const code = plainCode(member(member(parsed(answer), 'error'), 'code'));
  // A 404 in another shape comes from something between us and Graph, and must never be taken for a deleted item.
  if (code === null && status === 404) throw classify(garbage, exchange, clock.now());
  throw classify({ kind: 'refusal', status, code, retryAfter: answer.retryAfter, date: answer.date }, exchange, clock.now());
}

/** Content type first: a proxy's page with status 200 is no answer of Graph. */
function parsed(answer: RawAnswer): unknown {
  if (!/^application\/([a-z.+-]+\+)?json\b/i.test(answer.contentType)) return undefined;
  try {
    const json: unknown = JSON.parse(answer.text);
    return json;
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
