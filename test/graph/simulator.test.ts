import { beforeEach, describe, it, expect } from 'vitest';
import { createGraphSimulator, type GraphSimulator } from '../../local/graph/simulator.ts';
import { graphMailbox } from '../../shared/graph/open.ts';
import { graphTenant } from '../../shared/graph/tenant.ts';
import { asAppointment } from '../../shared/model/appointment.ts';
import type { Content } from '../../shared/model/content.ts';
import type { GraphSide, PulledPage, SideItem, Write, Written } from '../../shared/sync/ports.ts';
import { BASE, failureOf, mailbox, MAILBOX, openGate, TENANT, tenantRules } from './scripted-graph.ts';
import { VirtualClock } from './virtual-clock.ts';

const window = { start: Date.UTC(2026, 9, 24), end: Date.UTC(2027, 5, 1) };
const content = {
  time: { allDay: false, start: '2026-11-25T09:00:00Z', end: '2026-11-25T10:30:00Z' },
  subject: 'Visit & offer',
  place: 'Room <1>',
  body: 'Line 1\n  indented\n\nLine 4 & more',
  showAs: 'tentative',
  reminder: 30,
  priority: 'high',
  categories: ['Blue', 'Red'],
  participants: {},
  answers: {},
  privacy: 'normal',
};

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

let clock: VirtualClock;
let simulator: GraphSimulator;
let side: GraphSide;

function openSide(pageSize = 200): GraphSide {
  return graphMailbox({ baseUrl: BASE, fetch: (url, init) => simulator.fetch(url, init), token: async () => 'app-token', clock, mailbox, gate: openGate, rules: tenantRules({ pageSize }) }).appointment;
}

beforeEach(() => {
  clock = new VirtualClock();
  simulator = createGraphSimulator({
    clock,
    random: seeded(7),
    fetch: async (url) => new Response(new URL(String(url)).searchParams.get('validationToken'), { headers: { 'content-type': 'text/plain' } }),
    baseUrl: BASE,
    tenants: [
      {
        id: TENANT,
        appTokens: ['app-token'],
        allowedMailboxes: [MAILBOX],
        users: [
          { id: MAILBOX, displayName: 'Ada', mail: 'ada@example.com', userPrincipalName: 'ada@login.example.com', proxyAddresses: ['SMTP:ada@example.com', 'smtp:a.l@example.org'], timeZone: 'W. Europe Standard Time', userPurpose: 'user' },
        ],
      },
    ],
  });
  side = openSide();
});

async function round(from: { window: typeof window } | { link: string }, over: GraphSide = side): Promise<{ items: SideItem[]; removed: string[]; odd: PulledPage['odd'][number][]; delta: string }> {
  const items: SideItem[] = [];
  const removed: string[] = [];
  const odd: PulledPage['odd'][number][] = [];
  let next: typeof from = from;
  for (;;) {
    const page = await over.pull(next);
    items.push(...page.items);
    removed.push(...page.removed);
    odd.push(...page.odd);
    if (page.delta !== null) return { items, removed, odd, delta: page.delta };
    if (page.next === null) throw new Error('A page without a link.');
    next = { link: page.next };
  }
}

const create = (pairId: string, changes: Readonly<Record<string, unknown>> = {}): Write => ({ kind: 'create', pairId, content: { ...content, ...changes }, repeated: false });

async function writeOne(write: Write): Promise<Written> {
  const [written] = await side.write([write]);
  if (written === undefined) throw new Error('No result.');
  return written;
}

async function created(pairId: string, changes: Readonly<Record<string, unknown>> = {}): Promise<SideItem> {
  const written = await writeOne(create(pairId, changes));
  if (written.outcome !== 'written' || written.item === null) throw new Error(`Not written: ${JSON.stringify(written)}`);
  return written.item;
}

