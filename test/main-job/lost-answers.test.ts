import { describe, expect, it } from 'vitest';
import type { Fault as CrmFault } from '../../local/crm/faults.ts';
import type { Fault as GraphFault } from '../../local/graph/faults.ts';
import { expectInStep, paired } from '../world/paired.ts';
import type { World } from '../world/world.ts';

type Change = (world: World, eventId: string, activityId: string) => Promise<void>;

const TO_CRM: readonly { name: string; command: string; count: number; records: number; change: Change }[] = [
  { name: 'create', command: 'import', count: 2, records: 2, change: async (world) => void (await world.outlook().create({ subject: 'Second' })) },
  { name: 'update', command: 'update', count: 1, records: 1, change: async (world, eventId) => void (await world.outlook().patch(eventId, { subject: 'Edited' })) },
  { name: 'delete', command: 'update', count: 0, records: 1, change: (world, eventId) => world.outlook().remove(eventId) },
];

const TO_GRAPH: readonly { name: string; method: string; count: number; change: Change }[] = [
  { name: 'create', method: 'POST', count: 2, change: async (world) => void world.crmUser().create({ Subject: 'Second' }) },
  { name: 'update', method: 'PATCH', count: 1, change: async (world, _event, activityId) => void world.crmUser().update(activityId, { Subject: 'Edited' }) },
  { name: 'delete', method: 'DELETE', count: 0, change: async (world, _event, activityId) => world.crmUser().remove(activityId) },
];

const CRM_FAULTS: readonly { name: string; fault: CrmFault }[] = [
  { name: 'a lost answer', fault: { kind: 'lostAnswer' } },
  { name: 'an answer that never comes', fault: { kind: 'never', ms: 200_000, commit: 'end' } },
  { name: 'an answer after our timeout', fault: { kind: 'slow', ms: 90_000, commit: 'start' } },
  { name: 'an error before anything was done', fault: { kind: 'errorBefore', status: 503 } },
  { name: 'a truncated answer', fault: { kind: 'garbage', form: 'truncated' } },
  { name: 'a page of HTML', fault: { kind: 'garbage', form: 'html' } },
  { name: 'a restart', fault: { kind: 'restart', commit: true } },
];

const GRAPH_FAULTS: readonly { name: string; fault: Omit<GraphFault, 'method'> & Pick<GraphFault, 'kind'> }[] = [
  { name: 'a lost answer', fault: { kind: 'lostAnswer' } as GraphFault },
  { name: 'an answer that never comes', fault: { kind: 'never', commits: true } as GraphFault },
  { name: 'an error before anything was done', fault: { kind: 'errorBefore', status: 503 } as GraphFault },
  { name: 'a 504 after it was done', fault: { kind: 'status', status: 504, commits: true } as GraphFault },
  { name: 'a 429 without Retry-After', fault: { kind: 'status', status: 429 } as GraphFault },
  { name: 'garbage after it was done', fault: { kind: 'garbage', form: 'truncated' } as GraphFault },
];

describe('a write whose answer does not come: one item on each side, none created again', () => {
  const crmCases = TO_CRM.flatMap((write) => CRM_FAULTS.map((fault) => ({ write: write.name, met: fault.name, ...write, fault: fault.fault })));
  it.each(crmCases)('CRM: $write, $met', async ({ command, fault, count, records, change }) => {
    const { world, eventId, activityId } = await paired();
    world.crm.addFault({ match: { user: world.employee.rep.user, command }, ...fault });
    await change(world, eventId, activityId);
    await world.live(60_000);
    await world.rest(12 * 60_000);
    expectInStep(world, count);
    expect(world.crmUser().all()).toHaveLength(records);
  });

  const graphCases = TO_GRAPH.flatMap((write) => GRAPH_FAULTS.map((fault) => ({ write: write.name, met: fault.name, ...write, fault: fault.fault })));
  it.each(graphCases)('Graph: $write, $met', async ({ method, fault, count, change }) => {
    const { world, eventId, activityId } = await paired();
    world.resetCounters();
    world.graph.addFault({ ...fault, method, pathPattern: '/events' } as GraphFault);
    await change(world, eventId, activityId);
    await world.live(60_000);
    await world.rest(12 * 60_000);
    expectInStep(world, count);
    expect(world.graph.events(world.employee.id).filter((event) => event.isInDefaultCalendar)).toHaveLength(count);
  });

  it('a repeated transactionId is looked up, whichever way Graph says it', async () => {
    for (const duplicateTransaction of ['409', '400', 'returnsExisting'] as const) {
      const { world } = await paired({ graphQuirks: { duplicateTransaction } });
      world.graph.addFault({ kind: 'lostAnswer', method: 'POST', pathPattern: '/events' });
      // The look-up by marker does not find it at first, so that the create is repeated.
      world.graph.addFault({ kind: 'status', status: 503, method: 'GET', pathPattern: 'singleValueExtendedProperties' });
      world.crmUser().create({ Subject: 'Second' });
      await world.live(60_000);
      await world.rest(12 * 60_000);
      expectInStep(world, 2);
    }
  });
});

