import { describe, expect, it } from 'vitest';
import { TABLES } from '../../shared/config/names.ts';
import { NORMALISER_VERSION } from '../../shared/model/content.ts';
import type { Pair } from '../../shared/sync/pair.ts';
import { encodeRow, mailboxPartition, prefixBounds, readRow } from '../../shared/sync/rows.ts';
import { nextVersion } from '../simulation/next-version.ts';
import { Fleet } from '../world/fleet.ts';
import { expectInStep, paired } from '../world/paired.ts';
import { seeded } from '../world/random.ts';
import { timed } from '../world/people.ts';
import { World } from '../world/world.ts';

async function pairsOf(world: World): Promise<Pair[]> {
  const { rows } = await world.storage.tables.range(TABLES.mailbox, mailboxPartition(world.tenantId, world.employee.id), prefixBounds('p|'));
  return rows.map((row) => readRow<Pair>(row));
}

/** The bases as an older normaliser would have left them: every text in another form, and no fingerprint that equals today's. */
async function inOldForm(world: World): Promise<void> {
  const old = (print: string): string => (print.startsWith('=') ? print : `old-${print}`);
  for (const pair of await pairsOf(world)) {
    const base = Object.fromEntries(Object.entries(pair.base).map(([group, { graph, crm }]) => [group, { graph: old(graph), crm: old(crm) }]));
    const row = encodeRow(`p|appointment|${pair.pairId}`, { ...pair, normaliser: NORMALISER_VERSION - 1, base });
    await world.storage.tables.transact(TABLES.mailbox, mailboxPartition(world.tenantId, world.employee.id), [{ op: 'put', row }]);
  }
}

async function inTodaysForm(world: World): Promise<boolean> {
  return (await pairsOf(world)).every(({ normaliser, base }) => normaliser === NORMALISER_VERSION && !JSON.stringify(base).includes('old-'));
}

describe('design 4: bases that an older normaliser made', () => {
  it('are replaced in silence by the daily net: nothing is written to either side', async () => {
    const { world } = await paired();
    await inOldForm(world);
    const before = world.writes();
    await world.days(1.2);
    expect(world.writes()).toEqual(before);
    expect(await inTodaysForm(world)).toBe(true);
    expectInStep(world, 1);
  });

  it.each(['outlook', 'crm'] as const)('opened or saved without a change (%s): nothing is written to the other side', async (side) => {
    const { world, eventId, activityId } = await paired({ crmQuirks: { stampUnchanged: true } });
    await inOldForm(world);
    const before = world.writes();
    if (side === 'outlook') world.outlook().touch(eventId);
    else world.crmUser().update(activityId, { Subject: 'Paired' });
    await world.settle();
    await world.days(1.2);
    expect(world.writes()).toEqual(before);
    expect(await inTodaysForm(world)).toBe(true);
  });

  it('an edit made meanwhile flows, alone; where both sides were edited meanwhile, the rule decides and nothing is lost', async () => {
    const { world, eventId, activityId } = await paired();
    await inOldForm(world);
    await world.outlook().patch(eventId, { subject: 'Edited meanwhile' });
    await world.settle();
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Edited meanwhile');
    await inOldForm(world);
    world.crmUser().update(activityId, { Location: 'Room C' });
    await world.outlook().patch(eventId, { body: { contentType: 'html', content: '<p>Text</p>' } });
    await world.settle();
    await world.settle();
    expectInStep(world, 1);
    // Which fields of such an item were edited cannot be told any more: the CRM's stamp is the newer one here, and what Outlook held is kept.
    expect(world.crmUser().activities()[0]?.values).toMatchObject({ Location: 'Room C', Text: '' });
    expect((await world.conflicts()).map(({ group, value }) => [group, value])).toContainEqual(['body', 'Text']);
    const before = world.writes();
    await world.days(1.2);
    expect(world.writes()).toEqual(before);
  });

  it('an edit in the CRM is written to Outlook alone: the other fields only look changed', async () => {
    const patches: string[][] = [];
    const { world, activityId } = await paired({
      wire: async (request, send) => {
        if (request.method === 'PATCH') patches.push(Object.keys((await request.clone().json()) as object));
        return send(request);
      },
    });
    await inOldForm(world);
    world.crmUser().update(activityId, { Location: 'Room C' });
    await world.settle();
    expect(patches).toEqual([['location']]);
    expectInStep(world, 1);
  });

  it.each(['lostAnswer', 'errorBefore'] as const)('a write that an older worker had reserved is resolved for what it was (%s): no edit is taken back', async (kind) => {
    const { world, eventId } = await paired();
    world.crm.addFault(kind === 'lostAnswer' ? { kind, match: { command: 'update' } } : { kind, status: 503, match: { command: 'update' } });
    await world.outlook().patch(eventId, { subject: 'Reserved by an older worker' });
    await world.live(20_000);
    const open = (await pairsOf(world)).filter(({ intents }) => intents.crm !== undefined);
    if (kind === 'lostAnswer') expect(open).toHaveLength(1);
    await inOldForm(world);
    for (const pair of open) {
      const intent = pair.intents.crm;
      const intended = Object.fromEntries(Object.keys(intent?.intended ?? {}).map((group) => [group, 'old-intended']));
      const [stored] = (await pairsOf(world)).filter(({ pairId }) => pairId === pair.pairId);
      await world.storage.tables.transact(TABLES.mailbox, mailboxPartition(world.tenantId, world.employee.id), [{ op: 'put', row: encodeRow(`p|appointment|${pair.pairId}`, { ...stored, intents: { crm: { ...intent, intended } } }) }]);
    }
    world.crm.clearFaults();
    await world.rest(20 * 60_000);
    expect(world.outlook().events()[0]?.['subject']).toBe('Reserved by an older worker');
    expectInStep(world, 1);
    expect(await world.conflicts()).toEqual([]);
  });
});

