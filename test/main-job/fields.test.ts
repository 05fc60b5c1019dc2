import { describe, expect, it } from 'vitest';
import { loadTransforms } from '../../shared/model/transform.ts';
import { namesAndContents } from '../files/documents.ts';
import { expectQuiet } from '../world/paired.ts';
import type { Activity } from '../world/people.ts';
import { World, type WorldOptions } from '../world/world.ts';

// It comes from disk, in real time: virtual time must not run ahead of it.
await loadTransforms();

const PROPERTY = 'String {11111111-2222-4333-8444-555555555555} Name Project';
const NUMBER = 'Integer {11111111-2222-4333-8444-555555555555} Name Budget';
const MOMENT = 'SystemTime {11111111-2222-4333-8444-555555555555} Name Due';
const LINK = 'String {7d7ab8a4-8e0c-4d9b-9d0f-5a4b6f0c2e31} Name ConnectorCrmLink';

const CRM_FIELDS: NonNullable<WorldOptions['crmFields']> = {
  'Contact.Project': { type: 'C', length: 20 },
  'Contact.Budget': { type: 'L' },
  'Contact.Rate': { type: 'F' },
  'Contact.Due': { type: 'C', length: 30 },
  'Contact.Vip': { type: 'B' },
  'Contact.Grade': { type: 'X', catalog: new Map([[0, 'None'], [1, 'Gold'], [2, 'Silver']]) },
  'Contact.Link': { type: 'C', length: 500 },
  'Contact.Silent': { type: 'B' },
};

type Fields = readonly Record<string, unknown>[];

const custom = (field: string): unknown => {
  const { type, length } = CRM_FIELDS[`Contact.${field}`] as { type: string; length?: number };
  return { field, type, ...(length === undefined ? {} : { length }) };
};

function worldWith(fields: Fields, more: Record<string, unknown> = {}, options: WorldOptions = {}): World {
  return new World({ crmFields: CRM_FIELDS, ...options, rules: { ...options.rules, appointments: { ...more, fields } } });
}

/** One appointment on both sides and everything quiet. */
async function pairedWith(fields: Fields, event: Record<string, unknown> = {}, more: Record<string, unknown> = {}, options: WorldOptions = {}): Promise<{ world: World; eventId: string; activityId: string }> {
  const world = worldWith(fields, more, options);
  await world.start();
  const { id } = await world.outlook().create(event);
  await world.settle();
  return { world, eventId: id, activityId: only(world).id };
}

function only(world: World): Activity {
  const all = world.crmUser().activities();
  expect(all).toHaveLength(1);
  return all[0] as Activity;
}

const inCrm = (world: World, field: string): string => only(world).values[field] ?? '';
const property = (id: string, value: string): Record<string, unknown> => ({ singleValueExtendedProperties: [{ id, value }] });
const propertyOf = async (world: World, id: string): Promise<string | undefined> => world.outlook().property(world.outlook().events()[0]?.id ?? '', id);
const categories = (world: World): unknown => world.outlook().events()[0]?.['categories'];
const told = async (world: World): Promise<unknown[]> => (await world.journal()).filter(({ reason }) => reason === 'fieldNotShown').map(({ side, detail }) => [side, detail]);