describe('a create whose answer was lost, and whose event a person moved to another calendar before it was known', () => {
  it('is no deletion: the record stays, and when the event comes back they are one pair', async () => {
    const { world } = await paired();
    const { id } = world.employee;
    world.graph.addFault({ kind: 'lostAnswer', method: 'POST', pathPattern: '/events' });
    world.crmUser().create({ Subject: 'Second' });
    for (let seconds = 0; seconds < 60 && world.outlook().events().length < 2; seconds += 1) await world.live(1_000);
    const made = world.graph.events(id).find(({ row }) => row['subject'] === 'Second');
    const home = made?.calendarId ?? '';
    world.graph.moveEvent(id, String(made?.row['id']), world.graph.createCalendar(id, 'Elsewhere'));
    await world.rest(30 * 60_000);
    expect(world.crmUser().activities().map(({ values }) => values['Subject'])).toContain('Second');
    world.graph.moveEvent(id, String(made?.row['id']), home);
    await world.rest(12 * 60_000);
    expectInStep(world, 2);
    expect(world.crmUser().all()).toHaveLength(2);
    expect(world.graph.events(id)).toHaveLength(2);
  });
});

describe('a create of an event that takes effect after its record was deleted', () => {
  async function lateCreate(graphQuirks: Record<string, unknown> = {}): Promise<World> {
    const { world } = await paired({ graphQuirks });
    world.graph.addFault({ kind: 'slow', ms: 90_000, commit: 'end', method: 'POST', pathPattern: '/events' });
    const { id } = world.crmUser().create({ Subject: 'Second' });
    await world.live(60_000);
    world.crmUser().remove(id);
    await world.live(90_000);
    expect(world.graph.events(world.employee.id)).toHaveLength(2);
    return world;
  }

  it('is ours: the event goes, and no second record is made of it', async () => {
    const world = await lateCreate();
    await world.rest(12 * 60_000);
    expectInStep(world, 1);
    expect(world.crmUser().all()).toHaveLength(2);
  });

  it('is ours, too, where the one before it was sent before an edit', async () => {
    const { world } = await paired();
    world.graph.addFault({ kind: 'errorBefore', status: 504, method: 'POST', pathPattern: '/events' });
    world.graph.addFault({ kind: 'slow', ms: 90_000, commit: 'end', method: 'POST', pathPattern: '/events', nth: 2 });
    const { id } = world.crmUser().create({ Subject: 'Second' });
    const tried = (): boolean => world.graph.state().faults.length === 1;
    for (let seconds = 0; seconds < 90 && !tried(); seconds += 1) await world.live(1_000);
    world.crmUser().update(id, { Text: 'Typed before the second attempt' });
    await world.live(60_000);
    world.crmUser().remove(id);
    await world.live(90_000);
    expect(world.graph.events(world.employee.id)).toHaveLength(2);
    await world.rest(12 * 60_000);
    expectInStep(world, 1);
    expect(world.crmUser().all()).toHaveLength(2);
  });

  it('is kept where a person edited it before we knew', async () => {
    const world = await lateCreate({ notificationDelayMs: 120_000 });
    const late = world.outlook().events().find((event) => event['subject'] === 'Second');
    await world.outlook().patch(late?.id ?? '', { subject: 'Edited' });
    await world.rest(12 * 60_000);
    expect(world.outlook().events().map((event) => event['subject'])).toContain('Edited');
    expect(world.crmUser().all()).toHaveLength(2);
  });
});