describe('design 4: bases that the normaliser just before made, where the release knows how', async () => {
  const next = await nextVersion();

  /** The next version alone is at work from now on, and has ten minutes. */
  async function upgraded(world: World): Promise<void> {
    const fleet = new Fleet(world, { instances: 1, random: seeded(1), trace: () => undefined, skewMs: 0, doubleDelivery: 0 });
    fleet.replace(0, next, false);
    fleet.start();
    await world.clock.until(world.clock.now() + 10 * 60_000, 1);
    expect(fleet.mistakes).toEqual([]);
  }

  it('only opened before the upgrade, deleted in the CRM: no edit, so it is deleted in Outlook', async () => {
    const { world, eventId, activityId } = await paired();
    world.outlook().touch(eventId);
    world.crmUser().remove(activityId);
    await upgraded(world);
    expectInStep(world, 0);
  });

  it('edited in Outlook and only saved in the CRM: the edit goes over, and nothing is overruled', async () => {
    const { world, eventId, activityId } = await paired({ rules: { conflict: { rule: 'crm' } }, crmQuirks: { stampUnchanged: true } });
    world.crmUser().update(activityId, { Subject: 'Paired' });
    await world.outlook().patch(eventId, { subject: 'Edited' });
    await upgraded(world);
    expectInStep(world, 1);
    expect(world.outlook().events()[0]?.['subject']).toBe('Edited');
    expect(await world.conflicts()).toEqual([]);
  });

  it('a different field edited on each side: both survive', async () => {
    const { world, eventId, activityId } = await paired();
    world.crmUser().update(activityId, { Location: 'Room C' });
    await world.outlook().patch(eventId, { subject: 'Edited' });
    await upgraded(world);
    expectInStep(world, 1);
    expect(world.outlook().events()[0]).toMatchObject({ subject: 'Edited', location: { displayName: 'Room C' } });
  });

  it('a write whose answer was lost before the upgrade is known for ours: what is deleted in the CRM then is deleted in Outlook', async () => {
    const { world, activityId } = await paired();
    world.graph.addFault({ kind: 'lostAnswer', method: 'PATCH', pathPattern: '/events' });
    world.crmUser().update(activityId, { Subject: 'Edited' });
    await world.pollCrm();
    await world.drain();
    expect(world.outlook().events()[0]?.['subject']).toBe('Edited');
    world.crmUser().remove(activityId);
    await upgraded(world);
    expectInStep(world, 0);
  });

  it('a published meeting whose record somebody deleted stays deleted, and is made again once its organizer moves it', async () => {
    const world = new World();
    const invite = (event: Record<string, unknown>): string => world.graph.receiveInvitation(world.employee.id, { organizer: { name: 'Olga', address: 'olga@outside.example' }, iCalUId: 'outside-1', event: { subject: 'Invited', ...timed('2026-11-25T09:00:00', '2026-11-25T10:00:00'), attendees: [{ emailAddress: { address: world.employee.mail }, type: 'required' }], ...event } });
    await world.start();
    invite({});
    await world.settle();
    world.crmUser().mark(world.crmUser().activities()[0]?.id ?? '');
    await world.settle();
    invite({ subject: 'Renamed' });
    await upgraded(world);
    expect(world.crmUser().activities()).toEqual([]);
    invite({ subject: 'Moved', ...timed('2026-11-26T09:00:00', '2026-11-26T10:00:00') });
    await world.clock.until(world.clock.now() + 10 * 60_000, 1);
    expect(world.crmUser().activities().map(({ values }) => [values['Subject'], values['Date']])).toEqual([['Moved', '2026-11-26']]);
  });
});
