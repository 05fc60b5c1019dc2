import { PortFailure, type FailureDetails } from '../sync/failures.ts';
import type { BrokenAnswer, CommandAnswer } from './answer.ts';

/**
 * The one classifier of what can go wrong with the CRM: network, HTTP, the answer itself, the codes of commands
 * (docs/crm-interface-dialect: 7). Nothing of the server's text gets past it.
 */

/** What was in flight: whether it could have changed something, and since when. */
export interface InFlight {
  readonly writes: boolean;
  /** Milliseconds of our clock. */
  readonly sentAt: number;
}

export function timedOut(inFlight: InFlight, seconds: number): PortFailure {
  return transient(`The CRM did not answer within ${seconds} s: wait until the request must have ended, then try again.`, 'timeout', mayStillRun(inFlight));
}

/** Connection errors after which surely no byte of the request was taken. */
const NEVER_CONNECTED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

export function networkFailed(error: unknown, inFlight: InFlight): PortFailure {
  const code = networkCode(error);
  if (NEVER_CONNECTED.has(code)) return transient('The CRM cannot be reached: check crm.url and the network, or wait until it is up again.', code, {});
  return transient('The connection to the CRM broke before its answer was complete: wait until the request must have ended, then try again.', code, mayStillRun(inFlight));
}

/** The system's own code of a network error, never its message (it may quote the address). */
function networkCode(error: unknown): string {
  for (let each = error, depth = 0; each !== null && typeof each === 'object' && depth < 5; depth += 1) {
    const { code, cause } = each as { code?: unknown; cause?: unknown };
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,39}$/.test(code)) return code;
    each = cause;
  }
  return 'network';
}

/** An HTTP status other than 200: the command language answers its own errors with 200. */
export function httpFailed(status: number, retryAfterMs: number | undefined, inFlight: InFlight): PortFailure {
  const code = `http${status}`;
  if (status === 401 || status === 407) return configuration(`The web server before the CRM refuses the login (HTTP ${status}): check crm.basic and the setting that holds its password.`, code);
  if (status === 403) return configuration('The web server before the CRM refuses access (HTTP 403): check crm.url and what the server lets through.', code);
  if (status === 415) return configuration('The CRM does not take this content type (HTTP 415): check crm.contentType.', code);
  if (status === 429) return transient('The web server before the CRM asks for fewer requests (HTTP 429): try again later.', code, optional({ retryAfterMs }));
  if (status === 408 || status >= 500) {
    // A gateway that gave up says nothing about the request behind it; the server's own error ends it, with what it had done by then.
    const ended = status !== 408 && status !== 502 && status !== 504;
    const unknown = ended ? outcomeUnknown(inFlight) : mayStillRun(inFlight);
    return transient(`The CRM's web server failed (HTTP ${status}): try again later.`, code, { ...unknown, ...optional({ retryAfterMs }) });
  }
  return configuration(`The CRM's web server does not know this request (HTTP ${status}): check crm.url.`, code);
}

export function answerBroken(broken: BrokenAnswer, inFlight: InFlight): PortFailure {
  const unknown = broken.complete ? outcomeUnknown(inFlight) : mayStillRun(inFlight);
  return transient(`The answer of the CRM cannot be used (${broken.message}): try again later, and check crm.url if it stays so.`, 'answer', unknown);
}

/** A refusal that the CRM answers on every command of a request: nothing of it was run. */
export function requestRefused(answers: readonly CommandAnswer[]): PortFailure | null {
  const codes = new Set(answers.map((answer) => (answer.state === 'answered' ? (errorOf(answer)?.code ?? '') : 'notRun')));
  if (codes.size !== 1) return null;
  if (codes.has('401')) return commandFailure({ code: '401', field: null });
  if (codes.has('509')) return commandFailure({ code: '509', field: null });
  return null;
}

export interface CommandError {
  readonly code: string;
  readonly field: string | null;
}

/** The first error among the returns of a command; null where there is none. */
export function errorOf(answer: CommandAnswer): CommandError | null {
  if (answer.state === 'notRun') return null;
  const failed = answer.returns.find((each) => each.type === 'error');
  return failed === undefined ? null : { code: closedCode(failed.code ?? ''), field: failed.field !== null && /^[\w.-]{1,64}$/.test(failed.field) ? failed.field : null };
}

/** The code as the CRM gave it if it looks like one: it may go into logs. */
function closedCode(code: string): string {
  return /^-?\d{1,6}$/.test(code) ? code : 'unknown';
}

/** What one command's error means for what was asked. Unknown codes are taken for a command that failed: tried again, counted. */
export function commandFailure({ code, field }: CommandError): PortFailure {
  const named = field === null ? '' : `, field ${field}`;
  switch (code) {
    case '401':
      return configuration('The CRM refuses the login: check crm.user, the setting that holds its password, and whether the login may act for this rep.', code);
    case '403':
      return new PortFailure('crm', 'recordRejected', 'The CRM gives this user no right to the record: check the rights of the rep.', { code });
    case '404':
      return new PortFailure('crm', 'notFound', 'The CRM has no such record.', { code });
    case '409':
      return new PortFailure('crm', 'recordRejected', 'The CRM finds more than one record that matches: merge or delete the surplus one.', { code });
    case '422':
      return new PortFailure('crm', 'recordRejected', `The CRM does not take the record (code 422${named}): check the field's length, type and crm.profile.`, { code });
    case '509':
      return new PortFailure('crm', 'crmBusy', 'The CRM is still running an earlier request of this user: try again later.', { code });
    case '511':
      return transient('CRM.interface is in trouble (code 511): try again later, and look at its log if it stays so.', code, {});
    default:
      return transient(`A command failed in the CRM (code ${code}): try again later.`, code, {});
  }
}

/** A table-wide query has no record to blame: what it does not take is a mistake in the profile or in the rights of the user. */
export function queryFailure(error: CommandError, table: string): PortFailure {
  const known = commandFailure(error);
  if (known.reason !== 'recordRejected' && known.reason !== 'notFound') return known;
  const named = error.field === null ? '' : `, field ${error.field}`;
  if (error.code === '403') return new PortFailure('crm', 'permission', `The CRM does not let this user read the table ${table}: check the rights of the login.`, { code: error.code });
  return configuration(`The CRM does not take the query of table ${table} (code ${error.code}${named}): check crm.profile.`, error.code);
}

function mayStillRun(inFlight: InFlight): FailureDetails {
  return { ...outcomeUnknown(inFlight), sentAt: inFlight.sentAt };
}

function outcomeUnknown(inFlight: InFlight): FailureDetails {
  return inFlight.writes ? { outcomeUnknown: true } : {};
}

function optional(details: { readonly retryAfterMs: number | undefined }): FailureDetails {
  return details.retryAfterMs === undefined ? {} : { retryAfterMs: details.retryAfterMs };
}

function transient(sentence: string, code: string, details: FailureDetails): PortFailure {
  return new PortFailure('crm', 'transient', sentence, { code, ...details });
}

function configuration(sentence: string, code: string): PortFailure {
  return new PortFailure('crm', 'configuration', sentence, { code });
}
