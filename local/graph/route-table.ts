import { createUploadSession, deleteAttachment, getAttachment, getAttachmentValue, listAttachments, postAttachment } from './attachment-routes.ts';
import { answerBatch } from './batch.ts';
import type { SendPart } from './batch.ts';
import { mailboxOf } from './call.ts';
import type { Call } from './call.ts';
import { answerDelta } from './delta.ts';
import type { DeltaTokens } from './delta.ts';
import { actOnEvent, calendarOf, deleteEvent, getEvent, listEvents, listInstances, listView, patchEvent, postEvent } from './event-routes.ts';
import { defaultCalendar } from './exchange.ts';
import { route } from './router.ts';
import type { Route } from './router.ts';
import { createSubscription, findSubscription, listSubscriptions, renewSubscription, showSubscription } from './subscriptions.ts';
import type { SubscriptionStore } from './subscriptions.ts';
import type { UploadSessions } from './upload-sessions.ts';
import { getCalendar, getMailboxSettings, getSupportedZones, getUser, listCalendars, listUsers, postCalendar } from './user-routes.ts';

export interface RouteParts {
  tokens: DeltaTokens;
  subscriptions: SubscriptionStore;
  uploads: UploadSessions;
  onAlteredLink: (mailboxId: string) => void;
  send: SendPart;
}

const ACTIONS = ['accept', 'decline', 'tentativelyAccept', 'cancel', 'forward', 'permanentDelete'];

export function routeTable(parts: RouteParts): Route[] {
  const { subscriptions } = parts;
  const delta = (call: Call) => {
    const mailbox = mailboxOf(call);
    const calendar = calendarOf(call, mailbox) ?? defaultCalendar(mailbox);
    return answerDelta(call, { tokens: parts.tokens, calendarId: calendar.id, onAlteredLink: parts.onAlteredLink });
  };
  const calendarRoutes = (prefix: string, fixed: Record<string, string> = {}): Route[] => [
    route('GET', `${prefix}/events`, listEvents, fixed),
    route('POST', `${prefix}/events`, postEvent, fixed),
    route('GET', `${prefix}/events/{event}`, getEvent, fixed),
    route('PATCH', `${prefix}/events/{event}`, patchEvent, fixed),
    route('DELETE', `${prefix}/events/{event}`, deleteEvent, fixed),
    route('GET', `${prefix}/events/{event}/instances`, listInstances, fixed),
    route('GET', `${prefix}/events/{event}/attachments`, listAttachments, fixed),
    route('POST', `${prefix}/events/{event}/attachments`, postAttachment, fixed),
    ...ACTIONS.map((action) => route('POST', `${prefix}/events/{event}/${action}`, actOnEvent, { ...fixed, action })),
    route('GET', `${prefix}/calendarView`, listView, fixed),
    route('GET', `${prefix}/calendarView/delta`, delta, fixed),
  ];
  return [
    route('GET', '/users', listUsers),
    route('GET', '/users/{user}', getUser),
    route('GET', '/users/{user}/mailboxSettings', getMailboxSettings),
    route('GET', '/users/{user}/outlook/supportedTimeZones', getSupportedZones),
    route('GET', '/users/{user}/calendars', listCalendars),
    route('POST', '/users/{user}/calendars', postCalendar),
    route('GET', '/users/{user}/calendars/{calendar}', getCalendar),
    route('GET', '/users/{user}/calendar', getCalendar, { calendar: '' }),
    ...calendarRoutes('/users/{user}'),
    route('POST', '/users/{user}/events/{event}/attachments/createUploadSession', (call) => createUploadSession(call, parts.uploads)),
    route('GET', '/users/{user}/events/{event}/attachments/{attachment}', getAttachment),
    route('DELETE', '/users/{user}/events/{event}/attachments/{attachment}', deleteAttachment),
    route('GET', '/users/{user}/events/{event}/attachments/{attachment}/$value', getAttachmentValue),
    ...calendarRoutes('/users/{user}/calendar', { calendar: '' }),
    ...calendarRoutes('/users/{user}/calendars/{calendar}'),
    route('POST', '/subscriptions', (call) => createSubscription(call, subscriptions)),
    route('GET', '/subscriptions', (call) => listSubscriptions(call, subscriptions)),
    route('GET', '/subscriptions/{subscription}', (call) => ({ status: 200, body: showSubscription(findSubscription(call, subscriptions)) })),
    route('PATCH', '/subscriptions/{subscription}', (call) => renewSubscription(call, subscriptions)),
    route('DELETE', '/subscriptions/{subscription}', (call) => {
      subscriptions.all.delete(findSubscription(call, subscriptions).id);
      return { status: 204 };
    }),
    route('POST', '/subscriptions/{subscription}/reauthorize', (call) => {
      findSubscription(call, subscriptions);
      return { status: 204 };
    }),
    route('POST', '/$batch', (call) => answerBatch(call, parts.send)),
  ];
}
