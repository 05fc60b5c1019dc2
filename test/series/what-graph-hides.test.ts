import { describe, expect, it } from 'vitest';
import { TABLES } from '../../shared/config/names.ts';
import { keys, mailboxPartition, readRow, type Lease } from '../../shared/sync/rows.ts';
import type { Quirks } from '../../local/graph/quirks.ts';
import { timed } from '../world/people.ts';
import { daysInCrm, expectQuiet, expectSame, MINUTE, on, recordOn, running, weekly } from './weekly.ts';

const LEFT = ['2026-11-25', '2026-12-02', '2026-12-16', '2026-12-23'];

/** What is not documented, or documented in two ways: the product must live with each answer (docs/assumptions.md). */
const ANSWERS: Partial<Quirks>[] = [
  { deltaSilentAboutDeletedOccurrence: false },
  { deltaOmitsMasters: true },
  { deltaLosesNewSeries: true },
  { deltaRepeatsRows: true },
  { deltaReplays: 3 },
  { deltaEmptyPages: 2 },
  { occurrenceIdReturned: false },
  { iCalUIdOfOccurrence: 'series' },
  { cancelledOccurrencesName: 'mutableId' },
  { occurrenceIdsSurvivePattern: true },
  { seriesChangeResetsExceptions: false },
  { deltaRemovedSeriesListsOccurrences: true },
  { deletedStillReadable: false },
  { ifMatchIgnored: true },
  { listLagMs: 8_000 },
  { deltaLagMs: 8_000 },
  { readLagMs: 5_000 },
  { readLagMs: 5_000, listLagMs: 20_000, deltaLagMs: 20_000 },
  { exceptionsIgnore: ['sensitivity', 'categories'] },
  { deltaEndlessLoop: 'longSeries', deltaIgnoresMaxPageSize: false },
];

describe('a series lives through every answer of Graph', () => {
  it.each(ANSWERS)('%o', async (graphQuirks) => {
    const { world, master } = await running(weekly(), { graphQuirks });
    await world.days(1);
    await world.outlook().patch(on(world, '2026-12-02').id, { subject: 'Exception' });
    await world.outlook().remove(on(world, '2026-12-09').id);
    world.crmUser().update(recordOn(world, '2026-12-16').id, { Subject: 'From the CRM' });
    await world.settle();
    await world.live(5 * MINUTE);
    expectSame(world, LEFT);
    expect(recordOn(world, '2026-12-16').values['Subject']).toBe('From the CRM');
    await world.outlook().patch(master, timed('2026-11-25T10:00:00', '2026-11-25T11:00:00'));
    await world.settle();
    await world.live(5 * MINUTE);
    expectSame(world);
    await world.outlook().remove(master);
    await world.settle();
    await world.live(5 * MINUTE);
    expect(daysInCrm(world)).toEqual([]);
    await expectQuiet(world);
  });

  it('a round of changes that runs in circles for ever is no reason not to read the calendar', async () => {
    const { world } = await running(weekly({}, { type: 'numbered', numberOfOccurrences: 15 }), { graphQuirks: { deltaEndlessLoop: 'always' } });
    await world.live(20 * MINUTE);
    await world.days(1);
    expectSame(world);
    expect(daysInCrm(world)).toHaveLength(15);
  });
});

describe('two series are read at once', () => {
  it('of one Graph tells nothing: the mailbox is not let go before the other one is answered, too', async () => {
    let told = 0;
    let holder: string | undefined;
    const { world } = await running(weekly(), {
      wire: async (request, send) => {
        if (told === 0 || !request.url.includes('/instances')) return send(request);
        told += 1;
        if (told === 2) return new Response('', { status: 503 });
        if (told > 3) return send(request);
        const answer = await send(request);
        await world.clock.sleep(5_000);
        const row = await world.storage.tables.get(TABLES.mailbox, mailboxPartition(world.tenantId, world.employee.id), keys.lease);
        holder = row === null ? '' : readRow<Lease>(row).holder;
        return answer;
      },
    });
    const { id } = await world.outlook().create({ ...weekly(), subject: 'Another one' });
    await world.settle();
    told = 1;
    for (const event of world.outlook().events()) await world.outlook().patch(event.id, { location: { displayName: `Room of ${event.id === id ? 'another' : 'one'}` } });
    await world.settle();
    expect(holder).not.toBe('');
    expect(holder).toBeDefined();
    await world.rest(20 * MINUTE);
    expectSame(world);
  });
});

describe('a changed series of 26 occurrences', () => {
  it('costs two Graph requests', async () => {
    const { world, master } = await running(weekly({}, { type: 'numbered', numberOfOccurrences: 26 }));
    expect(daysInCrm(world)).toHaveLength(26);
    world.resetCounters();
    await world.outlook().patch(master, { subject: 'Renamed' });
    await world.settle();
    expectSame(world);
    expect(world.requests().graph).toBeLessThanOrEqual(2);
    expect(world.writes()).toEqual({ graph: 0, crm: 26 });
  });

  it('the echo of a write of ours costs one more, and nothing is written', async () => {
    const { world } = await running(weekly({}, { type: 'numbered', numberOfOccurrences: 26 }));
    world.resetCounters();
    world.crmUser().update(recordOn(world, '2026-12-09').id, { Subject: 'From the CRM' });
    await world.settle();
    expect(world.writes()).toEqual({ graph: 1, crm: 0 });
    // Its occurrence is read and written; then the echo: the round, and the series.
    expect(world.requests().graph).toBeLessThanOrEqual(4);
  });
});
