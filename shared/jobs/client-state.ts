import { createHmac, timingSafeEqual } from 'node:crypto';
import { NewerVersion } from '../sync/failures.ts';

/** What a subscription is for. Told by its clientState, so that the webhook reads no state to know what is meant and by whom (design 3). */
export interface SubscriptionPurpose {
  readonly tenantId: string;
  readonly mailboxId: string;
  readonly kind: string;
}

const VERSION = '1';
const KIND_LETTERS: Readonly<Record<string, string>> = { appointment: 'a', email: 'e', contact: 'c', task: 't' };

/** version, tenant, mailbox, kind and the HMAC over them: at most 128 characters, as Graph allows. Ids are GUIDs, lower case. */
export function makeClientState(purpose: SubscriptionPurpose, secret: string): string {
  const meant = [VERSION, packGuid(purpose.tenantId), packGuid(purpose.mailboxId), KIND_LETTERS[purpose.kind] ?? '?'].join('.');
  return `${meant}.${sign(meant, secret)}`;
}

/**
 * Null for everything that this secret did not sign; compared in constant time.
 * @throws NewerVersion where we did, in a form of a newer version: Graph then sends again, to a newer instance in the end
 */
export function readClientState(clientState: unknown, secret: string): SubscriptionPurpose | null {
  if (typeof clientState !== 'string' || clientState.length > 128) return null;
  const end = clientState.lastIndexOf('.');
  const meant = clientState.slice(0, Math.max(end, 0));
  // As text: whoever decodes reads over signs that are none of the alphabet.
  const given = Buffer.from(clientState.slice(end + 1));
  const expected = Buffer.from(sign(meant, secret));
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const [version, tenant, mailbox, letter] = meant.split('.');
  if (/^\d{1,9}$/.test(version ?? '') && Number(version) > Number(VERSION)) throw new NewerVersion();
  const kind = Object.entries(KIND_LETTERS).find(([, candidate]) => candidate === letter)?.[0];
  if (version !== VERSION || tenant === undefined || mailbox === undefined || kind === undefined) return null;
  return { tenantId: unpackGuid(tenant), mailboxId: unpackGuid(mailbox), kind };
}

function sign(meant: string, secret: string): string {
  return createHmac('sha256', secret).update(meant).digest('base64url');
}

function packGuid(guid: string): string {
  return Buffer.from(guid.replaceAll('-', ''), 'hex').toString('base64url');
}

function unpackGuid(packed: string): string {
  const hex = Buffer.from(packed, 'base64url').toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
