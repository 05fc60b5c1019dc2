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
  /** Object ids of colleagues whose Outlook may open this mailbox and act for its owner. */
  delegates?: string[];
}

export interface SimTenant {
  id: string;
  /** Each bearer token is one application in this tenant. */
  appTokens: string[];
  users: SimUser[];
  /** Distribution lists: who is invited by such an address is whoever is in the list then. */
  lists?: { address: string; /** Addresses. */ members: string[] }[];
  /** Mailboxes an application is meant to touch; any other is recorded as a violation. */
  allowedMailboxes?: string[];
}

export interface Calendar {
  id: string;
  name: string;
  changeKey: string;
  isDefault: boolean;
  color: string;
  hexColor: string;
}

/** One entry of a calendar's history, as delta reads it. */
export interface LogEntry {
  /** When it happened (epoch ms). */
  at: number;
  /** From this moment on delta and views of delta know it (epoch ms). */
  visibleAt: number;
  /** Later rounds of delta never speak of it. */
  untold: boolean;
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
  /** `forward` is an invitation that somebody passed on, `forwardNotice` tells the organizer of it. */
  kind: 'invitation' | 'update' | 'cancellation' | 'response' | 'forward' | 'forwardNotice';
  /** User id of the sender's mailbox. */
  mailbox: string;
  recipient: string;
  eventId: string;
  at: number;
  /** Whose request caused it: an application's, or that of a person (of the world outside, too). */
  by: 'app' | 'person';
}

/** All mailboxes of all tenants: the truth that answers, deltas and notifications are views of. */
export interface Exchange {
  clock: SimClock;
  ids: IdSource;
  random: () => number;
  quirks: () => Quirks;
  tenants: readonly SimTenant[];
  mailboxes: Map<string, Mailbox>;
  mails: Mail[];
  /** Whose request is served; nobody's where people act behind the scenes. */
  servedFor?: 'app' | 'person';
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
    calendars: [newCalendar(ids, 'Calendar', true)],
    events: new Map(),
    byMutableId: new Map(),
    transactions: new Map(),
    log: [],
  };
}

export function newCalendar(ids: IdSource, name: string, isDefault = false): Calendar {
  return { id: ids.mutableId(), name, changeKey: ids.changeKey(), isDefault, color: 'auto', hexColor: '' };
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

/** The mailboxes that a mail to this address reaches. */
export function mailboxesBehind(exchange: Exchange, tenant: SimTenant, address: string): Mailbox[] {
  return [address, ...membersOf(tenant, address)].flatMap((one) => mailboxByAddress(exchange, tenant, one) ?? []);
}

/** Members of a distribution list, in lower case; nobody where the address is none. */
export function membersOf(tenant: SimTenant, address: string): string[] {
  const list = tenant.lists?.find((one) => one.address.toLowerCase() === address.toLowerCase());
  return list === undefined ? [] : list.members.map((member) => member.toLowerCase());
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
  const { deltaLagMs, deltaLosesDeletions, deltaLosesNewSeries } = exchange.quirks();
  const last = mailbox.log.at(-1)?.visibleAt ?? 0;
  const eventId = (after ?? before)?.id ?? '';
  const at = exchange.clock.now();
  const lost = after === null && deltaLosesDeletions > 0 && exchange.random() < deltaLosesDeletions;
  const untold = lost || (deltaLosesNewSeries && before === null && after?.series != null);
  mailbox.log.push({ at, visibleAt: Math.max(last, at + deltaLagMs), untold, calendarId, eventId, before, after, occurrenceDeleted });
}

/** The mailbox as a copy of it knows it that is so many ms behind: what was written since is not there yet. */
export function mailboxBehind(exchange: Exchange, mailbox: Mailbox, lagMs: number): Mailbox {
  const until = exchange.clock.now() - lagMs;
  if (lagMs <= 0 || (mailbox.log.at(-1)?.at ?? 0) <= until) return mailbox;
  const events = new Map(mailbox.events);
  for (const entry of mailbox.log.filter((one) => one.at > until).reverse()) {
    if (entry.before === null) events.delete(entry.eventId);
    else events.set(entry.eventId, entry.before);
  }
  return { ...mailbox, events, byMutableId: new Map([...events.values()].map((event) => [event.mutableId, event.id])) };
}

/** The same mailboxes to work on in vain: nothing that happens here is stored, told or mailed. */
export function rehearsal(exchange: Exchange): Exchange {
  const copy = (mailbox: Mailbox): Mailbox => ({
    ...mailbox,
    calendars: [...mailbox.calendars],
    events: new Map(mailbox.events),
    byMutableId: new Map(mailbox.byMutableId),
    transactions: new Map(mailbox.transactions),
    log: [...mailbox.log],
  });
  return { ...exchange, mailboxes: new Map([...exchange.mailboxes].map(([id, mailbox]) => [id, copy(mailbox)])), mails: [], onChange: () => undefined };
}

/** The same event with a new change key and modification time. */
export function nextVersion(exchange: Exchange, event: StoredEvent, changes: Partial<StoredEvent>): StoredEvent {
  return { ...event, ...changes, changeKey: exchange.ids.changeKey(), modifiedAt: exchange.clock.now() };
}
