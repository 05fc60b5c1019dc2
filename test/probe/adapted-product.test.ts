import { describe, expect, it } from 'vitest';
import { graphEvent, json, openScripted, refusal, tenantRules } from '../graph/scripted-graph.ts';
import type { Write } from '../../shared/sync/ports.ts';
import { expectInStep, paired } from '../world/paired.ts';

const update: Write = { kind: 'update', pairId: 'P1', id: 'e1', version: 'W/"read"', content: { subject: 'New' }, current: null };
const remove: Write = { kind: 'delete', pairId: 'P1', id: 'e1', version: 'W/"read"' };

describe('G1: where Graph ignores If-Match the event is looked at just before each write', () => {
  const rules = tenantRules({ ifMatch: 'ignored' });
  const answers = (version: string) => openScripted(({ method }) => (method === 'GET' ? json({ id: 'e1', '@odata.etag': version }) : method === 'DELETE' ? json(null, 204) : json(graphEvent({ subject: 'New' }))), { rules });

  it.each([update, remove])('$kind: another version is a conflict, and nothing is written', async (write) => {
    const { side, sent } = answers('W/"newer"');
    expect(await side.write([write])).toEqual([{ outcome: 'conflict' }]);
    expect(sent.map(({ method }) => method)).toEqual(['GET']);
  });

  it.each([update, remove])('$kind: the same version is written, with If-Match all the same', async (write) => {
    const { side, sent } = answers('W/"read"');
    expect(await side.write([write])).toMatchObject([{ outcome: 'written' }]);
    expect(sent.map(({ method }) => method)).toEqual(['GET', write.kind === 'update' ? 'PATCH' : 'DELETE']);
    expect(sent[1]?.headers.get('if-match')).toBe('W/"read"');
  });

  it('an event that is gone is gone', async () => {
    const { side } = openScripted(() => refusal(404, 'ErrorItemNotFound'), { rules });
    expect(await side.write([update])).toEqual([{ outcome: 'gone' }]);
  });

  it('without the rule no request more is made', async () => {
    const { side, sent } = openScripted(() => json(graphEvent({ subject: 'New' })));
    await side.write([update]);
    expect(sent.map(({ method }) => method)).toEqual(['PATCH']);
  });
});

const graphRules = (graph: Record<string, string>) => ({ graph: { baseUrl: 'http://localhost:4010', auth: 'local', ...graph } });

describe('G1: with the rule an edit in between is kept, though Graph would overwrite it', () => {
  it.each([
    ['ignored', 'Edited in Outlook'],
    ['honoured', 'Edited in the CRM'],
  ] as const)('graph.ifMatch %s: the event is then "%s"', async (ifMatch, subject) => {
    let armed = false;
    const { world, eventId, activityId } = await paired({
      graphQuirks: { ifMatchIgnored: true },
      rules: graphRules({ ifMatch }),
      wire: async (request, send) => {
        const writes = request.method === 'PATCH' || /\$select=id$/.test(decodeURIComponent(request.url));
        if (armed && writes && request.url.includes('/events/')) {
          armed = false;
          await world.outlook().patch(eventId, { subject: 'Edited in Outlook' });
        }
        return send(request);
      },
    });
    world.crmUser().update(activityId, { Subject: 'Edited in the CRM' });
    armed = true;
    await world.settle();
    await world.settle();
    expect(armed).toBe(false);
    expect(world.outlook().events().map((event) => event['subject'])).toEqual([subject]);
    expectInStep(world, 1);
  });
});

describe('G4: where a repeated key makes a second event, a create without an answer waits until a search must show it', () => {
  it.each([
    ['untrusted', 1],
    ['trusted', 2],
  ] as const)('graph.transactionIds %s, in a search that is a minute behind: %i of the event', async (transactionIds, number) => {
    const { world } = await paired({ graphQuirks: { duplicateTransaction: 'makesAnother' }, rules: graphRules({ transactionIds }) });
    world.graph.setQuirks({ listLagMs: 60_000, deltaLagMs: 60_000, notificationDelayMs: 120_000 });
    world.graph.addFault({ kind: 'lostAnswer', method: 'POST', pathPattern: '/events' });
    world.crmUser().create({ Subject: 'Made in the CRM' });
    await world.live(15 * 60_000);
    expect(world.outlook().events().filter((event) => event['subject'] === 'Made in the CRM')).toHaveLength(number);
    if (number === 1) expectInStep(world, 2);
  });
});
