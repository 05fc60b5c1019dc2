/** Why a port could not do what it was asked: closed, so that every reason has one meaning in the whole product (design 8). */
export type FailureReason =
  | 'throttled'
  | 'transient'
  | 'crmBusy'
  | 'conflict'
  | 'notFound'
  | 'gone'
  | 'permission'
  | 'mailboxUnavailable'
  | 'recordRejected'
  | 'configuration';

export type PortName = 'graph' | 'crm' | 'state';

export interface FailureDetails {
  /** Not before this many milliseconds from now, as the server said (Retry-After). */
  readonly retryAfterMs?: number;
  /** The server's own error code or status (never its text: it may quote content). */
  readonly code?: string;
  /** The request may have taken effect: its answer was lost. */
  readonly outcomeUnknown?: boolean;
  /** Milliseconds (clock.now) at which the request was sent: a CRM request counts as running until `crm.maxRun` after it. */
  readonly sentAt?: number;
}

/** The one error that leaves an adapter. Its message is ours: it carries no text of the server, no subject, body, address or secret. */
export class PortFailure extends Error {
  override readonly name = 'PortFailure';
  readonly port: PortName;
  readonly reason: FailureReason;
  readonly details: FailureDetails;

  constructor(port: PortName, reason: FailureReason, message: string, details: FailureDetails = {}) {
    super(message);
    this.port = port;
    this.reason = reason;
    this.details = details;
  }
}

/**
 * A row or message of a newer version of the product: its own workers know what it means, this one touches nothing of it (design 3). Passing trouble
 * wherever nobody knows better: what was asked for comes again, and a newer worker will be there to take it.
 */
export class NewerVersion extends PortFailure {
  constructor() {
    super('state', 'transient', 'A newer version of the connector wrote this: it is left to its workers. Where it stays so after an upgrade, an instance of the old version is still running.', { code: 'newerVersion' });
  }
}

/** The pass no longer holds its mailbox: nothing more may be sent or written. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  constructor() {
    super('Another worker holds this mailbox now: this pass stops without writing anything more.');
  }
}

/** Code of a 'gone' that says: a round of changes tells the same page again and again. */
export const REPEATED_PAGE = 'repeatedPage';
