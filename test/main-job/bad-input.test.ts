import { describe, expect, it } from 'vitest';
import { graphNotifications } from '../../functions/graph-notifications.ts';
import { health } from '../../functions/health.ts';
import { makeClientState } from '../../shared/jobs/client-state.ts';
import { expectInStep, paired } from '../world/paired.ts';
import { TENANT } from '../world/places.ts';
import { World } from '../world/world.ts';

const URL_OF_WEBHOOK = 'http://localhost:7071/api/graph/notifications';
const SECRET = 'a secret of at least 32 characters';

function post(body: string, url = URL_OF_WEBHOOK): Request {
  return new Request(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
}

async function ask(world: World, request: Request): Promise<{ status: number; text: string; headers: Headers }> {
  const answer = await world.clock.drive(world.call(graphNotifications, request));
  if (answer === null) throw new Error('no answer');
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

describe('the notification webhook', () => {
  it('answers the handshake with the token as plain text and nothing else', async () => {
    const world = new World();
    const answer = await ask(world, post('', `${URL_OF_WEBHOOK}?validationToken=${encodeURIComponent('Validation: <script>1</script> & more')}`));
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('Validation: <script>1</script> & more');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each(['', 'not json', '[]', '{"value":7}', '{"value":null}', 'null'])('refuses %j with 400 and one clear sentence', async (body) => {
    const world = new World();
    const answer = await ask(world, post(body));
    expect(answer.status).toBe(400);
    expect(answer.text).toBe('The body must be a JSON document with a list "value".');
  });

  it('drops what it did not sign, without telling, and takes the rest of the same POST', async () => {
    const { world } = await paired({ users: 2 });
    const signed = makeClientState({ tenantId: TENANT, mailboxId: world.employee.id, kind: 'appointment' }, SECRET);
    const forged = makeClientState({ tenantId: TENANT, mailboxId: world.employees[1]?.id ?? '', kind: 'appointment' }, 'another secret of 32 characters!!!');
    const items = [{ clientState: forged, resourceData: { id: 'x' } }, { clientState: 7 }, null, 'text', { clientState: `${signed}x` }, { clientState: signed, resourceData: { id: 'unknown-id', '@odata.etag': 'W/"1"' } }];
    const answer = await ask(world, post(JSON.stringify({ value: items })));
    expect(answer.status).toBe(202);
    expect(answer.text).toBe('');
    expect(world.events.filter((event) => event['evt'] === 'notifications').at(-1)).toMatchObject({ accepted: 1, dropped: 5, mailboxes: 1 });
    expect(await world.storage.queues.length('mailbox-passes')).toBe(1);
    await world.settle();
    expectInStep(world, 1);
  });

  it('a clientState fits into what Graph allows, and names tenant, mailbox and kind', () => {
    const state = makeClientState({ tenantId: TENANT, mailboxId: '22222222-2222-4222-8222-222222222222', kind: 'appointment' }, SECRET);
    expect(state.length).toBeLessThanOrEqual(128);
    expect(state).toMatch(/^[A-Za-z0-9_.-]+$/);
  });

  it('is not answered 202 when the mark could not be stored: Graph sends again', async () => {
    let broken = false;
    const { world, eventId } = await paired({
      hooks: {
        before: (op) => {
          if (broken && op === 'tables.transact') throw new Error('storage is down');
        },
      },
    });
    broken = true;
    await world.outlook().patch(eventId, { subject: 'While the storage was down' });
    await world.clock.until(world.clock.now() + 5_000);
    expect(await world.storage.queues.length('mailbox-passes')).toBe(0);
    broken = false;
    await world.rest(30 * 60_000);
    expectInStep(world, 1);
  });
});

describe('bad messages, settings and systems', () => {
  it('a message that cannot be read goes the poison way and stops nobody', async () => {
    const { world, eventId } = await paired();
    await world.storage.queues.send('mailbox-passes', '{"v":99,"something":"newer"}');
    await world.storage.queues.send('mailbox-passes', 'not even JSON');
    await world.outlook().patch(eventId, { subject: 'Beside bad messages' });
    await world.rest(10 * 60_000);
    expect(world.events.filter((event) => event['evt'] === 'message.unreadable' && event['queue'] === 'mailbox-passes-poison')).toHaveLength(2);
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Beside bad messages');
  });

  const MISTAKES: { what: string; change: (world: World) => void; says: RegExp }[] = [
    { what: 'the CRM password setting is missing', change: (world) => delete world.env['CRM_PASSWORD'], says: /The application setting CRM_PASSWORD is missing/ },
    { what: 'a wrong CRM password', change: (world) => void (world.env['CRM_PASSWORD'] = 'wrong'), says: /login/i },
    { what: 'the webhook secret is too short', change: (world) => void (world.env['WEBHOOK_SECRET'] = 'short'), says: /WEBHOOK_SECRET is too short/ },
    { what: 'PUBLIC_BASE_URL is missing', change: (world) => delete world.env['PUBLIC_BASE_URL'], says: /The application setting PUBLIC_BASE_URL is missing/ },
    { what: 'a wrong Graph token', change: (world) => void (world.env['GRAPH_LOCAL_TOKEN'] = 'wrong'), says: /Graph/ },
    { what: 'rules with mistakes', change: (world) => void ((world.rules['crm'] as Record<string, unknown>)['timeZone'] = 'Mars/Olympus'), says: /crm\.timeZone: must be an IANA time zone/ },
    { what: 'an unknown rule', change: (world) => void (world.rules['surprise'] = 1), says: /surprise/ },
  ];
  it.each(MISTAKES)('$what: one clear sentence in the tenant’s state, no secret, and it goes on when it is mended', async ({ change, says }) => {
    const world = new World();
    const env = { ...world.env };
    const rules = structuredClone(world.rules);
    change(world);
    world.replaceWorker();
    await world.start();
    const answer = await world.clock.drive(world.call(health, new Request('http://localhost:7071/api/health')));
    const text = (await answer?.text()) ?? '';
    const { tenants } = JSON.parse(text) as { tenants: { problem: string | null }[] };
    expect(tenants[0]?.problem).toMatch(says);
    for (const secret of ['crm-secret', SECRET, 'app-token', 'wrong']) expect(`${text} ${JSON.stringify(world.events)}`).not.toContain(`"${secret}"`);
    expect(JSON.stringify(world.events)).not.toContain('employee0@example.com');
    Object.assign(world.env, env);
    for (const key of Object.keys(world.rules)) delete world.rules[key];
    Object.assign(world.rules, rules);
    world.replaceWorker();
    await world.outlook().create({ subject: 'After the mistake' });
    await world.start();
    await world.rest(5 * 60_000);
    expectInStep(world, 1);
  });

  it('the CRM cannot be reached at all: told in the state, and everything arrives afterwards', async () => {
    let reachable = false;
    const world = new World({
      wire: (request, send) => (reachable || !request.url.includes('/interface/') ? send(request) : Promise.reject(new TypeError('fetch failed'))),
    });
    await world.outlook().create({ subject: 'Before the CRM could be reached' });
    await world.start();
    expect((await (await world.clock.drive(world.call(health, new Request('http://localhost:7071/api/health'))))?.json()) as object).toMatchObject({ status: 'degraded' });
    reachable = true;
    await world.rest(10 * 60_000);
    await world.syncUsers();
    await world.rest(10 * 60_000);
    expectInStep(world, 1);
  });

  it.each(['truncated', 'html', 'doctype', 'wrongCount', 'empty'] as const)('an answer of the CRM that is %s never counts as "fewer records"', async (form) => {
    const { world, activityId } = await paired();
    world.crm.addFault({ kind: 'garbage', form, match: { command: 'query', times: 3 } });
    world.crmUser().update(activityId, { Subject: 'Through garbage' });
    await world.rest(30 * 60_000);
    expectInStep(world, 1);
    expect(world.outlook().events()[0]?.['subject']).toBe('Through garbage');
  });

  it('one record that the CRM refuses is quarantined until its content changes; the mailbox goes on', async () => {
    const { world } = await paired();
    world.crm.addFault({ kind: 'commandError', code: 422, match: { user: world.employee.rep.user, command: 'import' } });
    const refused = await world.outlook().create({ subject: 'Refused' });
    await world.settle();
    await world.outlook().create({ subject: 'Goes on' });
    await world.settle();
    world.resetCounters();
    world.outlook().touch(refused.id);
    await world.settle();
    expect(world.writes().crm).toBe(0);
    expect(world.crmUser().activities().map((activity) => activity.values['Subject']).sort()).toEqual(['Goes on', 'Paired']);
    expect((await world.journal()).filter((entry) => entry.action === 'refused')).toHaveLength(1);
    await world.outlook().patch(refused.id, { subject: 'Accepted now' });
    await world.settle();
    expectInStep(world, 3);
  });

  it('one event that answers 403 parks nothing', async () => {
    const { world, eventId } = await paired();
    const other = await world.outlook().create({ subject: 'Other' });
    await world.settle();
    world.graph.addFault({ kind: 'status', status: 403, method: 'PATCH', times: 1 });
    world.crmUser().update(world.crmUser().activities().find((activity) => activity.values['Subject'] === 'Paired')?.id ?? '', { Subject: 'Refused by Graph' });
    await world.settle();
    await world.outlook().patch(other.id, { subject: 'Other edited' });
    await world.settle();
    expect(world.crmUser().activities().map((activity) => activity.values['Subject']).sort()).toEqual(['Other edited', 'Refused by Graph']);
    expect(world.outlook().events().find((event) => event.id === eventId)?.['subject']).toBe('Paired');
  });
});