describe('a create of an event whose answer was lost, sent again with an edit of its record', () => {
  const cases = (['409', '400', 'returnsExisting'] as const).flatMap((duplicateTransaction) => (['outlook', 'crm'] as const).map((rule) => ({ duplicateTransaction, rule })));

  async function sentAgain(duplicateTransaction: '409' | '400' | 'returnsExisting', rule: string, inOutlook: Record<string, unknown>): Promise<{ world: World; text: () => string | undefined }> {
    const { world } = await paired({ graphQuirks: { duplicateTransaction, deltaLagMs: 100_000, listLagMs: 100_000, notificationDelayMs: 100_000 } });
    world.rules['conflict'] = { rule };
    world.graph.addFault({ kind: 'lostAnswer', method: 'POST', pathPattern: '/events' });
    const { id } = world.crmUser().create({ Subject: 'Second' });
    const made = (): Record<string, unknown> | undefined => world.outlook().events().find((event) => event['subject'] === 'Second');
    for (let seconds = 0; seconds < 90 && made() === undefined; seconds += 1) await world.live(1_000);
    await world.outlook().patch(String(made()?.['id']), inOutlook);
    world.crmUser().update(id, { Text: 'Typed in the CRM' });
    await world.live(180_000);
    await world.rest(30 * 60_000);
    return { world, text: () => world.crmUser().activities().find((one) => one.id === id)?.values['Text'] };
  }

  it.each(cases)('the edit is not taken back by what the first one made: $duplicateTransaction, rule $rule', async ({ duplicateTransaction, rule }) => {
    const { world, text } = await sentAgain(duplicateTransaction, rule, { location: { displayName: 'Elsewhere' } });
    expectInStep(world, 2);
    expect(text()).toBe('Typed in the CRM');
  });

  it.each(cases)('what a person made of the same text in Outlook stays, and the edit is kept: $duplicateTransaction, rule $rule', async ({ duplicateTransaction, rule }) => {
    const { world, text } = await sentAgain(duplicateTransaction, rule, { body: { contentType: 'text', content: 'Typed in Outlook' } });
    expectInStep(world, 2);
    expect(text()).toBe('Typed in Outlook');
    expect((await world.journal(world.employee)).filter(({ action, side }) => action === 'conflict' && side === 'crm')).toHaveLength(1);
  });
});

describe('a create of an event that was sent three times, and edited in the CRM before each of the last two', () => {
  /** The first one never took effect; the second one did, unseen. */
  async function sentThrice(rule: string, inOutlook: Record<string, unknown> | null): Promise<{ world: World; text: () => string | undefined }> {
    let sent = 0;
    const { world } = await paired({
      graphQuirks: { deltaLagMs: 100_000, listLagMs: 100_000, notificationDelayMs: 100_000 },
      rules: { conflict: { rule } },
      wire: (request, send) => {
        if (request.method === 'POST' && request.url.endsWith('/events') && (sent += 1) <= 2) world.crmUser().update(id, { Text: `Typed before the ${sent + 1}. attempt` });
        return send(request);
      },
    });
    world.graph.addFault({ kind: 'errorBefore', status: 504, method: 'POST', pathPattern: '/events' });
    world.graph.addFault({ kind: 'lostAnswer', method: 'POST', pathPattern: '/events', nth: 2 });
    const { id } = world.crmUser().create({ Subject: 'Second' });
    const made = (): Record<string, unknown> | undefined => world.outlook().events().find((event) => event['subject'] === 'Second');
    for (let seconds = 0; seconds < 180 && made() === undefined; seconds += 1) await world.live(1_000);
    if (inOutlook !== null) await world.outlook().patch(String(made()?.['id']), inOutlook);
    await world.live(300_000);
    await world.rest(30 * 60_000);
    expect(sent).toBe(3);
    return { world, text: () => world.crmUser().activities().find((one) => one.id === id)?.values['Text'] };
  }

  it.each([
    { rule: 'crm', inOutlook: null },
    { rule: 'outlook', inOutlook: null },
    { rule: 'outlook', inOutlook: { location: { displayName: 'Elsewhere' } } },
  ])('the last edit is not taken back by what the second one made ($rule, $inOutlook)', async ({ rule, inOutlook }) => {
    const { world, text } = await sentThrice(rule, inOutlook);
    expectInStep(world, 2);
    expect(text()).toBe('Typed before the 3. attempt');
  });

  it('what a person typed in Outlook stays, and the last edit is kept', async () => {
    const { world, text } = await sentThrice('crm', { body: { contentType: 'text', content: 'Typed in Outlook' } });
    expectInStep(world, 2);
    expect(text()).toBe('Typed in Outlook');
    expect((await world.journal(world.employee)).filter(({ action, side }) => action === 'conflict' && side === 'crm')).toHaveLength(1);
  });
});

