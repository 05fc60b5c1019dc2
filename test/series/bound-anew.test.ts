import { describe, expect, it } from 'vitest';
import { timed, type Activity } from '../world/people.ts';
import type { World } from '../world/world.ts';
import { daysInCrm, expectQuiet, expectSame, MINUTE, on, recordOn, rows, running, weekly } from './weekly.ts';

const EVERY_WEDNESDAY = { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] };
const FIVE = ['2026-11-25', '2026-12-02', '2026-12-09', '2026-12-16', '2026-12-23'];

/** The record that stood on each day, by what tells it apart: people hung something on it. */
function recordsByDay(world: World): Map<string, string> {
  return new Map(world.crmUser().activities().map(({ id, values }) => [values['Date'] ?? '', id]));
}

const neverMarked = (world: World): Activity[] => world.crmUser().all().filter(({ values }) => values['FreeC1'] === 'gelöscht');

/** The first half of a series that is split: what was behind these two is gone. */
async function cutOff(world: World, master: string): Promise<void> {
  await world.outlook().patch(master, { recurrence: { pattern: EVERY_WEDNESDAY, range: { type: 'endDate', startDate: '2026-11-25', endDate: '2026-12-03' } } });
}

/** The second one, at another hour. */
async function otherHalf(world: World, more: Record<string, unknown> = {}): Promise<void> {
  await world.outlook().create({ ...weekly(timed('2026-12-09T11:00:00', '2026-12-09T12:00:00')), ...more, recurrence: { pattern: EVERY_WEDNESDAY, range: { type: 'numbered', startDate: '2026-12-09', numberOfOccurrences: 3 } } });
}

async function expectGoneOver(world: World, before: ReadonlyMap<string, string>): Promise<void> {
  await world.settle();
  await world.live(5 * MINUTE);
  expectSame(world, FIVE);
  expect(recordsByDay(world)).toEqual(before);
  expect(neverMarked(world)).toEqual([]);
}

