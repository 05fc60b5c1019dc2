import { createGraphSimulator } from '../../../local/graph/simulator.ts';
import type { GraphSimulator } from '../../../local/graph/simulator.ts';
import type { SimClock } from '../../../local/graph/clock.ts';
import type { SimTenant } from '../../../local/graph/exchange.ts';
import type { Quirks } from '../../../local/graph/quirks.ts';

export const ANNA = '11111111-1111-4111-8111-111111111111';
export const BERT = '22222222-2222-4222-8222-222222222222';
export const CARL = '33333333-3333-4333-8333-333333333333';
export const OTHER = '44444444-4444-4444-8444-444444444444';
export const BASE = 'http://graph.example.com';
export const IMMUTABLE = { prefer: 'IdType="ImmutableId"' };
export const MARK = 'String {8bd1f5a4-0000-4000-8000-000000000001} Name crmId';

export interface TurnedClock extends SimClock {
  /** Lets time pass; what falls due runs in order, promises settle in between. */
  pass(ms: number): Promise<void>;
}

export function turnedClock(start = '2026-11-23T08:00:00Z'): TurnedClock {
  let now = Date.parse(start);
  let order = 0;
  const due = new Map<number, { at: number; run: () => void }>();
  const settle = async () => {
    for (let turn = 0; turn < 40; turn++) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    now: () => now,
    after(ms, run) {
      const id = order++;
      due.set(id, { at: now + ms, run });
      return () => void due.delete(id);
    },
    async pass(ms) {
      const end = now + ms;
      await settle();
      for (;;) {
        const next = [...due].filter(([, one]) => one.at <= end).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0];
        if (next === undefined) break;
        due.delete(next[0]);
        now = Math.max(now, next[1].at);
        next[1].run();
        await settle();
      }
      now = end;
    },
  };
}

export function seeded(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function tenants(): SimTenant[] {
  const user = (id: string, name: string, more: object = {}) => ({
    id,
    displayName: name,
    mail: `${name.toLowerCase()}@example.com`,
    userPrincipalName: `${name.toLowerCase()}@example.com`,
    ...more,
  });
  return [
    {
      id: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
      appTokens: ['app'],
      users: [
        user(ANNA, 'Anna', { timeZone: 'W. Europe Standard Time', proxyAddresses: ['SMTP:anna@example.com', 'smtp:anna.alias@example.com'] }),
        user(BERT, 'Bert'),
        user(CARL, 'Carl', { hasMailbox: false }),
      ],
    },
    { id: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb', appTokens: ['other-app'], users: [user(OTHER, 'Otto')] },
  ];
}

/** JSON of an answer: the members the tests reach into by name, the rest by key. */
export interface Body {
  [member: string]: unknown;
  id: string;
  value: Body[];
  subject: string;
  changeKey: string;
  type: string;
  seriesMasterId: string;
  start: { dateTime: string; timeZone: string };
  body: { contentType: string; content: string };
  location: { displayName: string };
  locations: { displayName: string }[];
  attendees: { emailAddress: { address: string }; status: { response: string } }[];
  error?: { code: string; message: string };
  '@odata.etag': string;
  '@odata.nextLink'?: string;
  '@odata.deltaLink'?: string;
  responses: { id: string; status: number; body: Body }[];
}

export interface Asked {
  status: number;
  headers: Headers;
  body: Body;
}

export interface World {
  clock: TurnedClock;
  simulator: GraphSimulator;
  /** One raw request; paths are below /v1.0, absolute links are used as they are. */
  ask(method: string, path: string | undefined, body?: unknown, headers?: Record<string, string>, token?: string): Promise<Asked>;
  /** The same as a person's Outlook. */
  as(userId: string, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Asked>;
  /** What was posted to notification endpoints. */
  posts: { url: string; body: { value: Record<string, unknown>[] } }[];
  endpoint: { answer: (request: Request) => Response | Promise<Response> };
}

export function echoValidation(request: Request): Response {
  const token = new URL(request.url).searchParams.get('validationToken');
  return token === null ? new Response(null, { status: 202 }) : new Response(token, { status: 200, headers: { 'content-type': 'text/plain' } });
}

export function world(quirks: Partial<Quirks> = {}, list = tenants()): World {
  const clock = turnedClock();
  const posts: World['posts'] = [];
  const endpoint: World['endpoint'] = { answer: echoValidation };
  const simulator = createGraphSimulator({
    clock,
    random: seeded(),
    baseUrl: BASE,
    tenants: list,
    quirks,
    fetch: async (input, init) => {
      const request = new Request(input as string, init);
      const text = await request.clone().text();
      if (!request.url.includes('validationToken')) posts.push({ url: request.url, body: JSON.parse(text) });
      return endpoint.answer(request);
    },
  });
  const ask: World['ask'] = async (method, path, body, headers = {}, token = 'app') => {
    if (path === undefined) throw new Error('The answer held no link to follow.');
    const response = await simulator.fetch(
      new Request(path.startsWith('http') ? path : `${BASE}/v1.0${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as Body };
  };
  return { clock, simulator, ask, as: (userId, method, path, body, headers) => ask(method, path, body, headers, `person:${userId}`), posts, endpoint };
}

export const at = (dateTime: string, timeZone = 'UTC') => ({ dateTime, timeZone });

export const lunch = (more: object = {}) => ({ subject: 'Lunch', start: at('2026-11-24T12:00:00'), end: at('2026-11-24T13:00:00'), ...more });

export const weekly = (more: object = {}) => ({
  subject: 'Jour fixe',
  start: at('2026-03-16T09:00:00', 'W. Europe Standard Time'),
  end: at('2026-03-16T10:00:00', 'W. Europe Standard Time'),
  recurrence: {
    pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'] },
    range: { type: 'numbered', startDate: '2026-03-16', numberOfOccurrences: 4 },
  },
  ...more,
});

export const starts = (rows: readonly { start: { dateTime: string } }[]) => rows.map((row) => row.start.dateTime.slice(0, 16));
