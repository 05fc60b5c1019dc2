import type { Instant } from '../model/time/instant.ts';
import { PortFailure, type FailureDetails, type FailureReason } from '../sync/failures.ts';
import { retryAfterMs } from './retry-after.ts';

/** What went wrong with one request. `code` is Graph's `error.code`, already reduced to a plain word. */
export type Trouble =
  | { readonly kind: 'refusal'; readonly status: number; readonly code: string | null; readonly retryAfter: string | null; readonly date: string | null }
  /** The answer is not what Graph sends: another content type, no JSON, a missing member. */
  | { readonly kind: 'garbage'; readonly status: number }
  | { readonly kind: 'network'; readonly sent: boolean }
  | { readonly kind: 'timeout' };

/** Graph's word for what happened, if it is a plain word: anything else could quote content. */
export function plainCode(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(value) ? value : null;
}

/** The delta token is worth nothing any more (graph.md 2.1). */
const START_ANEW = new Set(['syncstatenotfound', 'syncstateinvalid', 'resyncrequired', 'fullsyncrequired', 'resyncapplydifferences', 'resyncuploaddifferences']);

/** There is no mailbox that the REST API can reach (graph.md 9.5). */
const NO_MAILBOX = new Set([
  'mailboxnotenabledforrestapi',
  'mailboxnotsupportedforrestapi',
  'mailboxnotfound',
  'errornonexistentmailbox',
  'errormailboxnotenabledforrestapi',
  'errorinvaliduser',
  'erroraccountdisabled',
  'request_resourcenotfound',
  'resourcenotfound',
]);

/** Refusals with a 4xx status that pass by themselves. */
const PASSING = new Set(['errorserverbusy', 'errortimeoutexpired', 'errormailboxstoreunavailable', 'errormailboxmoveinprogress', 'errorinternalservertransienterror', 'errorbatchprocessingstopped']);

/** The one place that says what an answer of Graph means (design 8). Nothing of the server's text gets into the message. */
export function classify(trouble: Trouble, request: { readonly writes: boolean }, now: Instant): PortFailure {
  switch (trouble.kind) {
    case 'timeout':
      return failure('transient', 'Graph did not answer in time: the request is tried again later.', { code: 'timeout', outcomeUnknown: request.writes });
    case 'network':
      return failure('transient', 'The connection to Graph failed: the request is tried again later.', { code: 'network', outcomeUnknown: request.writes && trouble.sent });
    case 'garbage':
      return failure('transient', `Graph's answer (${trouble.status}) could not be understood: the request is tried again later.`, {
        code: 'garbage',
        outcomeUnknown: request.writes,
      });
    case 'refusal':
      return refusal(trouble, request, now);
  }
}

function refusal(trouble: Trouble & { readonly kind: 'refusal' }, request: { readonly writes: boolean }, now: Instant): PortFailure {
  const { status } = trouble;
  const word = trouble.code?.toLowerCase() ?? '';
  const code = trouble.code ?? String(status);
  const said = trouble.code === null ? String(status) : `${status} ${trouble.code}`;
  const wait = retryAfterMs(trouble.retryAfter, trouble.date, now);

  if (status === 429 || (status === 503 && wait !== undefined)) {
    return failure('throttled', `Graph asks to wait before the next request to this mailbox (${said}).`, { code, ...(wait === undefined ? {} : { retryAfterMs: wait }) });
  }
  if (NO_MAILBOX.has(word) && status < 500) {
    return failure('mailboxUnavailable', `Graph has no mailbox for this user (${said}): give the user an Exchange Online mailbox or take it off the list.`, { code });
  }
  if (status >= 500 || status === 408 || PASSING.has(word)) {
    // A 501 was not understood, hence not carried out; of the others nobody knows.
    return failure('transient', `Graph could not serve the request now (${said}): it is tried again later.`, { code, outcomeUnknown: request.writes && status !== 501 });
  }
  if (status === 410 || START_ANEW.has(word)) return failure('gone', `Graph no longer knows where this round stood (${said}): start it anew.`, { code });
  if (status === 412 || status === 409) return failure('conflict', `The item was changed meanwhile (${said}): read it and try again.`, { code });
  if (status === 404) return failure('notFound', `Graph does not find what was asked for (${said}).`, { code });
  if (status === 401) {
    return failure('configuration', `Graph does not accept this tenant's token (${said}): check the app registration, its consent and GRAPH_AUTH.`, { code });
  }
  if (status === 403) return failure('permission', `Graph forbids the request (${said}): grant the app access to this mailbox.`, { code });
  if (status < 400) {
    return failure('configuration', `Graph answered with a redirect (${said}), which is not followed: check the Graph base URL.`, { code });
  }
  return failure('recordRejected', `Graph refuses the request as it is (${said}): the record has to change first.`, { code });
}

function failure(reason: FailureReason, message: string, details: FailureDetails): PortFailure {
  return new PortFailure('graph', reason, message, details.outcomeUnknown === false ? withoutOutcome(details) : details);
}

function withoutOutcome({ outcomeUnknown: _settled, ...details }: FailureDetails): FailureDetails {
  return details;
}
