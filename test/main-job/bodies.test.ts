import { describe, expect, it } from 'vitest';
import { loadHtml } from '../../shared/model/text/html.ts';
import { canonicalText } from '../../shared/model/text/canonical-text.ts';
import { REAL_BODIES, type RealBody } from '../model/text/bodies.ts';
import { paired } from '../world/paired.ts';
import { World } from '../world/world.ts';

const reader = await loadHtml();
const CRM_LENGTH = 4_000;

/** A world in which one event with this body stands on both sides. */
async function withBody({ contentType, content }: RealBody, event: Record<string, unknown> = {}): Promise<{ world: World; eventId: string; activityId: string; stored: string }> {
  const world = new World({ users: 2 });
  const made = await world.outlook().create({ subject: 'A body', body: { contentType, content }, ...event });
  world.resetCounters();
  await world.start();
  const [activity] = world.crmUser().activities();
  return { world, eventId: made.id, activityId: activity?.id ?? '', stored: bodyOf(world) };
}

const bodyOf = (world: World): string => String((world.outlook().events()[0]?.['body'] as { content?: string } | null)?.content ?? '');
const textOf = (world: World): string => reader.htmlToText(bodyOf(world)).text;
const inCrm = (world: World, id: string): string => canonicalText(world.crm.record('Contact', id)?.values['Text'] ?? '');

describe('bodies as clients write them (design 4)', () => {
  it.each(REAL_BODIES)('$name: arrives once, and nothing is written after that, however often it is opened', async (body) => {
    const { world, eventId, activityId, stored } = await withBody(body, { attendees: [{ type: 'required', emailAddress: { address: 'customer@example.net', name: 'Customer' } }] });
    expect(inCrm(world, activityId).length).toBeLessThanOrEqual(CRM_LENGTH);
    expect(textOf(world).startsWith(inCrm(world, activityId).replace(/…$/, ''))).toBe(true);
    world.resetCounters();
    world.outlook().touch(eventId);
    world.crmUser().update(activityId, { FreeN1: 7 });
    await world.settle();
    await world.days(1);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(bodyOf(world)).toBe(stored);
    expect(world.graph.state().mails).toEqual([]);
    expect(world.violations()).toEqual([]);
  });

  it.each(REAL_BODIES.filter(({ edit, contentType }) => edit !== null && contentType === 'html'))('$name: a word edited in the CRM arrives in Outlook, and what the CRM does not show stays', async (body) => {
    const { world, activityId } = await withBody(body);
    const before = textOf(world);
    world.crmUser().update(activityId, { Text: inCrm(world, activityId).replace(body.edit ?? '', 'EDITED IN THE CRM') });
    world.resetCounters();
    await world.settle();
    expect(textOf(world)).toBe(before.replace(body.edit ?? '', 'EDITED IN THE CRM'));
    for (const part of body.keeps) expect(bodyOf(world)).toContain(part);
    expect(world.writes()).toEqual({ graph: 1, crm: 0 });
    expect(await world.conflicts()).toEqual([]);
    expect(world.graph.state().mails).toEqual([]);
    world.resetCounters();
    await world.days(1);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
  });

  it.each(REAL_BODIES.filter(({ partial, name }) => partial && name !== 'nothing but a picture'))('$name: a text that is wholly another goes to the conflict log, and Outlook keeps its own', async (body) => {
    const { world, activityId, stored } = await withBody(body);
    world.crmUser().update(activityId, { Text: 'Something else altogether' });
    await world.settle();
    expect((await world.conflicts()).map(({ why, value }) => [why, value])).toEqual([['heldInPart', 'Something else altogether']]);
    expect(bodyOf(world)).toBe(stored);
    expect(inCrm(world, activityId)).toBe(textOf(world));
  });
});

describe('a body that shows no words', () => {
  it('takes those that somebody writes in the CRM beside its picture', async () => {
    const { world, activityId } = await withBody({ name: '', contentType: 'html', content: '<html><body><img src="cid:scan" width="600" height="800"></body></html>', keeps: [], edit: null, partial: true });
    world.crmUser().update(activityId, { Text: 'Words\nand more' });
    await world.settle();
    expect(textOf(world)).toBe('Words\nand more');
    expect(bodyOf(world)).toContain('cid:scan');
    expect(await world.conflicts()).toEqual([]);
  });
});

/** A subject that the CRM holds cut. */
async function withLongSubject() {
  const subject = `Offer for the pump ${'x'.repeat(150)}`;
  const { world, eventId, activityId } = await paired();
  await world.outlook().patch(eventId, { subject });
  await world.settle();
  const cut = world.crm.record('Contact', activityId)?.values['Subject'] ?? '';
  return { world, eventId, activityId, subject, cut };
}

describe('texts that the CRM holds cut', () => {
  const long = (words: string): string => `Start of ${words} ${'and on '.repeat(900)}to its end.`;

  it('a body of which the CRM shows the beginning: an edit there replaces what it saw, and the rest stays', async () => {
    const { world, activityId } = await withBody({ name: '', contentType: 'html', content: `<html><body><p>${long('a long text')}</p></body></html>`, keeps: [], edit: null, partial: false });
    const shown = inCrm(world, activityId);
    expect(shown.endsWith('…')).toBe(true);
    world.crmUser().update(activityId, { Text: shown.replace('a long text', 'a text') });
    await world.settle();
    expect(textOf(world)).toBe(long('a text'));
    expect(await world.conflicts()).toEqual([]);
    world.resetCounters();
    await world.settle();
    await world.days(1);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
  });

  it('the same with a picture in it', async () => {
    const { world, activityId } = await withBody({ name: '', contentType: 'html', content: `<html><body><p>${long('a long text')}</p><img src="cid:9" width="90" height="90"></body></html>`, keeps: [], edit: null, partial: true });
    world.crmUser().update(activityId, { Text: inCrm(world, activityId).replace('a long text', 'a text') });
    await world.settle();
    expect(textOf(world)).toBe(long('a text'));
    expect(bodyOf(world)).toContain('cid:9');
  });

  it('a subject: an edit of what is shown keeps the rest, one that takes the sign away goes to the conflict log', async () => {
    const { world, activityId, subject, cut } = await withLongSubject();
    world.crmUser().update(activityId, { Subject: cut.replace('pump', 'hose') });
    await world.settle();
    expect(world.outlook().events()[0]?.['subject']).toBe(subject.replace('pump', 'hose'));
    expect(await world.conflicts()).toEqual([]);
    world.crmUser().update(activityId, { Subject: 'Short' });
    await world.settle();
    expect(world.outlook().events()[0]?.['subject']).toBe(subject.replace('pump', 'hose'));
    expect((await world.conflicts()).map(({ why, value }) => [why, value])).toEqual([['heldInPart', 'Short']]);
  });

  it('edited on both sides at once: the fuller text wins, and the other is in the conflict log', async () => {
    const { world, eventId, activityId, subject, cut } = await withLongSubject();
    world.crmUser().update(activityId, { Subject: cut.replace('pump', 'hose') });
    await world.outlook().patch(eventId, { subject: subject.replace('pump', 'valve') });
    await world.settle();
    expect(world.outlook().events()[0]?.['subject']).toBe(subject.replace('pump', 'valve'));
    expect((await world.conflicts()).map(({ why }) => why)).toEqual(['heldInPart']);
  });
});
