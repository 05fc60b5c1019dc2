import { itemsWithin } from './calendar-view.ts';
import { renewCalendarIds } from './calendar-ids.ts';
import { expireDeltaTokens } from './delta.ts';
import type { DeltaTokens } from './delta.ts';
import { readEventRequest } from './event-input.ts';
import type { EmailAddress, ExtendedProperty, Item, StoredAttachment, StoredEvent } from './event-model.ts';
import { extendedOf, showEvent } from './event-output.ts';
import type { Row, View } from './event-output.ts';
import { findItem } from './event-routes.ts';
import { createEvent, moveEvent, touchEvent } from './event-writes.ts';
import { createMailbox, defaultCalendar, newCalendar } from './exchange.ts';
import type { Exchange, Mail, Mailbox } from './exchange.ts';
import type { Fault, Faults } from './faults.ts';
import { cancelOwnCopy, putCopy, saveOnPhone } from './meetings.ts';
import type { LifecycleEvent, NotificationCounts, Notifier } from './notifications.ts';
import type { Quirks } from './quirks.ts';
import { occurrenceOn } from './recurrence.ts';
import { liveSubscriptions } from './subscriptions.ts';
import type { Subscription, SubscriptionStore } from './subscriptions.ts';
import type { Traffic, TrafficCounts } from './traffic.ts';

export interface SimState extends TrafficCounts {
  now: string;
  mails: readonly Mail[];
  notifications: NotificationCounts;
  subscriptions: number;
  faults: readonly Fault[];
  quirks: Quirks;
}

/** An event as the store holds it: times in UTC, immutable ids, nothing hidden by a view. */
export interface InspectedEvent {
  place: StoredEvent['place'];
  calendarId: string;
  isInDefaultCalendar: boolean;
  row: Row;
  extended: readonly ExtendedProperty[];
  /** Original local dates of deleted occurrences. */
  cancelledDates: readonly string[];
  exceptions: readonly Row[];
}

/** What tests, the playground and `/_sim/` do behind Graph's back. */
export interface Controls {
  state(): SimState;
  resetCounters(): void;
  addFault(fault: Fault): void;
  clearFaults(): void;
  setQuirks(quirks: Partial<Quirks>): void;
  users(): Row[];
  /** How many changes this mailbox has seen: while it is the same, nothing in it is another. */
  changes(userId: string): number;
  /** Every event of a mailbox, Deleted Items included. */
  events(userId: string): InspectedEvent[];
  /** The default calendar between two ISO instants, occurrences expanded, as rows with immutable ids. */
  calendar(userId: string, from: string, to: string): Row[];
  /** What is attached to an event, as the store holds it. */
  attachments(userId: string, eventId: string): readonly StoredAttachment[];
  subscriptions(): Subscription[];
  /** Outlook opened the event and saved it unchanged. */
  touchEvent(userId: string, eventId: string): void;
  /** A phone saves the event as a whole: same content, zones under a name of its own; an organizer's attendees are mailed. */
  saveOnPhone(userId: string, eventId: string): void;
  moveEvent(userId: string, eventId: string, calendarId: string): void;
  /** Back from Deleted Items into the calendar it came from. */
  restoreEvent(userId: string, eventId: string): void;
  createCalendar(userId: string, name: string): string;
  /** An organizer outside all tenants invites, or updates what he invited to before; the answer is the copy's id. */
  receiveInvitation(userId: string, invitation: Invitation): string;
  cancelInvitation(userId: string, eventId: string): void;
  /** The mailbox is restored empty: new calendar ids, no events. */
  remakeMailbox(userId: string): void;
  /** Every calendar of the mailbox gets another id, and nothing else changes. */
  renewCalendarIds(userId: string): void;
  /** Takes the mailbox away (MailboxNotEnabledForRESTAPI) or gives it back. */
  setMailboxEnabled(userId: string, enabled: boolean): void;
  expireDeltaTokens(userId?: string): void;
  removeSubscription(id: string, tell: boolean): void;
  sendLifecycle(id: string, event: LifecycleEvent): void;
}

export interface Invitation {
  organizer: EmailAddress;
  iCalUId: string;
  /** An event body as POST takes it. */
  event: unknown;
}

export interface ControlParts {
  exchange: Exchange;
  quirks: Quirks;
  traffic: Traffic;
  faults: Faults;
  tokens: DeltaTokens;
  subscriptions: SubscriptionStore;
  notifier: Notifier;
}