describe('A14: an extended property and a field of the CRM', () => {
  const FIELDS = [{ outlook: { property: PROPERTY }, crm: custom('Project') }];

  it('arrives with the appointment, follows edits on both sides, and nothing is written after that', async () => {
    const { world, eventId, activityId } = await pairedWith(FIELDS, property(PROPERTY, 'P-1'));
    expect(inCrm(world, 'Project')).toBe('P-1');
    await world.outlook().patch(eventId, property(PROPERTY, 'P-2'));
    await world.settle();
    expect(inCrm(world, 'Project')).toBe('P-2');
    world.crmUser().update(activityId, { Project: 'P-3' });
    await world.settle();
    expect(await propertyOf(world, PROPERTY)).toBe('P-3');
    await expectQuiet(world);
  });

  it('arrives with an activity, and leaves an event without the property where the CRM has none', async () => {
    const world = worldWith(FIELDS);
    await world.start();
    world.crmUser().create({ Project: 'P-9' });
    await world.settle();
    expect(await propertyOf(world, PROPERTY)).toBe('P-9');
    await expectQuiet(world);
  });

  it('many at once are read by one view of them', async () => {
    const world = worldWith(FIELDS);
    for (let i = 10; i < 50; i += 1) await world.outlook().create({ subject: `O${i}`, ...property(PROPERTY, `P-${i}`) });
    await world.syncUsers();
    world.resetCounters();
    await world.drain();
    await world.live(90_000);
    expect(world.crmUser().activities().map(({ values }) => values['Project']).sort()).toEqual(Array.from({ length: 40 }, (_, i) => `P-${i + 10}`));
    expect(world.requests().graph).toBeLessThan(12);
  });

  it('that Graph answers and does not store is sent again, and what a person typed in the CRM stays', async () => {
    const { world, activityId } = await pairedWith(FIELDS, property(PROPERTY, 'P-1'));
    world.graph.addFault({ kind: 'storesNothing', answer: 'kept', method: 'PATCH' });
    world.crmUser().update(activityId, { Project: 'P-2' });
    await world.settle();
    await world.live(120_000);
    expect([await propertyOf(world, PROPERTY), inCrm(world, 'Project')]).toEqual(['P-2', 'P-2']);
    expect((await world.journal()).filter(({ action }) => action === 'notStored')).toHaveLength(1);
    await expectQuiet(world);
  });

  it.each([
    ['made a moment ago', async () => undefined],
    ['edited a moment ago', async (world: World, id: string) => void (await world.outlook().patch(id, { subject: 'Newer', ...property(PROPERTY, 'P-2') }))],
  ])('of an event %s, while single readings are behind the delta, come when they have caught up', async (_when, edit) => {
    const world = worldWith(FIELDS, {}, { graphQuirks: { readLagMs: 20_000 } });
    const { id } = await world.outlook().create(property(PROPERTY, 'P-1'));
    if (_when !== 'made a moment ago') await world.clock.until(world.clock.now() + 60_000);
    await edit(world, id);
    // Before there is a subscription: nobody tells of it, and the daily net is far.
    await world.syncUsers();
    await world.drain();
    await world.live(120_000);
    expect([inCrm(world, 'Project'), inCrm(world, 'Subject')]).toEqual(_when === 'made a moment ago' ? ['P-1', 'From Outlook'] : ['P-2', 'Newer']);
    await expectQuiet(world);
  });

  it('emptied on one side it is emptied on the other', async () => {
    const { world, activityId } = await pairedWith(FIELDS, property(PROPERTY, 'P-1'));
    world.crmUser().update(activityId, { Project: '' });
    await world.settle();
    expect(await propertyOf(world, PROPERTY)).toBe('');
    await expectQuiet(world);
  });

  it('changed on both sides: the rule decides, and the loser is in the conflict log', async () => {
    const { world, eventId, activityId } = await pairedWith(FIELDS, property(PROPERTY, 'P-1'), {}, { rules: { conflict: { rule: 'crm' } } });
    await world.outlook().patch(eventId, property(PROPERTY, 'P-o'));
    world.crmUser().update(activityId, { Project: 'P-c' });
    await world.settle();
    expect([await propertyOf(world, PROPERTY), inCrm(world, 'Project')]).toEqual(['P-c', 'P-c']);
    expect((await world.conflicts()).map(({ loser, value }) => [loser, value])).toEqual([['graph', 'P-o']]);
  });

  it('a text that is too long is cut visibly, and an edit of its short form keeps the rest', async () => {
    const long = 'Project of the year 2026 and after';
    const { world, activityId } = await pairedWith(FIELDS, property(PROPERTY, long));
    expect(inCrm(world, 'Project')).toBe('Project of the year…');
    await expectQuiet(world);
    world.crmUser().update(activityId, { Project: 'Plan of the year…' });
    await world.settle();
    expect(await propertyOf(world, PROPERTY)).toBe('Plan of the year 2026 and after');
  });

  it('an edit of something else touches it not, though no delta shows it', async () => {
    const { world, eventId, activityId } = await pairedWith(FIELDS, property(PROPERTY, 'P-1'));
    await world.outlook().patch(eventId, { subject: 'Another' });
    world.crmUser().update(activityId, { Location: 'Room C' });
    await world.settle();
    expect([await propertyOf(world, PROPERTY), inCrm(world, 'Project'), inCrm(world, 'Subject')]).toEqual(['P-1', 'P-1', 'Another']);
    await expectQuiet(world);
  });

  it('written to a meeting by a person of the CRM it mails nobody', async () => {
    const { world, activityId } = await pairedWith(FIELDS, { ...property(PROPERTY, 'P-1'), attendees: [{ type: 'required', emailAddress: { address: 'customer@example.net', name: 'Customer' } }] });
    world.resetCounters();
    world.crmUser().update(activityId, { Project: 'P-2' });
    await world.settle();
    expect(await propertyOf(world, PROPERTY)).toBe('P-2');
    expect(world.graph.state().mails).toEqual([]);
  });

  it('of occurrences of a series, one by one', async () => {
    const world = worldWith(FIELDS);
    await world.start();
    await world.outlook().create({ subject: 'Weekly', ...property(PROPERTY, 'P-s'), recurrence: { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] }, range: { type: 'numbered', startDate: '2026-11-25', numberOfOccurrences: 3 } } });
    await world.settle();
    const activities = world.crmUser().activities();
    expect(activities.map(({ values }) => values['Project'])).toEqual(['P-s', 'P-s', 'P-s']);
    world.crmUser().update(activities[1]?.id ?? '', { Project: 'P-2' });
    await world.settle();
    expect(world.crmUser().activities().map(({ values }) => values['Project'])).toEqual(['P-s', 'P-2', 'P-s']);
    await expectQuiet(world);
  });
});

