import { describe, expect, it } from 'vitest';
import { parseTenantRules } from '../../shared/config/rules.ts';
import type { RuleSource } from '../../shared/jobs/ports.ts';
import { storeRules } from '../../shared/jobs/rules-admin.ts';
import { GUEST, BOTH_PEOPLE, MAILBOX, NAMED, PASSWORD, ProbeWorld, REP, TENANT } from './world.ts';

const OTHER = '55555555-5555-4555-8555-555555555555';

async function eventsOf(world: ProbeWorld, number: number): Promise<void> {
  for (let at = 0; at < number; at += 1) {
    await world.graph.fetch(
      new Request(`http://127.0.0.1:5010/v1.0/users/${MAILBOX}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer person:${MAILBOX}`, 'content-type': 'application/json' },
        body: JSON.stringify({ subject: `Own ${at}`, start: { dateTime: '2026-12-01T10:00:00', timeZone: 'UTC' }, end: { dateTime: '2026-12-01T11:00:00', timeZone: 'UTC' } }),
      }),
    );
  }
}

describe('the probe starts only where it may', () => {
  it.each([
    ['without a mailbox', ['--tenant', TENANT], /--mailbox is missing/],
    ['with an address for a mailbox', ['--tenant', TENANT, '--mailbox', 'spare.mailbox@example.com'], /--mailbox is missing, or no id/],
    ['with a mailbox that is not said to be disposable', ['--tenant', TENANT, '--mailbox', MAILBOX], /--disposable with the same object id/],
    ['with another one that is disposable', ['--tenant', TENANT, '--mailbox', MAILBOX, '--disposable', OTHER], /--disposable with the same object id/],
    ['without a tenant', ['--mailbox', MAILBOX, '--disposable', MAILBOX], /--tenant is missing/],
    ['for a tenant without rules', ['--tenant', OTHER, '--mailbox', MAILBOX, '--disposable', MAILBOX], /no rules of this tenant/],
    ['with an unknown option', [...NAMED, '--force'], /not understood/],
    ['with a guest who is nobody', [...NAMED, '--guest', 'somebody'], /--guest is no mail address/],
    ['with a number that is none', [...NAMED, '--events', 'many'], /--events is a whole number/],
  ])('not %s', async (_what, args, sentence) => {
    const world = new ProbeWorld();
    expect(await world.run(...args)).toBe(1);
    expect(world.err.join(' ')).toMatch(sentence);
    expect(world.sent).toBe(0);
  });

  it('not in a mailbox that looks as if somebody lived in it', async () => {
    const world = new ProbeWorld();
    await eventsOf(world, 26);
    expect(await world.run(...NAMED)).toBe(1);
    expect(world.err.join(' ')).toMatch(/more than 25 events/);
    expect(world.subjects()).toHaveLength(26);
    expect(await world.run(...NAMED, '--events', '26', '--only', 'G3')).toBe(0);
    expect(world.subjects()).toHaveLength(26);
  });

  it('not in a mailbox that the connector is told of', async () => {
    const world = new ProbeWorld({ webhook: true });
    await world.graph.fetch(
      new Request('http://127.0.0.1:5010/v1.0/subscriptions', {
        method: 'POST',
        headers: { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ changeType: 'created,updated,deleted', resource: `users/${MAILBOX}/events`, notificationUrl: 'https://connector.example.com/api/graph/notifications', expirationDateTime: '2026-11-28T00:00:00Z' }),
      }),
    );
    expect(await world.run(...NAMED)).toBe(1);
    expect(world.err.join(' ')).toMatch(/is synchronized/);
    expect(world.graph.subscriptions()).toHaveLength(1);
  });

  it('not with the mailbox as its own guest', async () => {
    const world = new ProbeWorld();
    expect(await world.run(...NAMED, '--guest', 'spare.mailbox@example.com')).toBe(1);
    expect(world.err.join(' ')).toMatch(/--guest is the mailbox itself/);
  });

  it('with a token from a file, and not with one that Graph refuses', async () => {
    const world = new ProbeWorld();
    world.files.set('token', 'another-token\n');
    expect(await world.run(...NAMED, '--token-file', 'token')).toBe(1);
    expect(world.err.join(' ')).toMatch(/401/);
    world.files.set('token', `${world.token}\n`);
    expect(await world.run(...NAMED, '--token-file', 'token', '--only', 'G3')).toBe(0);
    expect(await world.run(...NAMED, '--token-file', 'nowhere')).toBe(1);
  });
});