describe('A4: a changed series keeps its records', () => {
  it('shifted by half an hour', async () => {
    const { world, master } = await running();
    const before = recordsByDay(world);
    await world.outlook().patch(master, timed('2026-11-25T09:30:00', '2026-11-25T10:30:00'));
    await world.settle();
    expectSame(world, FIVE);
    expect(recordsByDay(world)).toEqual(before);
    expect(neverMarked(world)).toEqual([]);
    await expectQuiet(world);
  });

  it('shifted to another weekday: each record moves to the nearest', async () => {
    const { world, master } = await running();
    const before = recordsByDay(world);
    await world.outlook().patch(master, { ...timed('2026-11-26T09:00:00', '2026-11-26T10:00:00'), recurrence: { pattern: { ...EVERY_WEDNESDAY, daysOfWeek: ['thursday'] }, range: { type: 'numbered', startDate: '2026-11-26', numberOfOccurrences: 5 } } });
    await world.settle();
    expectSame(world, ['2026-11-26', '2026-12-03', '2026-12-10', '2026-12-17', '2026-12-24']);
    expect([...recordsByDay(world).values()].sort()).toEqual([...before.values()].sort());
    expect(recordsByDay(world).get('2026-12-10')).toBe(before.get('2026-12-09'));
    expect(neverMarked(world)).toEqual([]);
    await expectQuiet(world);
  });

  it.each([false, true])('on a second weekday: what is there stays, the rest is added (ids survive: %s)', async (occurrenceIdsSurvivePattern) => {
    const { world, master } = await running(weekly(), { graphQuirks: { occurrenceIdsSurvivePattern } });
    const before = recordsByDay(world);
    await world.outlook().patch(master, { recurrence: { pattern: { ...EVERY_WEDNESDAY, daysOfWeek: ['wednesday', 'friday'] }, range: { type: 'endDate', startDate: '2026-11-25', endDate: '2026-12-24' } } });
    await world.settle();
    expectSame(world, ['2026-11-25', '2026-11-27', '2026-12-02', '2026-12-04', '2026-12-09', '2026-12-11', '2026-12-16', '2026-12-18', '2026-12-23']);
    for (const day of FIVE) expect(recordsByDay(world).get(day)).toBe(before.get(day));
    await expectQuiet(world);
  });

  it('every second week only: the others are marked, those that stay keep their records', async () => {
    const { world, master } = await running();
    const before = recordsByDay(world);
    await world.outlook().patch(master, { recurrence: { pattern: { ...EVERY_WEDNESDAY, interval: 2 }, range: { type: 'endDate', startDate: '2026-11-25', endDate: '2026-12-24' } } });
    await world.settle();
    await world.live(5 * MINUTE);
    expectSame(world, ['2026-11-25', '2026-12-09', '2026-12-23']);
    for (const [day, id] of recordsByDay(world)) expect(id).toBe(before.get(day));
    await expectQuiet(world);
  });

  it('in another zone', async () => {
    const { world, master } = await running();
    const before = recordsByDay(world);
    await world.outlook().patch(master, timed('2026-11-25T09:00:00', '2026-11-25T10:00:00', 'America/New_York'));
    await world.settle();
    expectSame(world, FIVE);
    expect(recordsByDay(world)).toEqual(before);
    expect(recordOn(world, '2026-12-09').values['Time']).toBe('15:00:00');
  });

  it('shifted while one of its records is edited, before any delta tells of it: an id that is gone is no deletion', async () => {
    const { world, master } = await running();
    const before = recordsByDay(world);
    world.graph.setQuirks({ deltaLagMs: 90_000, notificationDelayMs: 90_000 });
    await world.outlook().patch(master, { ...timed('2026-11-26T09:00:00', '2026-11-26T10:00:00'), recurrence: { pattern: { ...EVERY_WEDNESDAY, daysOfWeek: ['thursday'] }, range: { type: 'numbered', startDate: '2026-11-26', numberOfOccurrences: 5 } } });
    world.crmUser().update(recordOn(world, '2026-12-09').id, { Subject: 'Edited meanwhile' });
    await world.settle();
    await world.live(5 * MINUTE);
    expectSame(world, ['2026-11-26', '2026-12-03', '2026-12-10', '2026-12-17', '2026-12-24']);
    expect([...recordsByDay(world).values()].sort()).toEqual([...before.values()].sort());
    expect(recordOn(world, '2026-12-10').values['Subject']).toBe('Edited meanwhile');
    expect(neverMarked(world)).toEqual([]);
  });

  it('ended earlier: what it lost is marked, a moment later', async () => {
    const { world, master } = await running();
    const before = recordsByDay(world);
    await world.outlook().patch(master, { recurrence: { pattern: EVERY_WEDNESDAY, range: { type: 'endDate', startDate: '2026-11-25', endDate: '2026-12-10' } } });
    await world.settle();
    await world.live(5 * MINUTE);
    expectSame(world, ['2026-11-25', '2026-12-02', '2026-12-09']);
    for (const [day, id] of recordsByDay(world)) expect(id).toBe(before.get(day));
    await expectQuiet(world);
  });

  it('split, this and all following, into two at another hour: the records go over to the second one', async () => {
    const { world, master } = await running();
    const before = recordsByDay(world);
    await cutOff(world, master);
    await world.live(MINUTE);
    await otherHalf(world);
    await world.settle();
    await world.live(5 * MINUTE);
    expectSame(world, FIVE);
    expect(recordsByDay(world)).toEqual(before);
    expect(recordOn(world, '2026-12-16').values['Time']).toBe('11:00:00');
    expect(neverMarked(world)).toEqual([]);
    await expectQuiet(world);
  });

  it('split, and its first half deleted before anybody looked: the second one keeps its records', async () => {
    const { world, master } = await running();
    const before = recordsByDay(world);
    await cutOff(world, master);
    await otherHalf(world);
    await world.outlook().remove(master);
    await world.settle();
    await world.live(5 * MINUTE);
    expectSame(world, FIVE.slice(2));
    for (const [day, id] of recordsByDay(world)) expect(id).toBe(before.get(day));
    expect(neverMarked(world)).toHaveLength(2);
    await expectQuiet(world);
  });

  it('renamed and then split, before anybody looked', async () => {
    const { world, master } = await running();
    const before = recordsByDay(world);
    await world.outlook().patch(master, { subject: 'Renamed' });
    await cutOff(world, master);
    await otherHalf(world, { subject: 'Renamed' });
    await expectGoneOver(world, before);
  });

  it('split, with an occurrence that was renamed by itself: its record goes over with the others', async () => {
    const { world, master } = await running();
    world.crmUser().update(recordOn(world, '2026-12-16').id, { Subject: 'A name of its own', Location: 'A room of its own' });
    await world.settle();
    const before = recordsByDay(world);
    await cutOff(world, master);
    await world.live(MINUTE);
    await otherHalf(world);
    await expectGoneOver(world, before);
  });

  it('split, and the second half is told before the first: no record is made twice', async () => {
    const { world, master } = await running();
    const before = recordsByDay(world);
    world.graph.setQuirks({ deltaLagMs: 90_000, notificationDelayMs: { min: 60_000, max: 60_000 } });
    await cutOff(world, master);
    world.graph.setQuirks({ notificationDelayMs: { min: 0, max: 0 } });
    await otherHalf(world);
    await expectGoneOver(world, before);
  });

  it('split, and a copy that is behind does not know the first half any more: the second one waits for it', async () => {
    let behindUntil = 0;
    const { world, master } = await running(weekly(), {
      wire: (request, send) => {
        const isBehind = behindUntil > 0 && world.clock.now() < behindUntil && request.url.includes('cancelledOccurrences');
        return isBehind ? Promise.resolve(Response.json({ error: { code: 'ErrorItemNotFound', message: '' } }, { status: 404 })) : send(request);
      },
    });
    const before = recordsByDay(world);
    behindUntil = world.clock.now() + 10_000;
    await cutOff(world, master);
    await otherHalf(world);
    await expectGoneOver(world, before);
    await expectQuiet(world);
  });

  it('split, and what became of the first half nobody is told for good: the second one does not wait for ever', async () => {
    let hidden = false;
    const { world, master } = await running(weekly(), {
      wire: (request, send) => (hidden && request.url.includes('cancelledOccurrences') ? Promise.resolve(Response.json({ error: { code: 'ErrorItemNotFound', message: '' } }, { status: 404 })) : send(request)),
    });
    hidden = true;
    await cutOff(world, master);
    await otherHalf(world);
    await world.rest(15 * MINUTE);
    expect(daysInCrm(world).filter((day) => day === '2026-12-16')).toHaveLength(2);
  });

  it('ended at the very moment when somebody makes another series on the same days: their records are nobody else’s', async () => {
    const { world, master } = await running();
    await cutOff(world, master);
    await world.outlook().create({ ...weekly(timed('2026-12-09T11:00:00', '2026-12-09T12:00:00')), subject: 'Something else', recurrence: { pattern: EVERY_WEDNESDAY, range: { type: 'numbered', startDate: '2026-12-09', numberOfOccurrences: 3 } } });
    await world.settle();
    await world.live(5 * MINUTE);
    expectSame(world, FIVE);
    expect(neverMarked(world)).toHaveLength(3);
    expect(world.crmUser().all()).toHaveLength(8);
  });

  it('while one of its occurrences is an exception: a client that resets it moves that record, too', async () => {
    const { world, master } = await running();
    const before = recordsByDay(world);
    await world.outlook().patch(on(world, '2026-12-09').id, timed('2026-12-10T09:00:00', '2026-12-10T10:00:00'));
    await world.settle();
    await world.outlook().patch(master, timed('2026-11-25T08:00:00', '2026-11-25T09:00:00'));
    await world.settle();
    expectSame(world, FIVE);
    expect(recordsByDay(world)).toEqual(before);
  });

  it('what was deleted in the CRM and stayed in Outlook is not taken in again', async () => {
    const { world, master } = await running(weekly(), { rules: { appointments: { deletion: { enabled: false } } } });
    world.crmUser().mark(recordOn(world, '2026-12-09').id);
    await world.settle();
    expect(daysInCrm(world)).toHaveLength(4);
    await world.outlook().patch(master, { ...timed('2026-11-25T12:00:00', '2026-11-25T13:00:00'), recurrence: { pattern: { ...EVERY_WEDNESDAY, daysOfWeek: ['wednesday', 'friday'] }, range: { type: 'endDate', startDate: '2026-11-25', endDate: '2026-12-24' } } });
    await world.settle();
    expect(daysInCrm(world)).toEqual(['2026-11-25', '2026-11-27', '2026-12-02', '2026-12-04', '2026-12-11', '2026-12-16', '2026-12-18', '2026-12-23']);
    await expectQuiet(world);
  });
});