describe('A14: types', () => {
  it('numbers and points in time go as what they are', async () => {
    const { world, activityId } = await pairedWith(
      [{ outlook: { property: NUMBER }, crm: custom('Budget') }, { outlook: { property: MOMENT }, crm: custom('Due'), direction: 'toCrm' }],
      { singleValueExtendedProperties: [{ id: NUMBER, value: '1200' }, { id: MOMENT, value: '2026-12-01T10:00:00Z' }] },
    );
    expect([inCrm(world, 'Budget'), inCrm(world, 'Due')]).toEqual(['1200', '2026-12-01T10:00:00Z']);
    world.crmUser().update(activityId, { Budget: 1500 });
    await world.settle();
    expect(await propertyOf(world, NUMBER)).toBe('1500');
    await expectQuiet(world);
  });

  it('a catalog goes by its numbers; a text that it does not have stays where it is, and the journal says so once', async () => {
    const { world, eventId, activityId } = await pairedWith([{ outlook: { property: PROPERTY }, crm: custom('Grade'), catalog: { gold: 1, silver: 2 } }], property(PROPERTY, 'gold'));
    expect(inCrm(world, 'Grade')).toBe('1');
    world.crmUser().update(activityId, { Grade: 2 });
    await world.settle();
    expect(await propertyOf(world, PROPERTY)).toBe('silver');
    await world.outlook().patch(eventId, property(PROPERTY, 'bronze'));
    await world.settle();
    expect([inCrm(world, 'Grade'), await propertyOf(world, PROPERTY)]).toEqual(['2', 'bronze']);
    await expectQuiet(world);
    expect(await told(world)).toEqual([['graph', 'notInCatalog']]);
  });

  it('any single value of the event goes to the CRM', async () => {
    const { world } = await pairedWith([{ outlook: { event: 'webLink' }, crm: custom('Link'), direction: 'toCrm' }]);
    expect(inCrm(world, 'Link')).toBe(world.outlook().events()[0]?.['webLink']);
    expect(inCrm(world, 'Link')).not.toBe('');
    await expectQuiet(world);
  });

  it('what only flows to the CRM is put right there', async () => {
    const { world, activityId } = await pairedWith([{ outlook: { property: PROPERTY }, crm: custom('Project'), direction: 'toCrm' }], property(PROPERTY, 'P-1'));
    world.crmUser().update(activityId, { Project: 'mine' });
    await world.settle();
    expect([inCrm(world, 'Project'), await propertyOf(world, PROPERTY)]).toEqual(['P-1', 'P-1']);
    expect((await world.conflicts()).map(({ value }) => value)).toEqual(['mine']);
  });

  it('and what only flows to Outlook there', async () => {
    const { world, eventId, activityId } = await pairedWith([{ outlook: { property: PROPERTY }, crm: 'Status', direction: 'toOutlook', transformBack: '$ = 1 ? "done" : "open"' }]);
    world.crmUser().update(activityId, { Status: 1 });
    await world.settle();
    expect(await propertyOf(world, PROPERTY)).toBe('done');
    await world.outlook().patch(eventId, property(PROPERTY, 'mine'));
    await world.settle();
    expect([await propertyOf(world, PROPERTY), inCrm(world, 'Status')]).toEqual(['done', '1']);
  });
});

