import { graphMailbox } from '../../../shared/graph/open.ts';
import { loginHttp, witnessed } from '../../../shared/graph/login-http.ts';
import { loginFailure } from '../../../shared/graph/login-refusals.ts';
import { openTransport } from '../../../shared/graph/transport.ts';
import { graphTenant } from '../../../shared/graph/tenant.ts';
import { readClaims } from '../../../shared/graph/token-claims.ts';
import { withinMailbox } from '../../../shared/graph/middleware/reach.ts';
import type { Json } from '../../../shared/model/content.ts';
import { PortFailure } from '../../../shared/sync/failures.ts';
import { BASE, graphEvent, mailbox, MAILBOX, openGate, tenantRules } from '../../graph/scripted-graph.ts';
import { VirtualClock } from '../../graph/virtual-clock.ts';
import { isWellFormed, law, membersOf, textOf, type Target } from '../target.ts';

/** Answers of Graph and Entra as bytes: whatever comes, it is understood or refused in one of our own failures. */

const OTHER = '99999999-9999-4999-8999-999999999999';
const SPAN = { start: Date.UTC(2026, 9, 1), end: Date.UTC(2027, 4, 1) };
const text = (body: unknown): string => JSON.stringify(body);
const NEXT = `${BASE}/v1.0/users/${MAILBOX}/calendarView/delta?$skiptoken=a%2bB`;
const DELTA = `${BASE}/v1.0/users/${MAILBOX}/calendarView/delta?$deltatoken=a%2bB`;
const JSON_TYPE = 'application/json; odata.metadata=minimal';

const side = (answers: readonly Response[]) => {
  let index = 0;
  const clock = new VirtualClock();
  const sent: string[] = [];
  const fetch = async (url: string): Promise<Response> => {
    sent.push(url);
    index += 1;
    return answers[index - 1]?.clone() ?? new Response('{}', { headers: { 'content-type': JSON_TYPE } });
  };
  const access = { baseUrl: BASE, fetch, token: async () => 'token-canary', clock };
  return { sent, opened: () => graphMailbox({ ...access, mailbox, gate: openGate, rules: tenantRules() }), tenant: () => graphTenant({ ...access, rules: tenantRules() }) };
};

const ASKS: Readonly<Record<string, (answers: readonly Response[]) => Promise<unknown>>> = {
  pull: (answers) => side(answers).opened().appointment.pull({ window: SPAN }),
  list: (answers) => side(answers).opened().appointment.list({ window: SPAN }),
  read: (answers) => side(answers).opened().appointment.read(['AAEvent1=', 'AAEvent2=']),
  series: (answers) => side(answers).opened().appointment.readSeries('AAMaster=', SPAN, ['AAEvent1=']),
  elsewhere: (answers) => side(answers).opened().appointment.findElsewhere(['a1b2']),
  byKey: (answers) => side(answers).opened().appointment.findByKey(['a1b2']),
  files: (answers) => side(answers).opened().files.list('AAEvent1='),
  subscriptions: (answers) => side(answers).tenant().subscriptions(),
  subscribe: (answers) => side(answers).tenant().subscribe({ mailboxId: MAILBOX, kind: 'appointment', notificationUrl: 'https://x.example', lifecycleUrl: 'https://x.example', clientState: 'x', expiresAt: SPAN.end }),
  user: (answers) => side(answers).tenant().findUser('ada@example.com'),
};

const page = (rows: readonly unknown[], more: object = {}): string => text({ value: rows, ...more });
const asked = (name: string, ...bodies: readonly string[]): Json => ({ name, status: 200, type: JSON_TYPE, retryAfter: null, bodies });

