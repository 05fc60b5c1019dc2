import { beforeAll, describe, expect, it } from 'vitest';
import { ANNA, at, lunch, MARK, weekly, world } from '../../local/graph/world.ts';
import type { Body, World } from '../../local/graph/world.ts';
import { knownGaps } from './known-gaps.ts';
import { elementOf, propertiesOf, readOfficial, valuesOf, WHERE_IT_IS_LOOKED_FOR } from './official.ts';
import type { Official } from './official.ts';

const official = readOfficial();
const EVENTS = `/users/${ANNA}/events`;
const CALENDARS = `/users/${ANNA}/calendars`;
const PLACE: Record<string, string> = { event: EVENTS, calendar: CALENDARS, subscription: '/subscriptions' };

if (official === undefined) {
  it.skip(`what the Graph simulator takes is held to the official data only where that is found: ${WHERE_IT_IS_LOOKED_FOR}`, () => undefined);
} else {
  compare(official);
}

const recurrence = (pattern: object, range: object = { type: 'noEnd' }) => ({ pattern: { interval: 1, ...pattern }, range: { startDate: '2026-03-16', ...range } });
const PATTERNS: Record<string, object> = {
  daily: {},
  weekly: { daysOfWeek: ['monday'] },
  absolutemonthly: { dayOfMonth: 16 },
  relativemonthly: { daysOfWeek: ['monday'], index: 'third' },
  absoluteyearly: { dayOfMonth: 16, month: 3 },
  relativeyearly: { daysOfWeek: ['monday'], index: 'third', month: 3 },
};
const RANGES: Record<string, object> = { enddate: { endDate: '2026-06-01' }, noend: {}, numbered: { numberOfOccurrences: 3 } };
const subscription = (more: object) => ({
  changeType: 'updated', resource: `users/${ANNA}/events`, notificationUrl: 'https://hook.example.com/n', expirationDateTime: '2026-11-29T08:00:00Z', ...more,
});
/** The longest common beginning makes a valid body of any member, so that only what is tested can be refused. */
const BODIES: Record<string, (more: object) => object> = { event: weekly, calendar: (more) => ({ name: 'Away', ...more }), subscription };
const lower = (value: string) => value.toLowerCase();

/** For each place of an enum in what a client may write: the body that puts a value there. */
const ENUM_PLACES: Record<string, (value: string) => object> = {
  'event.attendees.type': (type) => weekly({ attendees: [{ type, emailAddress: { address: 'x@example.org' } }] }),
  'event.attendees.status.response': (response) => weekly({ attendees: [{ status: { response }, emailAddress: { address: 'x@example.org' } }] }),
  'event.body.contentType': (contentType) => weekly({ body: { contentType, content: 'x' } }),
  'event.importance': (importance) => weekly({ importance }),
  'event.onlineMeetingProvider': (onlineMeetingProvider) => weekly({ onlineMeetingProvider }),
  'event.location.locationType': (locationType) => weekly({ location: { displayName: 'x', locationType } }),
  'event.location.uniqueIdType': (uniqueIdType) => weekly({ location: { displayName: 'x', uniqueIdType } }),
  'event.locations.locationType': (locationType) => weekly({ locations: [{ displayName: 'x', locationType }] }),
  'event.locations.uniqueIdType': (uniqueIdType) => weekly({ locations: [{ displayName: 'x', uniqueIdType }] }),
  'event.recurrence.pattern.type': (type) => weekly({ recurrence: recurrence({ type, ...PATTERNS[lower(type)] }) }),
  'event.recurrence.pattern.daysOfWeek': (day) => weekly({ recurrence: recurrence({ type: 'weekly', daysOfWeek: [day] }) }),
  'event.recurrence.pattern.firstDayOfWeek': (firstDayOfWeek) => weekly({ recurrence: recurrence({ type: 'weekly', daysOfWeek: ['monday'], firstDayOfWeek }) }),
  'event.recurrence.pattern.index': (index) => weekly({ recurrence: recurrence({ type: 'relativeMonthly', daysOfWeek: ['monday'], index }) }),
  'event.recurrence.range.type': (type) => weekly({ recurrence: recurrence({ type: 'daily' }, { type, ...RANGES[lower(type)] }) }),
  'event.sensitivity': (sensitivity) => weekly({ sensitivity }),
  'event.showAs': (showAs) => weekly({ showAs }),
  'calendar.color': (color) => ({ name: 'Away', color }),
};

/** Bodies are answered as HTML; what a client says about answers is not taken over (docs issue 16158). */
const NOT_ECHOED = ['event.body.contentType', 'event.attendees.status.response'];

