import { SETTINGS } from '../config/names.ts';
import { PortFailure } from '../sync/failures.ts';

/** What an operation worked on, as it may be named to people: a table, a queue or a container, never a row's content. */
export interface Target {
  readonly service: 'table' | 'queue' | 'blob';
  readonly name: string;
}

/** What the three SDKs tell about a refused or lost request, in one shape. */
export interface Refusal {
  /** null: no answer came. */
  readonly status: number | null;
  /** The service's error code, or that of the network. */
  readonly code: string;
  readonly retryAfterMs?: number;
}

const THING = { table: 'table', queue: 'queue', blob: 'container' } as const;
const ROLE = { table: 'Storage Table Data Contributor', queue: 'Storage Queue Data Contributor', blob: 'Storage Blob Data Contributor' } as const;

/** The request never left: what it asked for was surely not done. */
const NEVER_SENT = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH']);

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(value) ? value : undefined;
}

/** Tables put their code into a JSON body, queues and blobs into a header; a broken connection has a code but no status. */
export function refusalOf(error: unknown): Refusal {
  const details = field(error, 'details');
  const status = field(error, 'statusCode');
  const known = typeof status === 'number' ? status : null;
  const code =
    text(field(field(details, 'odataError'), 'code')) ?? text(field(details, 'errorCode')) ?? text(field(error, 'code')) ?? text(field(error, 'name')) ?? 'Unknown';
  const after = field(details, 'retry-after');
  const seconds = typeof after === 'string' ? Number(after) : Number.NaN;
  return { status: known, code, ...(Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {}) };
}

/** True where the table, queue or container itself is missing (not a row, message or blob in it). */
export function isMissing({ status, code }: Refusal): boolean {
  return status === 404 && (code === 'TableNotFound' || code === 'QueueNotFound' || code === 'ContainerNotFound');
}

/** Missing, and creating it was refused or did not help: not the identity's rights are to be repaired, but the missing thing. */
export function missing({ service, name }: Target): PortFailure {
  return new PortFailure('state', 'configuration', `The ${THING[service]} ${name} does not exist and could not be made: deploy infra/ again, it creates every table, queue and container.`, { code: 'NotFound' });
}

/** The one classifier of storage errors. Its sentences carry nothing of the server's text but its code. */
export function classify(error: unknown, target: Target): PortFailure {
  if (error instanceof PortFailure) return error;
  const refusal = refusalOf(error);
  const { status, code } = refusal;
  const what = `${THING[target.service]} ${target.name}`;
  const said = status === null ? code : `${status} ${code}`;
  const details = { code };

  if (isMissing(refusal)) return missing(target);
  if (status === 401 || status === 403 || code === 'CredentialUnavailableError' || (code === 'AuthenticationError' && status !== null && status < 500)) {
    return new PortFailure('state', 'configuration', `The storage account refused access to ${what} (${said}): give the app's identity the role ${ROLE[target.service]}, or correct ${SETTINGS.data} and ${SETTINGS.data}__*.`, details);
  }
  if (code === 'InvalidResourceName' || code === 'OutOfRangeInput' || code === 'InvalidUri') {
    return new PortFailure('state', 'configuration', `The ${what} has a name that storage does not allow (${said}): correct it.`, details);
  }
  if (code === 'PopReceiptMismatch') {
    return new PortFailure('state', 'conflict', `A message of ${what} was received by somebody else meanwhile: leave it to them.`, details);
  }
  if (code === 'MessageNotFound') {
    return new PortFailure('state', 'notFound', `A message of ${what} is gone: nothing is left to do with it.`, details);
  }
  if (/BeingDeleted$/.test(code)) {
    return new PortFailure('state', 'transient', `The ${what} is being deleted (${said}): it can be made again in about a minute.`, details);
  }
  if (status === 404 || status === 409 || status === 412) {
    return new PortFailure('state', 'conflict', `Something in ${what} was changed, added or removed by somebody else (${said}): read it again and decide anew.`, details);
  }
  if (status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429) {
    return new PortFailure('state', 'recordRejected', `The ${what} does not take what was sent (${said}): make it smaller or correct it.`, details);
  }
  const unknown = status === null ? !NEVER_SENT.has(code) : status === 408 || (status >= 500 && status !== 503);
  return new PortFailure('state', 'transient', `Storage did not do its work on ${what} (${said}): try again later.`, {
    ...details,
    ...(refusal.retryAfterMs === undefined ? {} : { retryAfterMs: refusal.retryAfterMs }),
    ...(unknown ? { outcomeUnknown: true } : {}),
  });
}