describe('A14: a category and a field of the CRM', () => {
  const FIELDS = [{ outlook: { category: 'VIP' }, crm: custom('Vip') }];

  it('is set and taken away both ways, and is none of the other categories', async () => {
    const { world, eventId, activityId } = await pairedWith(FIELDS, { categories: ['Blue', 'VIP'] });
    expect([inCrm(world, 'Vip'), inCrm(world, 'Categories')]).toEqual(['true', 'Blue']);
    world.crmUser().update(activityId, { Vip: false });
    await world.settle();
    expect(categories(world)).toEqual(['Blue']);
    world.crmUser().update(activityId, { Categories: 'Blue;Green' });
    await world.outlook().patch(eventId, { categories: ['Blue', 'VIP'] });
    await world.settle();
    expect([inCrm(world, 'Vip'), inCrm(world, 'Categories')]).toEqual(['true', 'Blue;Green']);
    expect([...(categories(world) as string[])].sort()).toEqual(['Blue', 'Green', 'VIP']);
    await expectQuiet(world);
  });

  it('another category edited in the CRM leaves it where it is', async () => {
    const { world, activityId } = await pairedWith(FIELDS, { categories: ['VIP'] });
    world.crmUser().update(activityId, { Categories: 'Green' });
    await world.settle();
    expect([...(categories(world) as string[])].sort()).toEqual(['Green', 'VIP']);
    expect(inCrm(world, 'Vip')).toBe('true');
    await expectQuiet(world);
  });
});

describe('A14: transforms', () => {
  it('make one value of the other, both ways', async () => {
    const { world, activityId } = await pairedWith([{ outlook: { property: PROPERTY }, crm: custom('Budget'), transform: '$number($substringAfter($, "-"))', transformBack: '"P-" & $string($)' }], property(PROPERTY, 'P-17'));
    expect(inCrm(world, 'Budget')).toBe('17');
    world.crmUser().update(activityId, { Budget: 18 });
    await world.settle();
    expect(await propertyOf(world, PROPERTY)).toBe('P-18');
    await expectQuiet(world);
  });

  it('that fail leave their value where it is, tell it once, and stop nothing else', async () => {
    const { world, eventId } = await pairedWith([{ outlook: { property: PROPERTY }, crm: custom('Budget'), direction: 'toCrm', transform: '$number($)' }], property(PROPERTY, '5'));
    await world.outlook().patch(eventId, { ...property(PROPERTY, 'none'), subject: 'Goes on' });
    await world.settle();
    expect([inCrm(world, 'Budget'), inCrm(world, 'Subject')]).toEqual(['5', 'Goes on']);
    await expectQuiet(world);
    expect(await told(world)).toEqual([['graph', 'transform']]);
    // Mended, it flows without another edit, by the daily net at the latest.
    world.rules['appointments'] = { fields: [{ outlook: { property: PROPERTY }, crm: custom('Budget'), direction: 'toCrm', transform: '$ = "none" ? 0 : $number($)' }] };
    await world.days(2);
    expect(inCrm(world, 'Budget')).toBe('0');
  });

  it('that use the time do not write every day', async () => {
    const { world } = await pairedWith([{ outlook: { property: PROPERTY }, crm: custom('Project'), direction: 'toCrm', transform: '$ & " " & $string($millis())' }], property(PROPERTY, 'at'));
    expect(inCrm(world, 'Project')).toMatch(/^at \d{13}$/);
    await expectQuiet(world);
  });
});

