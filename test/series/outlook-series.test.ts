import { describe, expect, it } from 'vitest';
import { timed } from '../world/people.ts';
import { daysInCrm, expectQuiet, expectSame, MINUTE, on, recordIds, recordOn, rows, running, weekly } from './weekly.ts';

const FIVE = ['2026-11-25', '2026-12-02', '2026-12-09', '2026-12-16', '2026-12-23'];

describe('A2: a series made in Outlook', () => {
  it('becomes one activity for every occurrence, and nothing more is written', async () => {
    const { world } = await running();
    expectSame(world, FIVE);
    await expectQuiet(world);
  });

  it('stands there before the first synchronization, older than the window: what lies in the window is taken in', async () => {
    const { world } = await running(weekly({ ...timed('2024-05-01T09:00:00', '2024-05-01T10:00:00'), recurrence: { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] }, range: { type: 'noEnd', startDate: '2024-05-01' } } }));
    const days = daysInCrm(world);
    expect(days[0]).toBe('2026-10-28');
    expect(days).toHaveLength(30);
    await expectQuiet(world);
  });

  it('gets another subject: every activity gets it', async () => {
    const { world, master } = await running();
    await world.outlook().patch(master, { subject: 'Renamed' });
    await world.settle();
    expectSame(world, FIVE);
    expect(new Set(world.crmUser().activities().map(({ values }) => values['Subject']))).toEqual(new Set(['Renamed']));
  });

  it('goes on longer: what is added is added, the rest keeps its records', async () => {
    const { world, master } = await running();
    const before = recordIds(world);
    await world.outlook().patch(master, { recurrence: { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] }, range: { type: 'numbered', startDate: '2026-11-25', numberOfOccurrences: 7 } } });
    await world.settle();
    expectSame(world, [...FIVE, '2026-12-30', '2027-01-06']);
    expect(recordIds(world)).toEqual(expect.arrayContaining(before));
    await expectQuiet(world);
  });

  it('is deleted: every activity is marked, and that counts as one deletion', async () => {
    const { world, master } = await running(weekly({}, { type: 'numbered', numberOfOccurrences: 15 }));
    await world.outlook().remove(master);
    await world.settle();
    await world.live(5 * MINUTE);
    expect(daysInCrm(world)).toEqual([]);
    expect(world.crmUser().all().filter(({ deleted }) => deleted)).toEqual([]);
    expect(world.events.filter(({ evt }) => evt === 'guard.tripped')).toEqual([]);
  });

  it('all day keeps its days', async () => {
    const { world } = await running(weekly({ isAllDay: true, ...timed('2026-11-25T00:00:00', '2026-11-27T00:00:00') }));
    expectSame(world, FIVE);
    await expectQuiet(world);
  });

  it('in a zone of its own, as Outlook on a desk writes them', async () => {
    const { world } = await running(weekly(timed('2026-11-25T09:00:00', '2026-11-25T10:00:00', 'tzone://Microsoft/Custom')));
    expectSame(world, FIVE);
    await world.outlook().remove(on(world, '2026-12-09').id);
    await world.settle();
    expectSame(world, FIVE.filter((day) => day !== '2026-12-09'));
    await expectQuiet(world);
  });

  it('across the night when clocks change keeps the hour on the clock', async () => {
    const { world } = await running(weekly({ ...timed('2027-03-17T09:00:00', '2027-03-17T10:00:00'), recurrence: { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] }, range: { type: 'numbered', startDate: '2027-03-17', numberOfOccurrences: 3 } } }));
    expectSame(world, ['2027-03-17', '2027-03-24', '2027-03-31']);
    expect(new Set(world.crmUser().activities().map(({ values }) => values['Time']))).toEqual(new Set(['09:00:00']));
  });
});