describe('whom the probe concerns', () => {
  it('without a guest nobody is mailed, and facts about mail are not tried', async () => {
    const world = new ProbeWorld();
    const { report } = await world.try('--rep', REP);
    expect(world.graph.state().mails).toMatchObject([]);
    const facts = new Map(report.facts.map(({ line, tried }) => [line, tried]));
    for (const line of ['G7', 'G32', 'G36', 'G38']) expect(facts.get(line)).toMatchObject({ outcome: 'notTried', why: /--guest/.exec('--guest') && expect.stringContaining('--guest') });
  });

  it('with one, he alone is', async () => {
    const world = new ProbeWorld();
    await world.try('--guest', GUEST);
    const mailed = new Set(world.graph.state().mails.map(({ recipient }: { recipient: string }) => recipient));
    expect([...mailed]).toEqual([GUEST]);
  });

  it('without a rep nothing is asked of the CRM', async () => {
    const world = new ProbeWorld();
    const before = world.crm.state().traffic;
    const { report } = await world.try();
    expect(world.crm.state().traffic).toEqual(before);
    expect(report.facts.filter(({ line }) => line.startsWith('C')).every(({ tried }) => tried.outcome === 'notTried')).toBe(true);
  });

  it('a rep whom nobody knows, a wrong password and a CRM that is down are reasons, not crashes', async () => {
    for (const between of [undefined, async () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }))] as const) {
      const world = new ProbeWorld({ ...(between === undefined ? {} : { between: (request, send) => (request.url.includes('5020') ? between() : send(request)) }) });
      const { code, report } = await world.try('--rep', 'nobody@example.com', '--only', 'C4.1,C3.6,G3');
      expect(report.facts.map(({ line }) => line)).toEqual(['G3', 'C3.6', 'C4.1']);
      expect(report.facts.at(-1)?.tried.outcome).toBe('notTried');
      expect([code, report.clean]).toEqual([0, true]);
    }
  });

  it('no mailbox but its own and the guest’s is asked for', async () => {
    const world = new ProbeWorld({ webhook: true });
    await world.try(...BOTH_PEOPLE);
    expect(world.graph.state().violations.filter(({ kind }: { kind: string }) => kind !== 'linkAltered')).toEqual([]);
  });
});

describe('what the probe made goes again', () => {
  it.each([20, 60, 150, 260, 330, 400])('also where it was killed at its request %i: the next run removes it', async (crashAt) => {
    const world = new ProbeWorld({ webhook: true });
    await eventsOf(world, 2);
    const before = world.liveRecords();
    world.crashAt = crashAt;
    expect(await world.run(...NAMED, ...BOTH_PEOPLE)).toBeNull();
    world.dead = false;
    world.crashAt = Number.POSITIVE_INFINITY;
    const left = world.subjects().length - 2 + world.graph.subscriptions().length + world.liveRecords() - before;
    expect(left).toBeGreaterThan(0);
    const { report } = await world.try(...BOTH_PEOPLE, '--only', 'G3,C4.3');
    expect(report).toMatchObject({ clean: true, leftovers: left });
    expect([...world.subjects()].sort()).toEqual(['Own 0', 'Own 1']);
    expect(world.graph.subscriptions()).toEqual([]);
    expect(world.liveRecords()).toBe(before);
  });

  it('somebody else’s events stay, whatever their subject', async () => {
    const world = new ProbeWorld();
    await world.graph.fetch(new Request(`http://127.0.0.1:5010/v1.0/users/${MAILBOX}/events`, { method: 'POST', headers: { authorization: `Bearer person:${MAILBOX}`, 'content-type': 'application/json' }, body: JSON.stringify({ subject: '[connector probe] talk about it', start: { dateTime: '2026-12-01T10:00:00', timeZone: 'UTC' }, end: { dateTime: '2026-12-01T11:00:00', timeZone: 'UTC' } }) }));
    await world.try('--only', 'G3');
    expect(world.subjects()).toEqual(['[connector probe] talk about it']);
  });

  it('interrupted, it ends in good order and says so', async () => {
    const world = new ProbeWorld();
    const done = world.run(...NAMED, '--guest', GUEST, '--json');
    world.clock.after(90_000, () => world.ending.abort(new Error('interrupted')));
    expect(await done).toBe(1);
    expect(JSON.parse(world.out.at(-1) ?? '')).toMatchObject({ interrupted: true, clean: true });
    expect(world.subjects()).toEqual([]);
  });

  it('what cannot be deleted is said', async () => {
    const world = new ProbeWorld({ between: async (request, send) => (request.method === 'DELETE' ? new Response('{}', { status: 500 }) : send(request)) });
    const { code, report } = await world.try('--only', 'G5');
    expect([code, report.clean]).toEqual([1, false]);
    expect(world.subjects()).toHaveLength(1);
  });
});

