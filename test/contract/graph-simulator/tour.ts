import { ANNA, at, BERT, IMMUTABLE, lunch, MARK, weekly, world } from '../../local/graph/world.ts';
import type { Asked, World } from '../../local/graph/world.ts';

/** One answer, or one body the simulator sent, and the official schema it has to fit. */
export interface Sight {
  area: string;
  what: string;
  schema: string;
  body: unknown;
}

interface Guide extends World {
  /** Asks, remembers the answer under its schema (errors under theirs) and gives it back. */
  see(schema: string, method: string, path: string, body?: unknown, headers?: Record<string, string>, who?: string): Promise<Asked>;
}

const EVENTS = `/users/${ANNA}/events`;
const HOOK = 'https://hook.example.com/notify';
const guest = (address: string, type = 'required') => ({ type, emailAddress: { address, name: address } });
const instances = (id: string) => `${EVENTS}/${id}/instances?startDateTime=2026-03-01&endDateTime=2026-05-01`;
const view = (more = '') => `/users/${ANNA}/calendarView?startDateTime=2026-03-01&endDateTime=2027-01-01${more}`;
const ROOM = {
  displayName: 'Room 1',
  locationType: 'conferenceRoom',
  uniqueId: 'room1@example.com',
  uniqueIdType: 'directory',
  locationUri: 'https://example.com/room1',
  locationEmailAddress: 'room1@example.com',
  address: { street: 'Main Street 1', city: 'Vienna', state: 'Vienna', countryOrRegion: 'AT', postalCode: '1010' },
  coordinates: { latitude: 48.2, longitude: 16.4, accuracy: 1, altitude: 170, altitudeAccuracy: 1 },
};
const proposal = { start: at('2026-11-25T12:00:00'), end: at('2026-11-25T13:00:00') };