describe('A4: one occurrence edited in Outlook', () => {
  it('changes one activity', async () => {
    const { world } = await running();
    const before = recordIds(world);
    await world.outlook().patch(on(world, '2026-12-09').id, { subject: 'Only this one', ...timed('2026-12-10T11:00:00', '2026-12-10T12:00:00') });
    await world.settle();
    expectSame(world, ['2026-11-25', '2026-12-02', '2026-12-10', '2026-12-16', '2026-12-23']);
    expect(recordOn(world, '2026-12-10').values['Subject']).toBe('Only this one');
    expect(recordIds(world)).toEqual(before);
    await expectQuiet(world);
  });

  it('deleted marks one activity, though no delta says so', async () => {
    const { world } = await running();
    await world.outlook().remove(on(world, '2026-12-09').id);
    await world.settle();
    expectSame(world, ['2026-11-25', '2026-12-02', '2026-12-16', '2026-12-23']);
    await expectQuiet(world);
  });

  it('deleted without any notification is found by the daily net', async () => {
    const { world } = await running();
    world.graph.setQuirks({ notificationLoss: 1, lostDeliveriesSendMissed: false });
    await world.outlook().remove(on(world, '2026-12-09').id);
    await world.days(1);
    expectSame(world, ['2026-11-25', '2026-12-02', '2026-12-16', '2026-12-23']);
  });

  it('moved beyond the window is followed', async () => {
    const { world } = await running(weekly({ ...timed('2027-05-05T09:00:00', '2027-05-05T10:00:00'), recurrence: { pattern: { type: 'absoluteMonthly', interval: 1, dayOfMonth: 5 }, range: { type: 'numbered', startDate: '2027-05-05', numberOfOccurrences: 1 } } }));
    expectSame(world, ['2027-05-05']);
    const [only] = rows(world);
    await world.outlook().patch(only?.id ?? '', timed('2028-02-01T09:00:00', '2028-02-01T10:00:00'));
    await world.settle();
    expectSame(world, ['2028-02-01']);
  });
});

describe('A4: one occurrence edited in the CRM', () => {
  it('becomes an exception in Outlook, and nothing else', async () => {
    const { world } = await running();
    world.resetCounters();
    world.crmUser().update(recordOn(world, '2026-12-09').id, { Subject: 'Changed in the CRM', Date: '2026-12-11', EndDate: '2026-12-11' });
    await world.settle();
    expectSame(world, ['2026-11-25', '2026-12-02', '2026-12-11', '2026-12-16', '2026-12-23']);
    expect(rows(world).map((row) => row['type'])).toEqual(['occurrence', 'occurrence', 'exception', 'occurrence', 'occurrence']);
    expect(world.writes()).toEqual({ graph: 1, crm: 0 });
    await expectQuiet(world);
  });

  it('each of several gets its own', async () => {
    const { world } = await running();
    world.resetCounters();
    for (const day of FIVE) world.crmUser().update(recordOn(world, day).id, { Subject: `On ${day}` });
    await world.settle();
    expectSame(world, FIVE);
    expect(world.writes()).toEqual({ graph: 5, crm: 0 });
    await expectQuiet(world);
  });

  it('deleted there is taken out of the series', async () => {
    const { world } = await running();
    world.crmUser().mark(recordOn(world, '2026-12-09').id);
    world.crmUser().mark(recordOn(world, '2026-12-16').id);
    await world.settle();
    expectSame(world, ['2026-11-25', '2026-12-02', '2026-12-23']);
    await expectQuiet(world);
  });

  it('moved onto its neighbour’s day stays there in the CRM, the rest of the edit goes over, and the journal says why', async () => {
    const { world } = await running();
    world.crmUser().update(recordOn(world, '2026-12-09').id, { Subject: 'Moved too far', Date: '2026-12-16', EndDate: '2026-12-16' });
    await world.settle();
    expect(on(world, '2026-12-09')['subject']).toBe('Moved too far');
    expect(daysInCrm(world)).toEqual(['2026-11-25', '2026-12-02', '2026-12-16', '2026-12-16', '2026-12-23']);
    expect((await world.journal()).filter(({ reason }) => reason === 'unheldByOccurrence')).toMatchObject([{ side: 'crm', groups: ['time'] }]);
    await expectQuiet(world);
  });

  it('or is put back, where the rule says so', async () => {
    const { world } = await running(weekly(), { rules: { appointments: { unheldByOccurrence: 'putBack' } } });
    world.crmUser().update(recordOn(world, '2026-12-09').id, { Date: '2026-12-16', EndDate: '2026-12-16', Categories: 'Customer' });
    await world.settle();
    expectSame(world, FIVE);
    await expectQuiet(world);
  });

  it('what only a series as a whole can hold stays in the CRM, and is never written to the series', async () => {
    const { world } = await running();
    world.resetCounters();
    world.crmUser().update(recordOn(world, '2026-12-09').id, { Categories: 'Customer' });
    await world.settle();
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(recordOn(world, '2026-12-09').values['Categories']).toBe('Customer');
    expect(rows(world).flatMap((row) => row['categories'])).toEqual([]);
    expect((await world.journal()).filter(({ reason }) => reason === 'unheldByOccurrence')).toHaveLength(1);
    await expectQuiet(world);
  });
});
