import { describe, expect, it } from 'vitest';
import { shownInCrm, shownInOutlook } from '../world/judge.ts';
import { expectInStep, expectQuiet, paired } from '../world/paired.ts';
import { timed } from '../world/people.ts';
import { World, type WorldOptions } from '../world/world.ts';

const ZONES = ['Europe/Berlin', 'UTC', 'America/New_York', 'America/St_Johns', 'Pacific/Pago_Pago', 'Pacific/Kiritimati', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Africa/Casablanca', 'America/Havana'];

async function started(options: WorldOptions = {}): Promise<World> {
  const world = new World(options);
  await world.start();
  return world;
}

/** And nobody is mailed. */
async function expectQuietly(world: World): Promise<void> {
  await expectQuiet(world);
  expect(world.graph.state().mails).toEqual([]);
}

const whenInOutlook = (world: World): unknown => world.outlook().events().map(shownInOutlook)[0]?.when;
const whenInCrm = (world: World): unknown => world.crmUser().activities().map((activity) => shownInCrm(activity, world.zone))[0]?.when;
const midnight = (date: string, timeZone: string): Record<string, string> => ({ dateTime: `${date}T00:00:00`, timeZone });

describe.each(ZONES)('whole days, with the CRM in %s', (zone) => {
  it.each([
    ['one day', '2026-11-25', '2026-11-26', '2026-11-25'],
    ['five days', '2026-11-25', '2026-11-30', '2026-11-29'],
    ['over the end of the year', '2026-12-31', '2027-01-02', '2027-01-01'],
    ['over a change of the clock', '2027-03-13', '2027-03-30', '2027-03-29'],
  ])('%s in Outlook', async (_, start, end, last) => {
    const world = await started({ zone });
    await world.outlook().create({ isAllDay: true, start: midnight(start, zone), end: midnight(end, zone) });
    await world.settle();
    const days = `${start} to ${last}`;
    expect([whenInOutlook(world), whenInCrm(world)]).toEqual([days, days]);
    await expectQuietly(world);
  });

  it.each([
    ['one day', { Date: '2026-11-25', Time: '', EndDate: '2026-11-25', EndTime: '' }, '2026-11-25 to 2026-11-25'],
    ['one day without an end', { Date: '2026-11-25', Time: '', EndDate: '', EndTime: '' }, '2026-11-25 to 2026-11-25'],
    ['five days', { Date: '2026-11-25', Time: '', EndDate: '2026-11-29', EndTime: '' }, '2026-11-25 to 2026-11-29'],
  ])('%s in the CRM', async (_, values, days) => {
    const world = await started({ zone });
    world.crmUser().create(values);
    await world.settle();
    expect([whenInOutlook(world), whenInCrm(world)]).toEqual([days, days]);
    await expectQuietly(world);
  });

  it('made of a timed appointment and back', async () => {
    const world = await started({ zone });
    const { id } = await world.outlook().create(timed('2026-11-25T23:30:00', '2026-11-26T00:30:00', zone));
    await world.settle();
    expect(whenInCrm(world)).toBe(whenInOutlook(world));
    await world.outlook().patch(id, { isAllDay: true, start: midnight('2026-11-25', zone), end: midnight('2026-11-27', zone) });
    await world.settle();
    expect([whenInOutlook(world), whenInCrm(world)]).toEqual(['2026-11-25 to 2026-11-26', '2026-11-25 to 2026-11-26']);
    world.crmUser().update(world.crmUser().activities()[0]?.id ?? '', { Time: '10:00', EndDate: '2026-11-25', EndTime: '11:00' });
    await world.settle();
    expect(whenInOutlook(world)).toBe(whenInCrm(world));
    await expectQuietly(world);
  });
});

describe('odd values from Outlook', () => {
  const cases: readonly [string, Record<string, unknown>, Record<string, unknown>][] = [
    ['no length', timed('2026-11-25T09:00:00', '2026-11-25T09:00:00'), { Time: '09:00:00', EndTime: '09:00:00' }],
    ['many days with a time', timed('2026-11-25T09:00:00', '2026-12-24T17:00:00'), { EndDate: '2026-12-24', EndTime: '17:00:00' }],
    ['no subject', { subject: null }, { Subject: '' }],
    ['a subject of blanks', { subject: ' \t ' }, { Subject: '' }],
    ['a subject of control characters', { subject: 'a\u0001b\u0007c\u001bd' }, { Subject: 'abcd' }],
    ['half of an emoji', { subject: 'a\ud83d b' }, { Subject: 'a b' }],
    ['a place of 10,000 characters', { location: { displayName: 'Room '.repeat(2_000) } }, { Location: `${'Room '.repeat(24).slice(0, 119)}…` }],
    ['a text with control characters and odd line ends', { body: { contentType: 'html', content: '<p>a\u0001b</p><p>c\u2028d</p>' } }, { Text: 'ab\n\nc\nd' }],
    ['a text of 100,000 characters', { body: { contentType: 'text', content: 'word '.repeat(20_000) } }, { Text: `${'word '.repeat(800).slice(0, 3_999)}…` }],
    ['a hundred categories', { categories: Array.from({ length: 100 }, (_, i) => `Category ${i}`) }, {}],
    ['a category with a semicolon', { categories: ['a;b'] }, { Categories: 'a,b' }],
    ['a reminder of four weeks', { isReminderOn: true, reminderMinutesBeforeStart: 40_320 }, { Reminder: '40320' }],
    ['a reminder at the start', { isReminderOn: true, reminderMinutesBeforeStart: 0 }, { Reminder: '0' }],
    ['working elsewhere', { showAs: 'workingElsewhere' }, { ShowAs: '4' }],
    ['an unknown show-as', { showAs: 'unknown' }, { ShowAs: '2' }],
  ];

  it.each(cases)('%s', async (_, event, values) => {
    const world = await started();
    await world.outlook().create(event);
    await world.settle();
    const [activity] = world.crmUser().activities();
    expect(Object.fromEntries(Object.keys(values).map((field) => [field, activity?.values[field]?.replaceAll('\r\n', '\n')]))).toEqual(values);
    await expectQuietly(world);
  });

  it('each text that is cut is counted', async () => {
    const world = await started();
    await world.outlook().create({ subject: 'x'.repeat(200), location: { displayName: 'y'.repeat(200) }, body: { contentType: 'text', content: 'word' } });
    await world.settle();
    const passes = world.events.filter(({ evt }) => evt === 'pass');
    expect(passes.reduce((sum, one) => sum + Number(one['cut.crm'] ?? 0), 0)).toBe(2);
    expect(passes.some((one) => 'cut.graph' in one)).toBe(false);
  });

  it('500 attendees, nobody of whom the CRM knows', async () => {
    const world = await started();
    await world.outlook().create({ attendees: Array.from({ length: 500 }, (_, i) => ({ type: 'required', emailAddress: { address: `guest${i}@example.net`, name: `Guest ${i}` } })) });
    world.resetCounters();
    await world.settle();
    expect(world.crmUser().activities()).toHaveLength(1);
    await expectQuietly(world);
    expect(world.outlook().events()[0]?.['attendees']).toHaveLength(500);
  });
});

describe('odd values from the CRM', () => {
  it.each([
    ['no length', { Time: '14:00', EndTime: '14:00' }],
    ['no end', { EndDate: '', EndTime: '' }],
    ['seconds', { Time: '14:00:07', EndTime: '15:00:08' }],
    ['no subject', { Subject: '' }],
    ['the longest subject', { Subject: 'x'.repeat(120) }],
    ['the longest text', { Text: 'y '.repeat(2_000) }],
    ['letters outside of the plane', { Subject: '\u{1f389}\u{1f469}\u200d\u{1f4bb} e\u0301', Text: '\u{1f1e9}\u{1f1ea}' }],
    ['a text that looks like HTML', { Text: '<b>&amp; <script>alert(1)</script>' }],
    ['categories twice and empty ones', { Categories: 'b;;a; b ;' }],
    ['a reminder before nought', { Reminder: -5 }],
    ['an empty priority', { Priority: '' }],
    ['an empty show-as', { ShowAs: '' }],
  ])('%s', async (_, values) => {
    const world = await started();
    world.crmUser().create(values);
    await world.settle();
    expect(world.outlook().events()).toHaveLength(1);
    expect(whenInOutlook(world)).toBe(whenInCrm(world));
    await expectQuietly(world);
  });

  it.each([
    ['an end before its start', { Date: '2026-11-26', Time: '14:00', EndDate: '2026-11-26', EndTime: '13:00' }],
    ['a last day before the first', { Date: '2026-11-26', Time: '', EndDate: '2026-11-25', EndTime: '' }],
    ['an end time without a start time', { Time: '', EndTime: '15:00' }],
  ])('%s is left alone until somebody mends it', async (_, values) => {
    const world = await started();
    const { id } = world.crmUser().create(values);
    await world.settle();
    expect(world.outlook().events()).toEqual([]);
    expect((await world.journal()).filter(({ detail }) => detail === 'invalid')).toHaveLength(1);
    world.crmUser().update(id, { Date: '2026-11-26', Time: '14:00', EndDate: '2026-11-26', EndTime: '15:00' });
    await world.settle();
    expectInStep(world, 1);
    await expectQuietly(world);
  });

  it('an end before its start on a pair that is there: the pair rests, and goes on where it is mended', async () => {
    const { world, eventId, activityId } = await paired();
    world.crmUser().update(activityId, { EndTime: '08:00' });
    await world.settle();
    await world.outlook().patch(eventId, { subject: 'Meanwhile' });
    await world.settle();
    expect(world.outlook().events()).toHaveLength(1);
    expect(world.crmUser().activities()).toHaveLength(1);
    world.crmUser().update(activityId, { EndTime: '11:30' });
    await world.settle();
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Meanwhile');
  });
});

describe('appointments far away', () => {
  it.each(['1900-01-01', '1901-12-14', '1969-12-31', '2038-01-20', '2100-02-28', '2199-12-31'])('moved to %s in Outlook, it is followed', async (date) => {
    const { world, eventId } = await paired();
    await world.outlook().patch(eventId, timed(`${date}T09:00:00`, `${date}T10:00:00`));
    await world.settle();
    expect([whenInCrm(world), world.crmUser().activities()[0]?.values['Date'], world.crmUser().activities()[0]?.values['Time']]).toEqual([whenInOutlook(world), date, '09:00:00']);
    await expectQuietly(world);
  });

  it.each(['1900-01-01', '1969-12-31', '2038-01-20', '2100-02-28'])('moved to %s in the CRM, it is followed', async (date) => {
    const { world, activityId } = await paired();
    world.crmUser().update(activityId, { Date: date, EndDate: date, Time: '09:00', EndTime: '10:00' });
    await world.settle();
    expect(whenInOutlook(world)).toBe(whenInCrm(world));
    await expectQuietly(world);
  });

  it.each([['1900-06-01'], ['2100-06-01']])('made for %s, it is not taken in on either side', async (date) => {
    const world = await started();
    await world.outlook().create(timed(`${date}T09:00:00`, `${date}T10:00:00`));
    world.crmUser().create({ Date: date, EndDate: date });
    await world.settle();
    await world.days(1);
    expect([world.outlook().events().length, world.crmUser().activities().length]).toEqual([1, 1]);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(world.violations()).toEqual([]);
  });
});