export const graphAnswer: Target = {
  name: 'graphAnswer',
  corpus: [
    asked('pull', page([graphEvent(), { id: 'x', '@removed': { reason: 'deleted' } }, { '@odata.etag': 'W/"1"', id: 'AAMaster=', type: 'seriesMaster' }], { '@odata.nextLink': NEXT })),
    asked('pull', page([], { '@odata.deltaLink': DELTA })),
    asked('list', page([graphEvent({ subject: 'canary' })], { '@odata.nextLink': NEXT })),
    asked('read', text(graphEvent()), text({ error: { code: 'ErrorItemNotFound', message: 'canary' } })),
    asked('series', page([graphEvent({ type: 'occurrence', seriesMasterId: 'AAMaster=', occurrenceId: 'OID.AAMaster=.2026-11-25' })]), text({ '@odata.etag': 'W/"1"', type: 'seriesMaster', cancelledOccurrences: ['OID.AAMaster=.2026-12-02'] })),
    asked('elsewhere', page([{ id: 'cal', isDefaultCalendar: false }]), page([{ id: 'AAEvent1=', transactionId: 'a1b2' }])),
    asked('byKey', page([{ id: 'AAEvent1=' }]), text(graphEvent())),
    asked('files', page([{ '@odata.type': '#microsoft.graph.fileAttachment', id: 'f', name: 'canary.pdf', contentType: 'application/pdf', size: 12, isInline: false, lastModifiedDateTime: '2026-11-20T10:00:00Z' }])),
    asked('subscriptions', page([{ id: 's', resource: `/users/${MAILBOX}/events`, changeType: 'created,updated,deleted', expirationDateTime: '2026-11-29T00:00:00.0000000Z', notificationUrl: 'https://x.example' }])),
    asked('subscribe', text({ id: 's', expirationDateTime: '2026-11-29T00:00:00Z' })),
    asked('user', page([{ id: MAILBOX, mail: 'Ada@example.com', userPrincipalName: 'ada@example.com', proxyAddresses: ['SMTP:ada@example.com', 'x500:/o=x'] }]), text({ userPurpose: 'user' })),
    { name: 'pull', status: 429, type: JSON_TYPE, retryAfter: '120', bodies: [text({ error: { code: 'TooManyRequests', message: 'canary' } })] },
    { name: 'pull', status: 410, type: JSON_TYPE, retryAfter: null, bodies: [text({ error: { code: 'SyncStateNotFound', message: 'canary' } })] },
    { name: 'read', status: 404, type: 'text/html', retryAfter: null, bodies: ['<html>canary</html>'] },
  ],
  words: [...Object.keys(ASKS), 'value', '@odata.nextLink', '@odata.deltaLink', 'https://graph.example.org/', '"value":[', ',', '{"error":{"code":"', 'ErrorItemNotFound', 'application/json', 'text/html', '503', 'Mon, 23 Nov 2026 10:00:00 GMT'],
  async run(input) {
    const { name, status, type, retryAfter, bodies } = membersOf(input);
    const ask = Object.hasOwn(ASKS, textOf(name)) ? ASKS[textOf(name)] : undefined;
    const known = typeof status === 'number' && status >= 200 && status <= 599 ? Math.trunc(status) : 200;
    const headers = new Headers();
    for (const [header, value] of [['content-type', type], ['retry-after', retryAfter]] as const) if (typeof value === 'string' && /^[\t\x20-\x7e]*$/.test(value)) headers.set(header, value);
    const answers = (Array.isArray(bodies) ? (bodies as readonly Json[]) : []).slice(0, 5).map((body) => new Response([204, 205, 304].includes(known) ? null : textOf(body), { status: known, headers }));
    try {
      const made = await (ask ?? ASKS['pull'])?.(answers);
      law(!hasOddId(made), 'hands on an id that cannot be asked for');
      return 'accepted';
    } catch (failure) {
      if (!(failure instanceof PortFailure)) throw failure;
      const { retryAfterMs } = failure.details;
      law(retryAfterMs === undefined || (Number.isFinite(retryAfterMs) && retryAfterMs >= 0), 'waits for a time that is none');
      law(!`${failure.message} ${JSON.stringify(failure.details)}`.includes('canary'), 'quotes an answer or the token in its failure');
      return 'refused';
    }
  },
};

function hasOddId(made: unknown): boolean {
  const lists = typeof made === 'object' && made !== null ? (['items', 'removed', 'series'] as const).flatMap((name) => (Reflect.get(made, name) as unknown[] | undefined) ?? []) : [];
  return lists.some((one) => !isWellFormed(typeof one === 'string' ? one : (one as { id: string }).id));
}