describe('rules that fit', () => {
  const ODD = { graph: { ifMatchIgnored: true, readLagMs: 90_000 }, crm: { quirks: { deletedFlag: 64, tentativeAnswer: false }, fields: { 'Contact.Subject': { length: 60 } } }, rules: { graph: { pageSize: 100 }, name: 'Example' } } as const;

  it('are written as a whole document that the upload of rules takes', async () => {
    const world = new ProbeWorld(ODD);
    const code = await world.run(...NAMED, '--rep', REP, '--only', 'G1,G46,C3.8,C8.7,C5.4', '--rules', 'out.json');
    expect(code).toBe(2);
    const text = world.files.get('out.json') ?? '';
    const document = JSON.parse(text) as Record<string, unknown>;
    expect(document).toMatchObject({ name: 'Example', graph: { pageSize: 100, ifMatch: 'ignored', readLagSeconds: 192 }, crm: { passwordSetting: 'CRM_PASSWORD', deletedFlag: 64, lengths: { 'activity.Subject': 60 } }, appointments: { tentativeStatus: null } });
    expect(parseTenantRules(document)).toHaveProperty('rules');
    const stored: string[] = [];
    const source: RuleSource = {
      list: async () => [TENANT],
      read: async () => ({ text: JSON.stringify(world.rules), etag: '1' }),
      store: { put: async (_tenantId, one) => void stored.push(one) === undefined, keep: async () => undefined, drop: async () => undefined, versions: async () => [], version: async () => null, keepGood: async () => undefined, good: async () => null, removeAll: async () => undefined },
    };
    const tenants = { forget: () => undefined };
    const answer = await storeRules({ source, tenants, clock: world.clock, report: () => undefined, check: () => [] }, TENANT, text, '1');
    expect(answer).not.toHaveProperty('mistakes');
    expect(stored).toEqual([text]);
  });

  it('with them the same systems give no more cause to change anything', async () => {
    const first = new ProbeWorld(ODD);
    await first.run(...NAMED, '--rep', REP, '--only', 'G1,G46,C3.8,C8.7,C5.4', '--rules', 'out.json');
    const { tenantId: _id, ...adapted } = JSON.parse(first.files.get('out.json') ?? '') as Record<string, unknown>;
    const second = new ProbeWorld({ ...ODD, rules: adapted });
    const { report } = await second.try('--rep', REP, '--only', 'G1,G46,C3.8,C8.7,C5.4', '--rules', 'out.json');
    expect(report.rules).toBeNull();
    expect(second.files.size).toBe(0);
  });
});

describe('what the probe says', () => {
  it('is a line for each fact, a sentence on what was seen, and a sum', async () => {
    const world = new ProbeWorld({ graph: { ifMatchIgnored: true } });
    expect(await world.run(...NAMED, '--only', 'G1,G3,G7')).toBe(2);
    expect(world.out.join('\n')).toBe(
      [
        'DOES NOT HOLD       G1     If-Match on PATCH and DELETE of an event is honoured (412)',
        '                           seen: PATCH with an old version 200, with the current one 200, DELETE with an old one 204',
        '                           then: with graph.ifMatch "ignored" the event is read once more just before each write; an edit within that moment could be overwritten',
        'holds               G3     a 404 that proves an absence says ErrorItemNotFound',
        '                           seen: 404 ErrorItemNotFound',
        'could not be tried  G7     extended properties travel to copies in other mailboxes',
        '                           why: nobody may be invited: name an address with --guest',
        '',
        '1 hold, 1 do not hold, 1 could not be tried.',
        'All that was made is deleted again.',
        'The rules should say: {"graph":{"ifMatch":"ignored"}}',
      ].join('\n'),
    );
  });

  it('holds no address, subject, id of a mailbox, token or password', async () => {
    for (const format of [[], ['--json']]) {
      for (const play of [{ webhook: true }, { graph: { ifMatchIgnored: true, deltaForbidden: true } }, { crm: { quirks: { forceLoginEncryption: true } } }]) {
        const world = new ProbeWorld(play);
        await world.run(...NAMED, ...BOTH_PEOPLE, ...format);
        const text = [...world.out, ...world.err].join('\n');
        expect(text.length).toBeGreaterThan(1_000);
        for (const secret of [PASSWORD, world.token, GUEST, REP, '@example.com', MAILBOX, '[connector probe]']) expect(text, secret).not.toContain(secret);
      }
    }
  });
});