describe('A4: single and series', () => {
  it('an appointment that becomes a series keeps its record for the first occurrence', async () => {
    const { world, master } = await running(weekly({ recurrence: null }));
    const [record] = world.crmUser().activities();
    await world.outlook().patch(master, { recurrence: { pattern: EVERY_WEDNESDAY, range: { type: 'numbered', startDate: '2026-11-25', numberOfOccurrences: 3 } } });
    await world.settle();
    expectSame(world, FIVE.slice(0, 3));
    expect(recordOn(world, '2026-11-25').id).toBe(record?.id);
    await expectQuiet(world);
  });

  it('so does one that was made in the CRM', async () => {
    const { world } = await running();
    const { id } = world.crmUser().create({ Subject: 'To be repeated', Date: '2026-11-26', EndDate: '2026-11-26' });
    await world.settle();
    const event = world.outlook().events().find(({ subject }) => subject === 'To be repeated');
    await world.outlook().patch(event?.id ?? '', { recurrence: { pattern: { type: 'daily', interval: 1 }, range: { type: 'numbered', startDate: '2026-11-26', numberOfOccurrences: 3 } } });
    await world.settle();
    expectSame(world);
    expect(recordOn(world, '2026-11-26').id).toBe(id);
    await expectQuiet(world);
  });

  it('a series that becomes a single appointment keeps one record, and the others are marked', async () => {
    const { world, master } = await running();
    const first = recordOn(world, '2026-11-25').id;
    await world.outlook().patch(master, { recurrence: null });
    await world.settle();
    await world.live(5 * MINUTE);
    expectSame(world, ['2026-11-25']);
    expect(recordOn(world, '2026-11-25').id).toBe(first);
    await expectQuiet(world);
  });

  it.each([true, false])('so does one that only the net had met before (its deltas come first: %s)', async (deltaFirst) => {
    const { world, master } = await running(weekly(), { graphQuirks: { deltaLosesNewSeries: true, notificationLoss: 1 } });
    expect(daysInCrm(world)).toEqual([]);
    await world.days(1.2);
    expect(daysInCrm(world)).toEqual(FIVE);
    const first = recordOn(world, '2026-11-25').id;
    if (!deltaFirst) world.graph.setQuirks({ notificationLoss: 0 });
    await world.outlook().patch(master, { recurrence: null });
    world.graph.setQuirks({ notificationLoss: 0 });
    // Rings for a round of changes, which tells of both.
    if (deltaFirst) await world.outlook().create({ subject: 'Another one' });
    await world.settle();
    await world.live(5 * MINUTE);
    const ofSeries = world.crmUser().all().filter(({ values }) => values['Subject'] !== 'Another one');
    expect(ofSeries.filter(({ values }) => values['FreeC1'] !== 'gelöscht').map(({ id }) => id)).toEqual([first]);
    expect(ofSeries).toHaveLength(FIVE.length);
  });

  it('moved to another calendar, the whole series rests; back again, it goes on', async () => {
    const { world, master } = await running();
    const home = world.graph.events(world.employee.id).find(({ row }) => row['id'] === master)?.calendarId ?? '';
    const elsewhere = world.graph.createCalendar(world.employee.id, 'Elsewhere');
    world.graph.moveEvent(world.employee.id, master, elsewhere);
    await world.settle();
    expect(daysInCrm(world)).toEqual(FIVE);
    world.graph.moveEvent(world.employee.id, master, home);
    await world.outlook().patch(master, { subject: 'Back again' });
    await world.settle();
    expectSame(world, FIVE);
  });
});

describe('the window', () => {
  it('occurrences that enter it appear by themselves, those that leave it stay, and a token’s end leaves no gap', async () => {
    const { world } = await running(weekly({}, { type: 'noEnd' }));
    expect(daysInCrm(world)).toHaveLength(26);
    await world.days(40);
    const days = daysInCrm(world);
    expect(days[0]).toBe('2026-11-25');
    expect(days.length).toBeGreaterThanOrEqual(31);
    expect(new Set(days).size).toBe(days.length);
    expect(rows(world).map((row) => String((row['start'] as { dateTime: string }).dateTime).slice(0, 10))).toEqual(expect.arrayContaining(days));
  });
});