export function createControls(parts: ControlParts): Controls {
  const { exchange, quirks, traffic, faults } = parts;
  const away = new Map<string, Mailbox>();
  const view: View = { zone: null, textBody: false, immutableIds: true, quirks };
  const box = (userId: string): Mailbox => {
    const mailbox = exchange.mailboxes.get(userId);
    if (mailbox === undefined) throw new Error(`The Graph simulator has no mailbox for the user ${userId}.`);
    return mailbox;
  };
  const eventOf = (userId: string, eventId: string): StoredEvent => {
    const item = findItem(box(userId), eventId);
    if (item === undefined) throw new Error(`The mailbox of ${userId} has no event ${eventId}.`);
    return item.event;
  };
  const subscriptionOf = (id: string): Subscription => {
    const found = parts.subscriptions.all.get(id);
    if (found === undefined) throw new Error(`The Graph simulator has no subscription ${id}.`);
    return found;
  };
  return {
    state: () => ({
      now: new Date(exchange.clock.now()).toISOString(),
      ...traffic.counts,
      mails: exchange.mails,
      notifications: { ...parts.notifier.counts },
      subscriptions: liveSubscriptions(parts.subscriptions, exchange.clock.now()).length,
      faults: faults.list(),
      quirks,
    }),
    resetCounters() {
      traffic.reset();
      exchange.mails.length = 0;
      Object.assign(parts.notifier.counts, { sent: 0, failed: 0, dropped: 0, lifecycle: 0 });
    },
    addFault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    setQuirks(changes) {
      for (const name of Object.keys(changes)) if (!(name in quirks)) throw new Error(`Unknown quirk ${name}; docs/simulators/graph.md lists them.`);
      Object.assign(quirks, changes);
    },
    users: () =>
      exchange.tenants.flatMap((tenant) =>
        tenant.users.map(({ id, displayName, mail, userPrincipalName }) => ({ id, displayName, mail, userPrincipalName, tenantId: tenant.id, hasMailbox: exchange.mailboxes.has(id) })),
      ),
    changes: (userId) => box(userId).log.length,
    events: (userId) => [...box(userId).events.values()].map((event) => inspect(box(userId), event, view)),
    calendar: (userId, from, to) =>
      itemsWithin(box(userId), defaultCalendar(box(userId)).id, { from: Date.parse(from), to: Date.parse(to) }).map((item) => showEvent(item, view)),
    attachments: (userId, eventId) => eventOf(userId, eventId).attachments,
    subscriptions: () => liveSubscriptions(parts.subscriptions, exchange.clock.now()),
    touchEvent: (userId, eventId) => void touchEvent(exchange, box(userId), eventOf(userId, eventId)),
    saveOnPhone: (userId, eventId) => saveOnPhone(exchange, box(userId), eventOf(userId, eventId)),
    moveEvent(userId, eventId, calendarId) {
      if (!box(userId).calendars.some((calendar) => calendar.id === calendarId)) throw new Error(`The mailbox of ${userId} has no such calendar.`);
      moveEvent(exchange, box(userId), eventOf(userId, eventId), calendarId);
    },
    restoreEvent(userId, eventId) {
      const event = eventOf(userId, eventId);
      if (event.place === 'deletedItems') moveEvent(exchange, box(userId), event, event.calendarId);
    },
    createCalendar(userId, name) {
      const calendar = newCalendar(exchange.ids, name);
      box(userId).calendars.push(calendar);
      return calendar.id;
    },
    receiveInvitation: (userId, invitation) => receiveInvitation(exchange, box(userId), invitation),
    cancelInvitation: (userId, eventId) => cancelOwnCopy(exchange, box(userId), eventOf(userId, eventId)),
    remakeMailbox(userId) {
      const old = box(userId);
      exchange.mailboxes.set(userId, createMailbox(old.user, old.tenant, exchange.ids));
      expireDeltaTokens(parts.tokens, userId);
    },
    renewCalendarIds: (userId) => renewCalendarIds(exchange, box(userId), parts.tokens, parts.subscriptions),
    setMailboxEnabled(userId, enabled) {
      const mailbox = exchange.mailboxes.get(userId) ?? away.get(userId);
      if (mailbox === undefined) throw new Error(`The Graph simulator has no mailbox for the user ${userId}.`);
      (enabled ? away : exchange.mailboxes).delete(userId);
      (enabled ? exchange.mailboxes : away).set(userId, mailbox);
    },
    expireDeltaTokens: (userId) => expireDeltaTokens(parts.tokens, userId),
    removeSubscription(id, tell) {
      const found = subscriptionOf(id);
      parts.subscriptions.all.delete(id);
      if (tell) parts.notifier.lifecycle(found, 'subscriptionRemoved');
    },
    sendLifecycle: (id, event) => parts.notifier.lifecycle(subscriptionOf(id), event),
  };
}

function inspect(mailbox: Mailbox, event: StoredEvent, view: View): InspectedEvent {
  return {
    place: event.place,
    calendarId: event.calendarId,
    isInDefaultCalendar: event.place === 'calendar' && event.calendarId === defaultCalendar(mailbox).id,
    row: showEvent({ event }, view),
    extended: extendedOf({ event }),
    cancelledDates: event.series?.cancelled ?? [],
    exceptions: exceptionsOf(event).map((item) => showEvent(item, view)),
  };
}

function exceptionsOf(event: StoredEvent): Item[] {
  const { series } = event;
  if (series === null) return [];
  return [...series.exceptions.keys()].sort().map((date) => ({ event, occurrence: occurrenceOn(event, series, date) }));
}

function receiveInvitation(exchange: Exchange, mailbox: Mailbox, invitation: Invitation): string {
  const request = readEventRequest(invitation.event, { mode: 'create' });
  // The organizer's own version lives in a mailbox that nobody sees.
  const outside: Mailbox = { ...mailbox, events: new Map(), byMutableId: new Map(), transactions: new Map(), log: [], user: { ...mailbox.user, id: 'outside', displayName: invitation.organizer.name, mail: invitation.organizer.address, userPrincipalName: invitation.organizer.address, proxyAddresses: [] } };
  const silent: Exchange = { ...exchange, mails: [], mailboxes: new Map(), onChange: () => undefined };
  const { event } = createEvent(silent, outside, defaultCalendar(outside).id, request);
  return putCopy(exchange, mailbox, { ...event, iCalUId: invitation.iCalUId, transactionId: null }).id;
}