function compare(data: Official): void {
  const post = async (type: string, body: object, w: World = world()) => w.ask('POST', PLACE[type], body);
  const writableOf = (type: string, when: 'create' | 'update') => data.types[type]?.writable?.[when] ?? [];
  const typeOf = (type: string, member: string): string => propertiesOf(data, type)[member] ?? data.types[type]?.navigation[member]?.type ?? '';
  const isModelled = (type: string, member: string) => knownGaps('writable members')[type]?.includes(member) !== true;

  /** Places of enums below a member that a client may write. */
  const placesIn = (path: string, type: string): [string, string][] => {
    const element = elementOf(type);
    if (data.enums[element] !== undefined) return [[path, element]];
    if (data.types[element] === undefined) return [];
    return Object.entries(propertiesOf(data, element)).flatMap(([member, of]) => placesIn(`${path}.${member}`, of));
  };

  describe('enums that a client may write', () => {
    const places = Object.keys(PLACE).flatMap((type) =>
      writableOf(type, 'create')
        .filter((member) => isModelled(type, member))
        .flatMap((member) => placesIn(`${type}.${member}`, typeOf(type, member))),
    );

    it('are all looked at', () => {
      expect(places.map(([path]) => path).sort()).toEqual(Object.keys(ENUM_PLACES).sort());
    });

    it.each(places)('%s takes every value of %s in any letter case and no other', async (path, name) => {
      const body = ENUM_PLACES[path];
      const type = path.split('.')[0] ?? '';
      if (body === undefined) throw new Error(`No body puts a value at ${path}.`);
      for (const value of valuesOf(data, name)) {
        for (const written of [value, value.toUpperCase()]) {
          const { status, body: answer } = await post(type, body(written));
          expect(status, `${written}: ${JSON.stringify(answer.error)}`).toBe(201);
          if (!NOT_ECHOED.includes(path)) expect(JSON.stringify(answer)).toContain(`"${value}"`);
        }
      }
      expect((await post(type, body('somethingElse'))).status).toBe(400);
    });

    it('changeType of subscriptions is a list of official values', async () => {
      for (const value of valuesOf(data, 'changeType')) expect((await post('subscription', subscription({ changeType: value }))).status).toBe(201);
      expect((await post('subscription', subscription({ changeType: valuesOf(data, 'changeType').join(',') }))).status).toBe(201);
      expect((await post('subscription', subscription({ changeType: 'somethingElse' }))).status).toBe(400);
    });

    it('timeZoneStandard of supportedTimeZones takes its official values', async () => {
      const path = (value: string) => `/users/${ANNA}/outlook/supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'${value}')`;
      for (const value of valuesOf(data, 'timeZoneStandard')) expect((await world().ask('GET', path(value))).status).toBe(200);
      expect((await world().ask('GET', path('somethingElse'))).status).toBe(400);
    });
  });

  describe('members that a client may write', () => {
    const values: Record<string, unknown> = {
      ...{ allowNewTimeProposals: false, hideAttendees: true, isAllDay: false, isOnlineMeeting: true, isReminderOn: false, responseRequested: false, isDraft: false },
      ...{ subject: 'x', transactionId: 't', reminderMinutesBeforeStart: 5, categories: ['Blue'], importance: 'high', sensitivity: 'private', showAs: 'free' },
      ...{ onlineMeetingProvider: 'teamsForBusiness', body: { contentType: 'html', content: '<p>x</p>' }, location: { displayName: 'x' }, locations: [{ displayName: 'y' }] },
      ...{ start: at('2026-03-16T08:30:00'), end: at('2026-03-16T11:00:00'), attendees: [{ emailAddress: { address: 'x@example.org', name: 'X' } }] },
      ...{ recurrence: recurrence({ type: 'daily' }), singleValueExtendedProperties: [{ id: MARK, value: 'x' }], multiValueExtendedProperties: [{ id: MARK, value: ['x'] }] },
      ...{ extensions: [{ '@odata.type': 'microsoft.graph.openTypeExtension', extensionName: 'x' }], attachments: [{ '@odata.type': '#microsoft.graph.fileAttachment', name: 'x' }] },
      ...{ name: 'Other', color: 'lightRed', hexColor: '#ff0000', changeType: 'created', clientState: 's', latestSupportedTlsVersion: 'v1_3', includeResourceData: true },
      ...{ resource: `users/${ANNA}/events`, notificationUrl: 'https://hook.example.com/a', lifecycleNotificationUrl: 'https://hook.example.com/b' },
      ...{ expirationDateTime: '2026-11-28T08:00:00Z', encryptionCertificate: 'x', encryptionCertificateId: 'x', notificationQueryOptions: 'x', notificationUrlAppId: 'x' },
    };
    const wrong = (type: string): unknown => (/Boolean|Int32|Collection/.test(type) ? 'text' : 17);

    const cases = Object.keys(PLACE).flatMap((type) => writableOf(type, 'create').map((member): [string, string] => [type, member]));
    it.each(cases)('%s.%s is taken, and refused with a value of another type', async (type, member) => {
      expect(Object.keys(values)).toContain(member);
      const good = await post(type, BODIES[type]?.({ [member]: values[member] }) ?? {});
      expect(good.status, JSON.stringify(good.body.error)).toBe(isModelled(type, member) ? 201 : 501);
      if (isModelled(type, member)) expect((await post(type, BODIES[type]?.({ [member]: wrong(typeOf(type, member)) }) ?? {})).status).toBe(400);
    });

    it.each(writableOf('event', 'update'))('event.%s can be patched', async (member) => {
      const w = world();
      const { body } = await post('event', weekly(), w);
      expect((await w.ask('PATCH', `${EVENTS}/${body.id}`, { [member]: values[member] })).status).toBe(isModelled('event', member) ? 200 : 501);
    });

    it.each(['event', 'calendar', 'subscription'])('all others of %s are refused, and so are unknown ones', async (type) => {
      const members = [...Object.keys(propertiesOf(data, type)), ...Object.keys(data.types[type]?.navigation ?? {})];
      const refused = members.filter((member) => !writableOf(type, 'create').includes(member));
      expect(refused.length).toBeGreaterThan(2);
      for (const member of [...refused, 'titel']) expect((await post(type, BODIES[type]?.({ [member]: 'x' }) ?? {})).status, member).toBe(400);
    });

    it('those of an event that only a create may name are refused by a PATCH', async () => {
      const w = world();
      const { body } = await post('event', weekly(), w);
      const members = [...Object.keys(propertiesOf(data, 'event')), ...Object.keys(data.types['event']?.navigation ?? {})];
      for (const member of members.filter((one) => !writableOf('event', 'update').includes(one))) {
        expect((await w.ask('PATCH', `${EVENTS}/${body.id}`, { [member]: values[member] ?? 'x' })).status, member).toBe(400);
      }
    });

    it('a subscription only takes a new end', async () => {
      const w = world();
      const { id } = (await post('subscription', subscription({}), w)).body;
      for (const member of Object.keys(propertiesOf(data, 'subscription'))) {
        const { status } = await w.ask('PATCH', `/subscriptions/${id}`, { expirationDateTime: '2026-11-28T09:00:00Z', [member]: values[member] ?? 'x' });
        expect(status, member).toBe(writableOf('subscription', 'update').includes(member) ? 200 : 400);
      }
    });
  });

  describe('objects inside an event', () => {
    const inside: [string, object][] = [
      ['start', at('2026-03-16T08:30:00')],
      ['end', at('2026-03-16T11:00:00')],
      ['body', { contentType: 'text', content: 'x' }],
      ['location', { displayName: 'x' }],
      ['location.address', { city: 'Vienna' }],
      ['location.coordinates', { latitude: 1 }],
      ['attendees', { emailAddress: { address: 'x@example.org' } }],
      ['attendees.emailAddress', { address: 'x@example.org' }],
      ['recurrence', recurrence({ type: 'daily' })],
      ['recurrence.pattern', { type: 'daily', interval: 1 }],
      ['recurrence.range', { type: 'noEnd', startDate: '2026-03-16' }],
      ['singleValueExtendedProperties', { id: MARK, value: 'x' }],
    ];
    const put = (path: string, value: object): object => {
      const [member = '', inner] = path.split('.');
      const whole = inner === undefined ? value : { ...(inside.find(([name]) => name === member)?.[1] ?? {}), [inner]: value };
      return { [member]: typeOf('event', member).startsWith('Collection(') ? [whole] : whole };
    };

    it.each(inside)('%s takes no member that its official type lacks', async (path, value) => {
      expect((await post('event', lunch({ ...weekly(), ...put(path, value) }))).status).toBe(201);
      expect((await post('event', lunch({ ...weekly(), ...put(path, { ...value, titel: 'x' }) }))).status).toBe(400);
    });
  });

  describe('actions', () => {
    let w: World;
    let copy: Body | undefined;
    const BERTS = '/users/bert@example.com/events';
    beforeAll(async () => {
      w = world();
      await w.ask('POST', EVENTS, lunch({ attendees: [{ emailAddress: { address: 'bert@example.com' } }] }));
      copy = (await w.ask('GET', BERTS)).body.value[0];
    });
    const parameters: Record<string, unknown> = {
      SendResponse: true,
      Comment: 'x',
      ProposedNewTime: { start: at('2026-11-25T12:00:00'), end: at('2026-11-25T13:00:00') },
      ToRecipients: [{ emailAddress: { address: 'x@example.org' } }],
    };

    it.each(['tentativelyAccept', 'accept', 'forward'])('%s takes its official parameters in both spellings, and no others', async (name) => {
      const official = data.operations.find((one) => one.boundTo === 'event' && one.name === name)?.parameters ?? {};
      const body = Object.fromEntries(Object.keys(official).map((parameter) => [parameter, parameters[parameter]]));
      const camel = Object.fromEntries(Object.entries(body).map(([key, value]) => [`${key.slice(0, 1).toLowerCase()}${key.slice(1)}`, value]));
      for (const one of [body, camel]) expect((await w.ask('POST', `${BERTS}/${copy?.id}/${name}`, one)).status).toBe(202);
      expect((await w.ask('POST', `${BERTS}/${copy?.id}/${name}`, { ...body, titel: 'x' })).status).toBe(400);
    });
  });
}