const AREAS: Record<string, (guide: Guide) => Promise<void>> = {
  async users({ see }) {
    await see('user.collection', 'GET', '/users');
    await see('user.collection', 'GET', '/users?$top=1&$count=true&$select=id,mail,proxyAddresses,accountEnabled,mailNickname,userType');
    await see('user', 'GET', `/users/${ANNA}`);
    await see('user', 'GET', `/users/${ANNA}?$select=id,displayName,proxyAddresses,mailboxSettings,accountEnabled,mailNickname,userType`);
    await see('mailboxSettings', 'GET', `/users/${ANNA}/mailboxSettings`);
    for (const form of ['', "(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')"]) {
      const { body } = await see('anything', 'GET', `/users/${ANNA}/outlook/supportedTimeZones${form}`);
      for (const zone of body.value) await see('timeZoneInformation', '', '', zone);
    }
  },
  async calendars({ see }) {
    await see('calendar', 'GET', `/users/${ANNA}/calendar`);
    const made = await see('calendar', 'POST', `/users/${ANNA}/calendars`, { name: 'Away', color: 'lightRed' });
    await see('calendar', 'GET', `/users/${ANNA}/calendars/${made.body.id}`);
    await see('calendar.collection', 'GET', `/users/${ANNA}/calendars`);
    await see('event', 'POST', `/users/${ANNA}/calendars/${made.body.id}/events`, lunch());
    await see('event.collection', 'GET', `/users/${ANNA}/calendars/${made.body.id}/events`);
  },
  async 'single events'({ see }) {
    const plain = await see('event', 'POST', EVENTS, lunch({ transactionId: 't', categories: ['Blue'], locations: [ROOM, { displayName: 'Room 2' }], body: { contentType: 'text', content: 'x' } }));
    const marked = `$expand=${encodeURIComponent(`singleValueExtendedProperties($filter=id eq '${MARK}')`)}`;
    await see('event', 'PATCH', `${EVENTS}/${plain.body.id}`, { singleValueExtendedProperties: [{ id: MARK, value: 'x' }], location: ROOM });
    await see('event', 'GET', `${EVENTS}/${plain.body.id}?${marked}`, undefined, { prefer: 'IdType="ImmutableId", outlook.timezone="Europe/Vienna", outlook.body-content-type="text"' });
    await see('event.collection', 'GET', `${EVENTS}?$select=subject,start&$top=1&$count=true`);
    const zone = 'W. Europe Standard Time';
    await see('event', 'POST', EVENTS, lunch({ isAllDay: true, showAs: 'oof', start: at('2026-11-24T00:00:00', zone), end: at('2026-11-25T00:00:00', zone) }));
    await see('event', 'POST', EVENTS, lunch({ isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' }));
    await see('nothing', 'DELETE', `${EVENTS}/${plain.body.id}`);
    const other = await see('event', 'POST', EVENTS, lunch());
    await see('nothing', 'POST', `${EVENTS}/${other.body.id}/permanentDelete`, {});
  },
  async attachments({ see, as }) {
    const { id } = (await see('event', 'POST', EVENTS, lunch())).body;
    const file = { '@odata.type': '#microsoft.graph.fileAttachment', name: 'a.txt', contentType: 'text/plain', contentBytes: 'SGVsbG8=', isInline: false };
    const made = await see('fileAttachment', 'POST', `${EVENTS}/${id}/attachments`, file);
    await see('itemAttachment', 'POST', `${EVENTS}/${id}/attachments`, { '@odata.type': '#microsoft.graph.itemAttachment', name: 'A mail', item: { '@odata.type': 'microsoft.graph.message', subject: 'Re' } });
    await as(ANNA, 'POST', `${EVENTS}/${id}/attachments`, { '@odata.type': '#microsoft.graph.referenceAttachment', name: 'A folder' });
    await see('attachment.collection', 'GET', `${EVENTS}/${id}/attachments`);
    await see('attachment.collection', 'GET', `${EVENTS}/${id}/attachments?$select=id,name,size`);
    await see('fileAttachment', 'GET', `${EVENTS}/${id}/attachments/${made.body.id}`);
    await see('uploadSession', 'POST', `${EVENTS}/${id}/attachments/createUploadSession`, { AttachmentItem: { attachmentType: 'file', name: 'b.bin', size: 4_000_000 } });
    await see('nothing', 'DELETE', `${EVENTS}/${id}/attachments/${made.body.id}`);
    await see('errorResponse', 'GET', `${EVENTS}/${id}/attachments/${made.body.id}`);
  },
  async meetings({ see, as }) {
    const made = await see('event', 'POST', EVENTS, lunch({ attendees: [guest('bert@example.com'), guest('x@example.org', 'optional')] }));
    const [copy] = (await see('event.collection', 'GET', `/users/${BERT}/events`)).body.value;
    await see('nothing', 'POST', `/users/${BERT}/events/${copy?.id}/tentativelyAccept`, { comment: 'x', sendResponse: true, proposedNewTime: proposal });
    await see('event', 'GET', `${EVENTS}/${made.body.id}`);
    await see('nothing', 'POST', `/users/${BERT}/events/${copy?.id}/accept`, { comment: 'x', sendResponse: true });
    await see('nothing', 'POST', `/users/${BERT}/events/${copy?.id}/forward`, { toRecipients: [{ emailAddress: { address: 'new@example.org', name: 'New' } }] });
    await see('event', 'GET', `${EVENTS}/${made.body.id}`);
    await see('event', 'GET', `/users/${BERT}/events/${copy?.id}`);
    await as(ANNA, 'PATCH', `${EVENTS}/${made.body.id}`, { start: at('2026-11-24T12:30:00', 'tzone://Microsoft/Custom') });
    await see('nothing', 'POST', `${EVENTS}/${made.body.id}/cancel`, { comment: 'x' });
    await see('event', 'GET', `/users/${BERT}/events/${copy?.id}`);
  },
  async series({ see }) {
    const ranges = [{ type: 'numbered', numberOfOccurrences: 4 }, { type: 'noEnd' }, { type: 'endDate', endDate: '2026-06-01', recurrenceTimeZone: 'Europe/Vienna' }];
    const patterns = [
      { type: 'weekly', interval: 1, daysOfWeek: ['monday'], firstDayOfWeek: 'monday' },
      { type: 'relativeMonthly', interval: 1, daysOfWeek: ['monday'], index: 'third' },
      { type: 'absoluteYearly', interval: 1, dayOfMonth: 16, month: 3 },
    ];
    for (const [n, pattern] of patterns.entries()) await see('event', 'POST', EVENTS, weekly({ recurrence: { pattern, range: { startDate: '2026-03-16', ...ranges[n] } } }));
    const made = await see('event', 'POST', EVENTS, weekly(), IMMUTABLE);
    const rows = (await see('event.collection', 'GET', instances(made.body.id), undefined, IMMUTABLE)).body.value;
    await see('event', 'PATCH', `${EVENTS}/${rows[1]?.id}`, { subject: 'Special', sensitivity: 'private' });
    await see('nothing', 'DELETE', `${EVENTS}/${rows[2]?.id}`);
    await see('event', 'GET', `${EVENTS}/${made.body.id}?$select=subject,cancelledOccurrences&$expand=exceptionOccurrences`);
    await see('event', 'GET', `${EVENTS}/${rows[0]?.id}`);
    await see('event.collection', 'GET', view('&$top=999'));
    await see('event.collection', 'GET', view('&$top=2&$select=subject,lastModifiedDateTime'));
  },
  async 'delta rounds'({ see, clock, simulator }) {
    simulator.setQuirks({ deltaEmptyPages: 1, deltaSilentAboutDeletedOccurrence: false });
    const single = (await see('event', 'POST', EVENTS, lunch(), IMMUTABLE)).body.id;
    const series = (await see('event', 'POST', EVENTS, weekly(), IMMUTABLE)).body.id;
    const round = async (link: string): Promise<string> => {
      let next: string | undefined = link;
      while (next !== undefined) {
        const { body }: Asked = await see('event.delta', 'GET', next, undefined, { prefer: 'IdType="ImmutableId", odata.maxpagesize=2' });
        if (body['@odata.deltaLink'] !== undefined) return body['@odata.deltaLink'];
        next = body['@odata.nextLink'];
      }
      throw new Error('The round ended without a link.');
    };
    const link = await round(`/users/${ANNA}/calendarView/delta()?startDateTime=2026-03-01&endDateTime=2027-01-01`);
    const [first, second] = (await see('event.collection', 'GET', instances(series), undefined, IMMUTABLE)).body.value;
    await see('event', 'PATCH', `${EVENTS}/${first?.id}`, { subject: 'Special' });
    await see('nothing', 'DELETE', `${EVENTS}/${second?.id}`);
    await see('nothing', 'DELETE', `${EVENTS}/${single}`);
    await clock.pass(1_000);
    await round(link);
    simulator.expireDeltaTokens();
    await see('errorResponse', 'GET', link);
  },
  async subscriptions({ see, clock, simulator, posts, ask }) {
    const wanted = { changeType: 'created,updated,deleted', resource: `users/${ANNA}/events`, notificationUrl: HOOK, lifecycleNotificationUrl: `${HOOK}/life`, clientState: 's', expirationDateTime: '2026-11-29T08:00:00Z', latestSupportedTlsVersion: 'v1_3' };
    const { id } = (await see('subscription', 'POST', '/subscriptions', wanted)).body;
    await see('subscription', 'GET', `/subscriptions/${id}`);
    await see('subscription.collection', 'GET', '/subscriptions');
    await see('subscription', 'PATCH', `/subscriptions/${id}`, { expirationDateTime: '2026-11-29T09:00:00Z' });
    await see('nothing', 'POST', `/subscriptions/${id}/reauthorize`);
    const { body } = await ask('POST', EVENTS, lunch());
    await ask('PATCH', `${EVENTS}/${body.id}`, { subject: 'x' });
    await ask('DELETE', `${EVENTS}/${body.id}`);
    simulator.sendLifecycle(id, 'reauthorizationRequired');
    simulator.sendLifecycle(id, 'missed');
    simulator.removeSubscription(id, true);
    await clock.pass(1_000);
    for (const post of posts) await see(post.url === HOOK ? 'changeNotificationCollection' : 'lifecycleNotificationCollection', '', post.url, post.body);
    await see('subscription', 'POST', '/subscriptions', { ...wanted, changeType: 'deleted' });
    const [last] = simulator.subscriptions();
    await see('nothing', 'DELETE', `/subscriptions/${last?.id}`);
  },
  async errors({ see, simulator }) {
    const { id } = (await see('event', 'POST', EVENTS, lunch({ transactionId: 't' }))).body;
    await see('errorResponse', 'POST', EVENTS, lunch({ transactionId: 't' }));
    await see('errorResponse', 'PATCH', `${EVENTS}/${id}`, { subject: 'x' }, { 'if-match': 'W/"old"' });
    await see('errorResponse', 'GET', `${EVENTS}/none`);
    await see('errorResponse', 'GET', '/users/nobody');
    await see('errorResponse', 'POST', EVENTS, '{');
    await see('errorResponse', 'POST', EVENTS, lunch({ titel: 'x' }));
    await see('errorResponse', 'GET', EVENTS, undefined, {}, 'stolen');
    await see('errorResponse', 'PUT', EVENTS);
    for (const status of [400, 401, 403, 404, 410, 429, 500, 503, 504]) {
      simulator.addFault({ kind: 'status', status });
      await see('errorResponse', 'GET', EVENTS);
    }
  },
  async batches({ see }) {
    const requests = [
      { id: '1', method: 'GET', url: EVENTS },
      { id: '2', method: 'POST', url: EVENTS, headers: { 'content-type': 'application/json' }, body: lunch() },
      { id: '3', method: 'GET', url: '/users/nobody' },
    ];
    await see('batchRequest', '', '', { requests });
    const { body } = await see('batchResponse', 'POST', '/$batch', { requests });
    for (const [n, schema] of [['1', 'event.collection'], ['2', 'event'], ['3', 'errorResponse']] as const) await see(schema, '', `part ${n}`, body.responses.find((one) => one.id === n)?.body);
    const serial = requests.map((one, n) => (n === 0 ? { ...one, url: '/users/nobody' } : { ...one, dependsOn: [requests[n - 1]?.id] }));
    const failed = await see('batchResponse', 'POST', '/$batch', { requests: serial });
    await see('errorResponse', '', 'part 2', failed.body.responses.find((one) => one.id === '2')?.body);
  },
};

export const TOUR_AREAS = Object.keys(AREAS);

/** Everything the simulator says on the way through one area. */
export async function tour(area: string): Promise<Sight[]> {
  const sights: Sight[] = [];
  const w = world();
  const walk = AREAS[area];
  if (walk === undefined) throw new Error(`There is no area ${area}.`);
  await walk({
    ...w,
    async see(schema, method, path, body, headers, who) {
      if (method === '') {
        sights.push({ area, what: path, schema, body });
        return { status: 0, headers: new Headers(), body: body as Asked['body'] };
      }
      const asked = await w.ask(method, path, body, headers, who);
      const fine = asked.status < 400;
      if (fine === (schema === 'errorResponse')) throw new Error(`${method} ${path} was answered with ${asked.status}: ${JSON.stringify(asked.body)}`);
      if (schema !== 'nothing' && schema !== 'anything') sights.push({ area, what: `${method} ${path}`, schema, body: asked.body });
      else if (schema === 'nothing' && Object.keys(asked.body).length > 0) throw new Error(`${method} ${path} was to be answered without a body.`);
      return asked;
    },
  });
  return sights;
}