describe('against the simulated Graph', () => {
  it('content is stored as it was sent, and read back the same by answer, delta, list and id', async () => {
    const item = await created('P1');
    expect(item.content).toEqual(content);
    expect(item.key).toBe('P1');
    const pulled = await round({ window });
    expect(pulled.items).toEqual([item]);
    expect((await side.list({ window })).items).toEqual([item]);
    expect((await side.read([item.id])).get(item.id)).toEqual({ state: 'present', item });
    expect((await side.findByKey(['P1', 'P2'])).get('P1')).toEqual({ state: 'present', item });
    expect((await side.findByKey(['P2'])).get('P2')).toEqual({ state: 'unknown' });
    expect(simulator.state().violations).toEqual([]);
  });

  it.each([
    { allDay: true, firstDay: '2026-12-24', lastDay: '2026-12-26' },
    { allDay: true, firstDay: '2026-03-29', lastDay: '2026-03-29' },
    { allDay: false, start: '2026-10-25T00:30:00Z', end: '2026-10-25T01:30:00Z' },
    { allDay: false, start: '2026-11-25T09:00:00Z', end: '2026-11-25T09:00:00Z' },
  ])('times come back: %o', async (time) => {
    expect((await created('P1', { time })).content['time']).toEqual(time);
  });

  it('every group can be changed by itself, all-day and back', async () => {
    let item = await created('P1');
    const changes: Content[] = [
      { time: { allDay: true, firstDay: '2026-12-01', lastDay: '2026-12-02' } },
      { time: content.time },
      { subject: '' },
      { place: '' },
      { body: '' },
      { body: 'New & <b>bold</b>' },
      { showAs: 'workingElsewhere' },
      { reminder: null },
      { reminder: 0 },
      { priority: 'low' },
      { categories: [] },
    ];
    for (const change of changes) {
      const before = item;
      const written = await writeOne({ kind: 'update', pairId: 'P1', id: item.id, version: item.version, content: change, current: item });
      if (written.outcome !== 'written' || written.item === null) throw new Error(JSON.stringify(written));
      item = written.item;
      expect(item.content).toEqual({ ...before.content, ...change });
    }
    expect(simulator.state().mails).toEqual([]);
  });

  it('a stale version is a conflict, a repeated create exists, a deleted event is gone', async () => {
    const item = await created('P1');
    const update: Write = { kind: 'update', pairId: 'P1', id: item.id, version: item.version, content: { subject: 'A' }, current: item };
    expect((await writeOne(update)).outcome).toBe('written');
    expect((await writeOne(update)).outcome).toBe('conflict');
    expect((await writeOne({ kind: 'delete', pairId: 'P1', id: item.id, version: item.version })).outcome).toBe('conflict');
    expect((await writeOne(create('P1'))).outcome).toBe('exists');
    const now = (await side.read([item.id])).get(item.id);
    if (now?.state !== 'present') throw new Error('It should be there.');
    const remove: Write = { kind: 'delete', pairId: 'P1', id: item.id, version: now.item.version };
    expect(await writeOne(remove)).toEqual({ outcome: 'written', item: null });
    expect((await writeOne(remove)).outcome).toBe('gone');
    expect((await writeOne({ ...update, version: now.item.version })).outcome).toBe('gone');
  });

  it.each([{ deletedStillReadable: true, secondDelete: '403' } as const, { deletedStillReadable: false, secondDelete: '404' } as const])('a deleted event is known as deleted: %o', async (quirks) => {
    simulator.setQuirks(quirks);
    const item = await created('P1');
    const { delta } = await round({ window });
    await writeOne({ kind: 'delete', pairId: 'P1', id: item.id, version: item.version });
    expect((await side.read([item.id])).get(item.id)).toEqual({ state: 'deleted' });
    expect(await round({ link: delta })).toMatchObject({ items: [], removed: [item.id] });
    expect((await writeOne({ kind: 'delete', pairId: 'P1', id: item.id, version: item.version })).outcome).toBe('gone');
    expect((await side.findByKey(['P1'])).get('P1')?.state).toBe('unknown');
  });

  it('an event in another calendar is elsewhere, and back it is present', async () => {
    const item = await created('P1');
    const home = await side.home();
    const other = simulator.createCalendar(MAILBOX, 'Other');
    simulator.moveEvent(MAILBOX, item.id, other);
    expect((await side.read([item.id])).get(item.id)).toEqual({ state: 'elsewhere' });
    simulator.moveEvent(MAILBOX, item.id, home);
    expect((await side.read([item.id])).get(item.id)).toMatchObject({ state: 'present' });
  });

  it('an event that left the window is removed from the delta, and present by its id', async () => {
    const item = await created('P1');
    const { delta } = await round({ window });
    const time = { allDay: false, start: '2030-01-01T09:00:00Z', end: '2030-01-01T10:00:00Z' };
    await writeOne({ kind: 'update', pairId: 'P1', id: item.id, version: item.version, content: { time }, current: item });
    expect((await round({ link: delta })).removed).toEqual([item.id]);
    expect((await side.read([item.id])).get(item.id)?.state).toBe('present');
  });

  it('delta links survive their odd spelling, page after page', async () => {
    await side.write(Array.from({ length: 45 }, (_, index) => create(`P${index}`, { subject: `Visit ${index}` })));
    simulator.setQuirks({ deltaEmptyPages: 2, deltaRepeatsRows: true });
    const small = openSide(10);
    const first = await round({ window }, small);
    expect(new Set(first.items.map((item) => item.id)).size).toBe(45);
    expect((await round({ link: first.delta }, small)).items).toEqual([]);
    expect(simulator.state().violations).toEqual([]);
  });

  it('four requests are in flight at most, and nobody is mailed', async () => {
    simulator.setQuirks({ latencyMs: 50 });
    let done = false;
    const writing = side.write(Array.from({ length: 30 }, (_, index) => create(`P${index}`))).finally(() => (done = true));
    while (!done) await clock.turn(25);
    expect((await writing).every((written) => written.outcome === 'written')).toBe(true);
    const { mailboxes, violations, mails } = simulator.state();
    expect(mailboxes[MAILBOX]?.peakInFlight).toBe(4);
    expect(violations).toEqual([]);
    expect(mails).toEqual([]);
  });

  it('an endless round is noticed', async () => {
    await created('P1');
    simulator.setQuirks({ deltaEndlessLoop: 'always' });
    expect((await failureOf(round({ window }))).reason).toBe('gone');
  });

  it.each([{ goneCode: 'syncStateNotFound', goneStatus: 410 } as const, { goneCode: 'resyncRequired', goneStatus: 400 } as const])('an expired token starts anew: %o', async (quirks) => {
    simulator.setQuirks(quirks);
    const { delta } = await round({ window });
    simulator.expireDeltaTokens(MAILBOX);
    expect((await failureOf(side.pull({ link: delta }))).reason).toBe('gone');
  });

  it('a series is named by a delta, told occurrence by occurrence by a view, and read whole', async () => {
    const response = await simulator.fetch(`${BASE}/v1.0/users/${MAILBOX}/events`, {
      method: 'POST',
      headers: { authorization: 'Bearer app-token', 'content-type': 'application/json', prefer: 'IdType="ImmutableId"' },
      body: JSON.stringify({
        subject: 'Weekly',
        start: { dateTime: '2026-11-24T09:00:00', timeZone: 'UTC' },
        end: { dateTime: '2026-11-24T10:00:00', timeZone: 'UTC' },
        recurrence: { pattern: { type: 'daily', interval: 1 }, range: { type: 'numbered', startDate: '2026-11-24', numberOfOccurrences: 5 } },
      }),
    });
    expect(response.status).toBe(201);
    const master = ((await response.json()) as { id: string }).id;
    const page = await side.pull({ window });
    expect(page).toMatchObject({ items: [], odd: [] });
    expect(page.series?.map(({ masterId }) => masterId)).toEqual(Array.from({ length: 6 }, () => master));
    const listed = (await side.list({ window })).items;
    expect(listed.map(({ series, outOfScope }) => [series?.masterId, series?.date, outOfScope])).toEqual(['24', '25', '26', '27', '28'].map((day) => [master, `2026-11-${day}`, null]));
    const [first] = listed;
    expect((await side.read([first?.id ?? ''])).get(first?.id ?? '')).toMatchObject({ state: 'present', item: { series: { masterId: master, date: '2026-11-24' } } });
    expect((await side.read([master])).get(master)).toMatchObject({ state: 'series', masterId: master });
    const week = { start: Date.parse('2026-11-20T00:00:00Z'), end: Date.parse('2026-12-20T00:00:00Z') };
    const read = await side.readSeries(master, week, listed.map(({ id }) => id));
    expect(read).toMatchObject({ state: 'present', cancelled: null });
    expect(read.state === 'present' && read.items.map(({ id }) => id)).toEqual(listed.map(({ id }) => id));
    await simulator.fetch(`${BASE}/v1.0/users/${MAILBOX}/events/${first?.id}`, { method: 'DELETE', headers: { authorization: 'Bearer app-token' } });
    const less = await side.readSeries(master, week, listed.map(({ id }) => id));
    expect(less.state === 'present' && [less.items.length, [...(less.cancelled ?? [])]]).toEqual([4, ['2026-11-24']]);
  });

  it("somebody else's meeting is a copy", async () => {
    const id = simulator.receiveInvitation(MAILBOX, {
      organizer: { name: 'Bob', address: 'bob@example.org' },
      iCalUId: '040000008200E00074C5B7101A82E00800000000000000000000000000000000000000000000000000000000',
      event: {
        subject: 'Planning',
        start: { dateTime: '2026-11-26T09:00:00', timeZone: 'UTC' },
        end: { dateTime: '2026-11-26T10:00:00', timeZone: 'UTC' },
        attendees: [{ emailAddress: { name: 'Ada', address: 'ada@example.com' }, type: 'required' }],
      },
    });
    expect((await round({ window })).items).toMatchObject([{ id, outOfScope: null, meeting: { role: 'attendee', organizer: 'bob@example.org' } }]);
  });

  it('a lost answer leaves a trace that is found again, and a repeated create makes no second event', async () => {
    simulator.addFault({ kind: 'lostAnswer', method: 'POST', pathPattern: '/events$' });
    expect((await writeOne(create('P1'))).outcome).toBe('lost');
    expect((await writeOne(create('P1'))).outcome).toBe('exists');
    expect((await side.findByKey(['P1'])).get('P1')).toMatchObject({ state: 'present', item: { key: 'P1', content } });
    expect(simulator.events(MAILBOX)).toHaveLength(1);
  });

  it('a mailbox that is taken away is unavailable, whatever is asked', async () => {
    const item = await created('P1');
    simulator.setMailboxEnabled(MAILBOX, false);
    for (const work of [() => side.pull({ window }), () => side.list({ window }), () => side.read([item.id]), () => side.findByKey(['P1']), () => openSide().home()]) {
      expect((await failureOf(work())).reason).toBe('mailboxUnavailable');
    }
    expect(await writeOne({ kind: 'delete', pairId: 'P1', id: item.id, version: item.version })).toMatchObject({ outcome: 'notSent', failure: { reason: 'mailboxUnavailable' } });
  });

  it.each(['html', 'truncated', 'contentType'] as const)('garbage is never an answer: %s', async (form) => {
    simulator.addFault({ kind: 'garbage', form, method: 'GET' });
    expect((await failureOf(side.pull({ window }))).reason).toBe('transient');
  });

  it('touching an event changes its stamp and version, not its content', async () => {
    const item = await created('P1');
    const { delta } = await round({ window });
    await clock.turn(5_000);
    simulator.touchEvent(MAILBOX, item.id);
    const [touched] = (await round({ link: delta })).items;
    expect(touched?.content).toEqual(item.content);
    expect(touched?.version).not.toBe(item.version);
    expect(asAppointment(touched?.content ?? {}).subject).toBe(content.subject);
  });
});

