import type { Context, Middleware, MiddlewareOptions } from '@microsoft/microsoft-graph-client';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** What came back, read completely while the request still counted as in flight. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | null;
  readonly date: string | null;
  readonly text: string;
}

/**
 * One request on its way through the chain: what the client's own request cannot carry unspoiled. Its URL parser changes links, and its error
 * handler would wrap what was thrown; so the link, the answer and the failure travel here.
 */
export class Exchange implements MiddlewareOptions {
  readonly method: Method;
  /** Requested byte for byte instead of the client's URL. */
  readonly link: string | null;
  /** Takes the body of a success while the request still counts as in flight, instead of the answer's text. */
  readonly consume: ((response: Response) => Promise<void>) | null;
  /** In place of the transport's own. */
  readonly timeoutMs: number | null;
  answer: RawAnswer | null = null;
  failure: Error | null = null;

  constructor(method: Method, link: string | null, download: { readonly consume: (response: Response) => Promise<void>; readonly timeoutMs: number } | null = null) {
    this.method = method;
    this.link = link;
    this.consume = download?.consume ?? null;
    this.timeoutMs = download?.timeoutMs ?? null;
  }

  /** Whether the request may change something: a lost answer then leaves the outcome open. */
  get writes(): boolean {
    return this.method !== 'GET';
  }
}

function exchangeOf(context: Context): Exchange {
  const exchange: unknown = context.middlewareControl?.getMiddlewareOptions(Exchange);
  if (!(exchange instanceof Exchange)) throw new Error('A Graph request needs its Exchange option: send it through the transport.');
  return exchange;
}

export type Step = (context: Context, next: () => Promise<void>, exchange: Exchange) => Promise<void>;

/** A step of the chain as the client wants it. */
export function middleware(step: Step): Middleware {
  let following: Middleware | null = null;
  return {
    setNext(next) {
      following = next;
    },
    async execute(context) {
      const next = following;
      await step(context, async () => next?.execute(context), exchangeOf(context));
    },
  };
}

/** The client hands over a plain record of headers, named as we name them; `Headers` objects would cost more than the rest of the chain. */
export function setHeader(context: Context, name: string, value: string): void {
  context.options = { ...context.options, headers: { ...headersOf(context), [name]: value } };
}

export function header(context: Context, name: string): string | null {
  return headersOf(context)[name] ?? null;
}

function headersOf(context: Context): Record<string, string> {
  const headers = context.options?.headers ?? {};
  return headers instanceof Headers || Array.isArray(headers) ? Object.fromEntries(new Headers(headers)) : Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

export function asError(failure: unknown): Error {
  return failure instanceof Error ? failure : new Error('A step of the Graph transport failed without saying why.');
}