describe('a create of an event that was refused, and sent with an edit of its record after that', () => {
  it('the refused one made nothing: who edits in Outlook what the lost one made has edited alone', async () => {
    const { world } = await paired({ graphQuirks: { deltaLagMs: 100_000, listLagMs: 100_000, notificationDelayMs: 100_000 }, rules: { conflict: { rule: 'crm' } } });
    world.graph.addFault({ kind: 'status', status: 400, method: 'POST', pathPattern: '/events' });
    world.graph.addFault({ kind: 'lostAnswer', method: 'POST', pathPattern: '/events', nth: 2 });
    const { id } = world.crmUser().create({ Subject: 'Second' });
    await world.live(120_000);
    expect(world.outlook().events()).toHaveLength(1);
    world.crmUser().update(id, { Text: 'Typed in the CRM' });
    const made = (): Record<string, unknown> | undefined => world.outlook().events().find((event) => event['subject'] === 'Second');
    for (let seconds = 0; seconds < 180 && made() === undefined; seconds += 1) await world.live(1_000);
    await world.outlook().patch(String(made()?.['id']), { body: { contentType: 'text', content: 'Typed in Outlook' } });
    await world.live(300_000);
    await world.rest(30 * 60_000);
    expectInStep(world, 2);
    expect(world.crmUser().activities().find((one) => one.id === id)?.values['Text']).toBe('Typed in Outlook');
    expect(await world.conflicts()).toEqual([]);
  });
});