describe('A14: a field that mails', () => {
  const FIELDS = [{ outlook: { event: 'hideAttendees' }, crm: custom('Silent') }];
  const meeting = { attendees: [{ type: 'required', emailAddress: { address: 'customer@example.net', name: 'Customer' } }] };

  it('is written to a meeting where a person changed it in the CRM', async () => {
    const { world, activityId } = await pairedWith(FIELDS, meeting);
    world.resetCounters();
    world.crmUser().update(activityId, { Silent: true });
    await world.settle();
    expect(world.outlook().events()[0]?.['hideAttendees']).toBe(true);
    expect(world.graph.state().mails).toHaveLength(1);
    world.expectMails(1);
  });

  it('is not written because a rule came', async () => {
    const { world, activityId } = await pairedWith([], meeting);
    world.crmUser().update(activityId, { Silent: true });
    await world.settle();
    world.resetCounters();
    world.rules['appointments'] = { fields: FIELDS };
    await world.days(2);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(world.graph.state().mails).toEqual([]);
    expect(await told(world)).toEqual([['crm', 'wouldMail']]);
  });
});

describe('A14: fields that come to what is there', () => {
  const FIELDS = [{ outlook: { property: PROPERTY }, crm: custom('Project') }];

  it('what one side holds goes to the other, and nothing is emptied', async () => {
    const world = worldWith([]);
    await world.start();
    await world.outlook().create({ subject: 'a', ...property(PROPERTY, 'P-1') });
    await world.outlook().create({ subject: 'b' });
    await world.settle();
    const second = world.crmUser().activities().find(({ values }) => values['Subject'] === 'b');
    world.crmUser().update(second?.id ?? '', { Project: 'P-2' });
    await world.settle();
    world.rules['appointments'] = { fields: FIELDS };
    await world.days(2);
    expect(Object.fromEntries(world.crmUser().activities().map(({ values }) => [values['Subject'], values['Project']]))).toEqual({ a: 'P-1', b: 'P-2' });
    expect(await Promise.all(world.outlook().events().map(async (event) => [event['subject'], await world.outlook().property(event.id, PROPERTY)]))).toEqual([['a', 'P-1'], ['b', 'P-2']]);
    expect(await world.conflicts()).toEqual([]);
    await expectQuiet(world);
  });

  it('both hold something else: the rule decides, and the loser is in the conflict log', async () => {
    const { world, activityId } = await pairedWith([], property(PROPERTY, 'P-o'), {}, { rules: { conflict: { rule: 'outlook' } } });
    world.crmUser().update(activityId, { Project: 'P-c' });
    await world.settle();
    world.rules['appointments'] = { fields: FIELDS };
    await world.days(2);
    expect(inCrm(world, 'Project')).toBe('P-o');
    expect((await world.conflicts()).map(({ value }) => value)).toEqual(['P-c']);
  });

  it('an appointment that is deleted before its new field was looked at is deleted on the other side, too', async () => {
    const { world, eventId } = await pairedWith([], property(PROPERTY, 'P-1'));
    world.rules['appointments'] = { fields: FIELDS };
    await world.clock.until(world.clock.now() + 31_000);
    await world.outlook().remove(eventId);
    await world.settle();
    expect(world.crmUser().activities()).toEqual([]);
  });
});

