import { describe, expect, it } from 'vitest';
import { FIELD_EDITS } from '../world/fields.ts';
import { shownInCrm, shownInOutlook } from '../world/judge.ts';
import { expectInStep, paired } from '../world/paired.ts';

const pairs = FIELD_EDITS.flatMap((inOutlook) => FIELD_EDITS.filter((inCrm) => inCrm.group !== inOutlook.group).map((inCrm) => ({ outlookGroup: inOutlook.group, crmGroup: inCrm.group, inOutlook, inCrm })));

describe('two field groups edited at once, one on each side: both edits survive', () => {
  it.each(pairs)('$outlookGroup in Outlook and $crmGroup in the CRM', async ({ inOutlook, inCrm }) => {
    const { world, eventId, activityId } = await paired();
    await world.outlook().patch(eventId, inOutlook.inOutlook.patch);
    world.crmUser().update(activityId, inCrm.inCrm.values);
    await world.settle();
    expectInStep(world, 1);
    const [shown] = world.outlook().events().map(shownInOutlook);
    expect(shown?.[inOutlook.member]).toEqual(inOutlook.inOutlook.shows);
    expect(shown?.[inCrm.member]).toEqual(inCrm.inCrm.shows);
    expect(await world.conflicts()).toEqual([]);
  });
});

describe('the same field group edited on both sides: the rule decides, the loser is in the conflict log', () => {
  const rules = [
    { rule: 'outlook', last: 'crm', winner: 'outlook' },
    { rule: 'crm', last: 'outlook', winner: 'crm' },
    { rule: 'newer', last: 'outlook', winner: 'outlook' },
    { rule: 'newer', last: 'crm', winner: 'crm' },
  ] as const;
  const cases = FIELD_EDITS.flatMap((edit) => rules.map((rule) => ({ group: edit.group, ...rule, edit })));

  it.each(cases)('$group, rule $rule, edited last in $last: $winner wins', async ({ edit, rule, last, winner }) => {
    const { world, eventId, activityId } = await paired({ rules: { conflict: { rule } } });
    const edits = [
      async () => void (await world.outlook().patch(eventId, edit.inOutlook.patch)),
      async () => void world.crmUser().update(activityId, edit.inCrm.values),
    ];
    if (last === 'outlook') edits.reverse();
    // Neither edit is told until both are made: no notification and no poll comes between them.
    await edits[0]?.();
    world.graph.setQuirks({ notificationDelayMs: 20_000 });
    const moment = world.clock.now() + 4_000;
    await world.clock.until(moment);
    await edits[1]?.();
    await world.settle();
    expectInStep(world, 1);
    const [shown] = world.outlook().events().map(shownInOutlook);
    expect(shown?.[edit.member]).toEqual(winner === 'outlook' ? edit.inOutlook.shows : edit.inCrm.shows);
    const kept = await world.conflicts();
    expect(kept.map(({ group, loser }) => ({ group, loser }))).toEqual([{ group: edit.group, loser: winner === 'outlook' ? 'crm' : 'graph' }]);
  });

  it('edits less than two seconds apart: the tie rule decides (CRM by default)', async () => {
    const { world, eventId, activityId } = await paired();
    world.crmUser().update(activityId, { Subject: 'Tie in the CRM' });
    await world.outlook().patch(eventId, { subject: 'Tie in Outlook' });
    await world.settle();
    expectInStep(world, 1);
    expect(world.crmUser().activities().map((activity) => shownInCrm(activity))[0]?.subject).toBe('Tie in the CRM');
    expect((await world.conflicts()).map((kept) => kept.value)).toEqual(['Tie in Outlook']);
  });

  it('edited alike on both sides: nothing is written and nothing is lost', async () => {
    const { world, eventId, activityId } = await paired();
    await world.outlook().patch(eventId, { subject: 'Alike' });
    world.crmUser().update(activityId, { Subject: 'Alike' });
    world.resetCounters();
    await world.settle();
    expectInStep(world, 1);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(await world.conflicts()).toEqual([]);
  });

  it('a text that the CRM holds cut is never overwritten by its short form: the CRM edit goes to the conflict log', async () => {
    const long = `A subject that goes on and on ${'x'.repeat(150)}`;
    const { world, eventId, activityId } = await paired();
    await world.outlook().patch(eventId, { subject: long });
    await world.settle();
    const cut = world.crm.record('Contact', activityId)?.values['Subject'] ?? '';
    expect(cut).toHaveLength(120);
    expect(cut.endsWith('…')).toBe(true);
    world.crmUser().update(activityId, { Subject: 'Short form edited' });
    await world.settle();
    expect(world.outlook().events().map((event) => event['subject'])).toEqual([long]);
    expect(world.crm.record('Contact', activityId)?.values['Subject']).toBe(cut);
    expect((await world.conflicts()).map((kept) => [kept.why, kept.value])).toEqual([['heldInPart', 'Short form edited']]);
  });
});