/** Links of answers, which are followed with a token. */
export const graphLink: Target = {
  name: 'graphLink',
  corpus: [NEXT, DELTA, `${BASE}/v1.0/users('${MAILBOX}')/calendarView/delta?$deltatoken=x`, `${BASE}/v1.0/Users/${MAILBOX}/events/AA%2F1`, `${BASE}/v1.0/users/${OTHER}/events`, 'https://graph.example.org/v1.0/users', `${BASE}/v1.0/users/${MAILBOX}/../${OTHER}/events`],
  words: [BASE, MAILBOX, OTHER, '/v1.0/', '/beta/', '/users/', "('", "')", '/../', '%2e%2e', '%2f', '%5c', '\\', '//', '@', 'user:pw@', ':80', '#', '?', '/events', '\t', '\n', '%00', '%', '..%2f..%2f', 'http:', 'https:', '%252e%252e%252f'],
  async run(input) {
    const sent: string[] = [];
    const transport = openTransport({
      baseUrl: BASE,
      fetch: async (url, init) => {
        new Request(url, { method: init.method ?? 'GET' });
        sent.push(url);
        return new Response('{}', { headers: { 'content-type': JSON_TYPE } });
      },
      token: async () => 'token',
      clock: new VirtualClock(),
      timeoutMs: 30_000,
      reach: withinMailbox(MAILBOX),
    });
    try {
      await transport.send({ link: textOf(input) });
    } catch (failure) {
      if (!(failure instanceof PortFailure)) throw failure;
      law(failure.reason === 'gone' && sent.length === 0, 'refuses a link otherwise than by beginning anew');
      return 'refused';
    }
    law(sent.length === 1, 'sends nothing, and says nothing');
    const url = new URL(sent[0] ?? '');
    law(url.origin === BASE && url.username === '' && url.password === '', 'leads to another host');
    // As far as any server might decode it.
    let path = url.pathname;
    for (let again = 0; again < 3; again += 1) path = decoded(path);
    const [, version, users, ...rest] = path.replaceAll('\\', '/').toLowerCase().split('/');
    law(version === 'v1.0' && (users === `users('${MAILBOX}')` || (users === 'users' && rest[0] === MAILBOX)) && !rest.includes('..'), 'leads out of the mailbox');
    return 'accepted';
  },
};

function decoded(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
}

const token = (claims: object): string => `eyJ.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`;

export const tokenClaims: Target = {
  name: 'tokenClaims',
  corpus: [token({ tid: OTHER.toUpperCase(), aud: 'https://graph.microsoft.com', roles: ['Calendars.ReadWrite', 'User.Read.All'] }), token({ tid: 7, roles: 'x' }), 'a.b.c', 'opaque'],
  words: ['.', token({ roles: [null, {}, '__proto__', 'a b'] }), 'eyJ'],
  run(input) {
    const claims = readClaims(textOf(input));
    if (claims === null) return 'refused';
    law(claims.roles.every((role) => /^[A-Za-z][A-Za-z.-]{0,99}$/.test(role)), 'takes for a role what is none');
    law(claims.tenantId === null || claims.tenantId === claims.tenantId.toLowerCase(), 'tells a tenant in another form');
    return 'accepted';
  },
};

export const loginAnswer: Target = {
  name: 'loginAnswer',
  corpus: [
    { status: 200, retryAfter: null, body: text({ token_type: 'Bearer', expires_in: 3599, access_token: 'canary' }) },
    { status: 401, retryAfter: null, body: text({ error: 'invalid_client', error_description: 'AADSTS7000215: canary', error_codes: [7000215] }) },
    { status: 503, retryAfter: '7', body: '<html>canary</html>' },
  ],
  words: ['"error_codes":[', '"error":"', '90033', 'AADSTS', '1e400', '-7'],
  async run(input) {
    const { status, retryAfter, body } = membersOf(input);
    const known = typeof status === 'number' && status >= 200 && status <= 599 ? Math.trunc(status) : 200;
    const headers = new Headers();
    if (typeof retryAfter === 'string' && /^[\t\x20-\x7e]*$/.test(retryAfter)) headers.set('retry-after', retryAfter);
    const http = await loginHttp(async () => new Response([204, 205, 304].includes(known) ? null : textOf(body), { status: known, headers }));
    const { createHttpHeaders, createPipelineRequest } = await import('@azure/core-rest-pipeline');
    const outcome = await witnessed(async () => {
      await http.sendRequest(createPipelineRequest({ url: 'https://login.example.org/token', method: 'POST', headers: createHttpHeaders(), body: 'x' }));
      throw new Error('canary');
    });
    if (!('failure' in outcome)) return 'accepted';
    const failure = loginFailure(outcome.failure, outcome.answer, { tenantId: OTHER, auth: 'clientSecret' }, Date.UTC(2026, 10, 23));
    law(!`${failure.message} ${JSON.stringify(failure.details)}`.includes('canary'), 'quotes the login service in its failure');
    const wait = failure.details.retryAfterMs;
    law(wait === undefined || (Number.isFinite(wait) && wait >= 0), 'waits for a time that is none');
    return known === 200 ? 'accepted' : 'refused';
  },
};