describe('what a person does in between is kept', () => {
  it('a CRM edit between our read and our write', async () => {
    let edited = false;
    const { world, eventId, activityId } = await paired({
      wire: async (request, send) => {
        const body = request.method === 'POST' && request.url.includes('/interface/') ? await request.clone().text() : '';
        if (!edited && body.includes('<update') && body.includes('Edited in Outlook')) {
          edited = true;
          world.crmUser().update(activityId, { Location: 'Edited in between' });
        }
        return send(request);
      },
    });
    await world.outlook().patch(eventId, { subject: 'Edited in Outlook' });
    await world.settle();
    expect(edited).toBe(true);
    expectInStep(world, 1);
    expect(world.crmUser().activities()[0]?.values).toMatchObject({ Subject: 'Edited in Outlook', Location: 'Edited in between' });
  });

  it('an Outlook edit between our read and our write', async () => {
    let edited = false;
    const { world, eventId, activityId } = await paired({
      wire: async (request, send) => {
        if (!edited && request.method === 'PATCH') {
          edited = true;
          await world.outlook().patch(eventId, { location: { displayName: 'Edited in between' } });
        }
        return send(request);
      },
    });
    world.crmUser().update(activityId, { Subject: 'Edited in the CRM' });
    await world.settle();
    expect(edited).toBe(true);
    expectInStep(world, 1);
    expect(world.outlook().events()[0]).toMatchObject({ subject: 'Edited in the CRM', location: { displayName: 'Edited in between' } });
  });

  it('an Outlook edit of the very field that we are about to write: the rule decides, nothing is overwritten unseen', async () => {
    let edited = false;
    const { world, eventId, activityId } = await paired({
      rules: { conflict: { rule: 'crm' } },
      wire: async (request, send) => {
        if (!edited && request.method === 'PATCH') {
          edited = true;
          await world.outlook().patch(eventId, { subject: 'Typed at that moment' });
        }
        return send(request);
      },
    });
    world.crmUser().update(activityId, { Subject: 'Edited in the CRM' });
    await world.settle();
    expect(edited).toBe(true);
    expectInStep(world, 1);
    expect(world.outlook().events()[0]?.['subject']).toBe('Edited in the CRM');
    expect((await world.conflicts()).map((kept) => kept.value)).toEqual(['Typed at that moment']);
  });

  it.each(['crm', 'outlook', 'newer'] as const)('a person’s edit between our lost write and the next pass, whatever the rule (%s)', async (rule) => {
    const { world, eventId, activityId } = await paired({ rules: { conflict: { rule } } });
    world.graph.addFault({ kind: 'errorBefore', status: 504, method: 'PATCH' });
    world.crmUser().update(activityId, { Subject: 'Meant to be written' });
    world.graph.setQuirks({ notificationDelayMs: 600_000 });
    await world.pollCrm();
    await world.drain();
    await world.outlook().patch(eventId, { subject: 'Typed in between' });
    await world.rest(15 * 60_000);
    expectInStep(world, 1);
    expect(world.outlook().events()[0]?.['subject']).toBe('Typed in between');
    expect((await world.conflicts()).map((kept) => kept.value)).toEqual(['Meant to be written']);
  });
});

describe('an update of an event that takes effect after it was looked up and not found', () => {
  /** Never answered, and stored a minute after it was sent: the look-up meets the event as it was. What is sent again then is refused, and somebody is at the record. */
  async function lateUpdate(atTheRecord: (world: World, activityId: string) => void, rules: Record<string, unknown> = {}): Promise<Awaited<ReturnType<typeof paired>>> {
    let sent = 0;
    const made = await paired({
      rules,
      wire: (request, send) => {
        if (request.method === 'PATCH' && (sent += 1) === 2) atTheRecord(made.world, made.activityId);
        return send(request);
      },
    });
    const { world, activityId } = made;
    world.graph.addFault({ kind: 'slow', ms: 60_000, commit: 'end', method: 'PATCH', pathPattern: '/events' });
    world.graph.addFault({ kind: 'status', status: 429, retryAfterSeconds: 60, method: 'PATCH', pathPattern: '/events', nth: 2 });
    world.crmUser().update(activityId, { Subject: 'Late' });
    await world.live(180_000);
    expect(sent).toBeGreaterThan(1);
    await world.rest(12 * 60_000);
    return made;
  }

  it('is ours: what was deleted in the CRM meanwhile is deleted in Outlook, too', async () => {
    const { world } = await lateUpdate((at, activityId) => at.crmUser().remove(activityId));
    expectInStep(world, 0);
  });

  it.each(['crm', 'outlook', 'newer'] as const)('is ours: what was edited in the CRM meanwhile goes over it, and nothing counts as overruled (%s)', async (rule) => {
    const { world } = await lateUpdate((at, activityId) => void at.crmUser().update(activityId, { Subject: 'Newest' }), { conflict: { rule } });
    expectInStep(world, 1);
    expect(world.outlook().events()[0]?.['subject']).toBe('Newest');
    expect(await world.conflicts()).toEqual([]);
  });

  it('is no longer ours when something else was written since: who types the same again has edited', async () => {
    const { world, eventId } = await lateUpdate((at, activityId) => void at.crmUser().update(activityId, { Subject: 'Newest' }), { conflict: { rule: 'crm' } });
    await world.outlook().patch(eventId, { subject: 'Late' });
    await world.rest(12 * 60_000);
    expectInStep(world, 1);
    expect(world.outlook().events()[0]?.['subject']).toBe('Late');
  });
});
