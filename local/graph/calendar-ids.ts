import type { DeltaTokens } from './delta.ts';
import type { StoredEvent } from './event-model.ts';
import type { Exchange, Mailbox } from './exchange.ts';
import type { SubscriptionStore } from './subscriptions.ts';

/** Ids of calendars are said to be constant, yet changes were reported (docs issues 11296, 5580, 10626). No event changes with them. */
export function renewCalendarIds(exchange: Exchange, mailbox: Mailbox, tokens: DeltaTokens, subscriptions: SubscriptionStore): void {
  const renamed = new Map(mailbox.calendars.map((calendar) => [calendar.id, exchange.ids.mutableId()]));
  const idNow = (id: string): string => renamed.get(id) ?? id;
  const moved = (event: StoredEvent): StoredEvent => ({ ...event, calendarId: idNow(event.calendarId) });
  for (const calendar of mailbox.calendars) calendar.id = idNow(calendar.id);
  for (const [id, event] of mailbox.events) mailbox.events.set(id, moved(event));
  for (const entry of mailbox.log) {
    entry.calendarId = idNow(entry.calendarId);
    entry.before = entry.before === null ? null : moved(entry.before);
    entry.after = entry.after === null ? null : moved(entry.after);
  }
  for (const token of tokens.byName.values()) token.calendarId = idNow(token.calendarId);
  for (const one of subscriptions.all.values()) one.calendarId = one.calendarId === null ? null : idNow(one.calendarId);
}
