import type { SimClock } from './clock.ts';
import type { EmailAddress, StoredEvent } from './event-model.ts';
import type { IdSource } from './identifiers.ts';
import type { Quirks } from './quirks.ts';
import { findZone, UTC } from './zones.ts';
import type { Zone } from './zones.ts';

export interface SimUser {
  /** Entra object id. */
  id: string;
  displayName: string;
  mail: string;
  userPrincipalName: string;
  /** `SMTP:` marks the primary address, `smtp:` the others. */
  proxyAddresses?: string[];
  /** Windows or IANA name; UTC without. */
  timeZone?: string;
  userPurpose?: string;
  /** A user without a mailbox answers MailboxNotEnabledForRESTAPI. */
  hasMailbox?: boolean;
}

export interface SimTenant {
  id: string;
  /** Each bearer token is one application in this tenant. */
  appTokens: string[];
  users: SimUser[];
  /** Mailboxes an application is meant to touch; any other is recorded as a violation. */
  allowedMailboxes?: string[];
}

export interface Calendar {
  id: string;
  name: string;
  changeKey: string;
  isDefault: boolean;
}

/** One entry of a calendar's history, as delta reads it. */
export interface LogEntry {
  /** From this moment on delta and views of delta know it (epoch ms). */
  visibleAt: number;
  calendarId: string;
  eventId: string;
  /** The event in this calendar before and after; null: not there. */
  before: StoredEvent | null;
  after: StoredEvent | null;
  /** The change was the deletion of one occurrence and nothing else. */
  occurrenceDeleted: boolean;
}

export interface Mailbox {
  user: SimUser;
  tenant: SimTenant;
  zone: Zone;
  calendars: Calendar[];
  /** By immutable id; what lies in Deleted Items is here too. */
  events: Map<string, StoredEvent>;
  byMutableId: Map<string, string>;
  /** transactionId -> event id, kept after deletion. */
  transactions: Map<string, string>;
  log: LogEntry[];
}

export type ChangeType = 'created' | 'updated' | 'deleted';

export interface Change {
  type: ChangeType;
  mailbox: Mailbox;
  calendarId: string;
  event: StoredEvent;
}

export interface Mail {
  kind: 'invitation' | 'update' | 'cancellation' | 'response';
  /** User id of the sender's mailbox. */
  mailbox: string;
  recipient: string;
  eventId: string;
  at: number;
}

/** All mailboxes of all tenants: the truth that answers, deltas and notifications are views of. */
export interface Exchange {
  clock: SimClock;
  ids: IdSource;
  quirks: () => Quirks;
  tenants: readonly SimTenant[];
  mailboxes: Map<string, Mailbox>;
  mails: Mail[];
  /** Told after each commit, in order. */
  onChange: (change: Change) => void;
}

export function createMailbox(user: SimUser, tenant: SimTenant, ids: IdSource): Mailbox {
  const zone = findZone(user.timeZone ?? 'UTC');
  if (zone === undefined) throw new Error(`The user ${user.id} has the unknown time zone ${String(user.timeZone)}; use a Windows or IANA name.`);
  return {
    user,
    tenant,
    zone: zone.iana === 'UTC' ? UTC : zone,
    calendars: [{ id: ids.mutableId(), name: 'Calendar', changeKey: ids.changeKey(), isDefault: true }],
    events: new Map(),
    byMutableId: new Map(),
    transactions: new Map(),
    log: [],
  };
}

export function defaultCalendar(mailbox: Mailbox): Calendar {
  const found = mailbox.calendars.find((calendar) => calendar.isDefault);
  if (found === undefined) throw new Error(`The mailbox ${mailbox.user.id} has no default calendar.`);
  return found;
}

export const ownerAddress = (mailbox: Mailbox): EmailAddress => ({ name: mailbox.user.displayName, address: mailbox.user.mail });

/** Every address of a user, lower case and without the `smtp:` prefix. */
export function addressesOf(user: SimUser): string[] {
  const proxies = (user.proxyAddresses ?? []).map((address) => address.replace(/^smtp:/i, ''));
  return [...new Set([user.mail, user.userPrincipalName, ...proxies].map((address) => address.toLowerCase()))];
}

export function mailboxByAddress(exchange: Exchange, tenant: SimTenant, address: string): Mailbox | undefined {
  const wanted = address.toLowerCase();
  const user = tenant.users.find((one) => addressesOf(one).includes(wanted));
  return user === undefined ? undefined : exchange.mailboxes.get(user.id);
}

/** Puts a new version (or its absence) into the mailbox, writes the history and tells the listeners. */
export function commit(exchange: Exchange, mailbox: Mailbox, before: StoredEvent | null, after: StoredEvent | null, occurrenceDeleted = false): void {
  const event = after ?? before;
  if (event === null) return;
  if (before !== null && before.mutableId !== after?.mutableId) mailbox.byMutableId.delete(before.mutableId);
  if (after === null) mailbox.events.delete(event.id);
  else {
    mailbox.events.set(after.id, after);
    mailbox.byMutableId.set(after.mutableId, after.id);
  }
  const was = before?.place === 'calendar' ? before : null;
  const is = after?.place === 'calendar' ? after : null;
  if (was !== null && (is === null || is.calendarId !== was.calendarId)) {
    writeLog(exchange, mailbox, was.calendarId, was, null, occurrenceDeleted);
    exchange.onChange({ type: 'deleted', mailbox, calendarId: was.calendarId, event: after ?? was });
  }
  if (is !== null) {
    const here = was?.calendarId === is.calendarId ? was : null;
    writeLog(exchange, mailbox, is.calendarId, here, is, occurrenceDeleted);
    exchange.onChange({ type: here === null ? 'created' : 'updated', mailbox, calendarId: is.calendarId, event: is });
  }
}

function writeLog(exchange: Exchange, mailbox: Mailbox, calendarId: string, before: StoredEvent | null, after: StoredEvent | null, occurrenceDeleted: boolean): void {
  const last = mailbox.log.at(-1)?.visibleAt ?? 0;
  const eventId = (after ?? before)?.id ?? '';
  const visibleAt = Math.max(last, exchange.clock.now() + exchange.quirks().deltaLagMs);
  mailbox.log.push({ visibleAt, calendarId, eventId, before, after, occurrenceDeleted });
}

/** The same event with a new change key and modification time. */
export function nextVersion(exchange: Exchange, event: StoredEvent, changes: Partial<StoredEvent>): StoredEvent {
  return { ...event, ...changes, changeKey: exchange.ids.changeKey(), modifiedAt: exchange.clock.now() };
}