describe('the tenant against the simulated Graph', () => {
  const open = () => graphTenant({ baseUrl: BASE, fetch: (url, init) => simulator.fetch(url, init), token: async () => 'app-token', clock, rules: tenantRules() });

  it.each(['ada@example.com', 'A.L@Example.org', 'ada@login.example.com'])('a user is found by %s', async (address) => {
    expect(await open().findUser(address)).toEqual({ id: MAILBOX, addresses: ['ada@example.com', 'a.l@example.org'], purpose: 'user' });
  });

  it('nobody is found by a strange address', async () => {
    expect(await open().findUser('eve@example.org')).toBeNull();
  });

  it('a second subscription adopts the first and keeps it longer', async () => {
    const request = {
      mailboxId: MAILBOX,
      kind: 'appointment',
      clientState: 'state',
      notificationUrl: 'https://connector.example.com/api/graph/notifications',
      lifecycleUrl: 'https://connector.example.com/api/graph/lifecycle',
    };
    const first = await open().subscribe({ ...request, expiresAt: clock.now() + 86_400_000 });
    const second = await open().subscribe({ ...request, expiresAt: clock.now() + 6 * 86_400_000 });
    expect(second).toEqual({ id: first.id, expiresAt: clock.now() + 6 * 86_400_000 });
    expect(simulator.subscriptions()).toMatchObject([{ id: first.id, clientState: 'state', immutableIds: true }]);
    const moved = await open().subscribe({ ...request, notificationUrl: 'https://new.example.com/api/graph/notifications', expiresAt: clock.now() + 86_400_000 });
    expect(simulator.subscriptions().map((one) => one.id)).toEqual([moved.id]);
  });
});
