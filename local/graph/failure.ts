/** A refusal as Graph words it: status, code and message inside `error`. */
export class GraphFailure extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;
  readonly extra: Record<string, unknown>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}, extra: Record<string, unknown> = {}) {
    super(message);
    this.name = 'GraphFailure';
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.extra = extra;
  }
}

export const badRequest = (message: string, code = 'ErrorInvalidRequest'): GraphFailure => new GraphFailure(400, code, message);

export const itemNotFound = (): GraphFailure =>
  new GraphFailure(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');

/** What the real service can do and the simulator cannot: said aloud rather than answered wrongly. */
export const notModelled = (what: string): GraphFailure =>
  new GraphFailure(501, 'NotModelledBySimulator', `The simulator does not model ${what}; see docs/simulators/graph.md.`);

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** A content that is no JSON, with its type among the headers. */
  bytes?: Uint8Array;
}

export function answerOf(failure: GraphFailure, requestId: string, now: number): Answer {
  return {
    status: failure.status,
    headers: failure.headers,
    body: {
      error: {
        code: failure.code,
        message: failure.message,
        innerError: { date: new Date(now).toISOString().slice(0, 19), 'request-id': requestId, 'client-request-id': requestId },
        ...failure.extra,
      },
    },
  };
}