describe('A14: what is private', () => {
  it('takes its additional fields out of a record that has to show the mask', async () => {
    const { world, eventId } = await pairedWith([{ outlook: { property: PROPERTY }, crm: custom('Project') }, { outlook: { category: 'VIP' }, crm: custom('Vip') }], { ...property(PROPERTY, 'secret'), categories: ['VIP'] }, { privacy: 'masked' });
    expect(inCrm(world, 'Project')).toBe('secret');
    await world.outlook().patch(eventId, { sensitivity: 'private' });
    await world.settle();
    expect([inCrm(world, 'Project'), inCrm(world, 'Vip'), inCrm(world, 'Subject')]).toEqual(['', 'false', 'Private appointment']);
    await world.outlook().patch(eventId, { sensitivity: 'normal' });
    await world.settle();
    expect([inCrm(world, 'Project'), inCrm(world, 'Vip')]).toEqual(['secret', 'true']);
  });
});

describe('A14: beside what else rules can ask for', () => {
  const FIELDS = [{ outlook: { property: PROPERTY }, crm: custom('Project') }, { outlook: { category: 'Y1-1-100' }, crm: custom('Vip') }];
  const customer = { attendees: [{ type: 'required', emailAddress: { address: 'customer@example.net', name: 'Customer' } }] };

  it('attachments become documents, link rules find their record in a category that is a field, and nothing is written after that', async () => {
    const world = worldWith(FIELDS, { links: [{ from: 'category', infoArea: 'Y1' }] });
    await world.start();
    world.crm.act('SYNC').create('Opportunity', { Name: 'One' }, { statNo: 1, seqNo: 100 });
    const { id } = await world.outlook().create({ ...property(PROPERTY, 'P-1'), categories: ['Y1-1-100'] });
    await world.outlook().attach(id, 'agenda.txt', 'One, two');
    await world.settle();
    expect([inCrm(world, 'Project'), inCrm(world, 'Vip'), inCrm(world, 'OppStatNo'), inCrm(world, 'OppSeqNo')]).toEqual(['P-1', 'true', '1', '100']);
    expect(namesAndContents(world, only(world).id)).toEqual([['agenda.txt', 'One, two']]);
    await expectQuiet(world);
  });

  it('a property that changes in the CRM takes no line to the guests of a meeting', async () => {
    const { world, activityId } = await pairedWith(FIELDS, { ...customer, ...property(PROPERTY, 'P-1') }, {}, { crmRules: { webUrl: 'https://crm.example.com' } });
    world.rules['appointments'] = { fields: FIELDS, webLink: { show: 'body', guests: true } };
    await world.live(60_000);
    world.resetCounters();
    world.crmUser().update(activityId, { Project: 'P-2' });
    await world.settle();
    // The record's address goes with it, where nobody sees it.
    expect(await propertyOf(world, PROPERTY)).toBe('P-2');
    expect(await propertyOf(world, LINK)).toContain('https://crm.example.com/crm/expand');
    expect(JSON.stringify(world.outlook().events())).not.toContain('Open in CRM');
    expect(world.graph.state().mails).toEqual([]);
  });

  it('the link of a new record comes with its fields by one write', async () => {
    const world = worldWith(FIELDS, { webLink: { show: 'property' } }, { crmRules: { webUrl: 'https://crm.example.com' } });
    await world.start();
    world.resetCounters();
    world.crmUser().create({ Project: 'P-1' });
    await world.settle();
    expect(await propertyOf(world, PROPERTY)).toBe('P-1');
    expect(await propertyOf(world, LINK)).toContain('https://crm.example.com/crm/expand');
    expect(world.writes()).toEqual({ graph: 1, crm: 0 });
    await expectQuiet(world);
  });
});
