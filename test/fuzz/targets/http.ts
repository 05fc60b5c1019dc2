import { HttpRequest, type HttpFunctionOptions, type HttpResponseInit } from '@azure/functions';
import { behindFrontDoor } from '../../../functions/front-door.ts';
import { SURFACE } from '../../../functions/surface.ts';
import { ROUTES } from '../../../shared/config/names.ts';
import { makeInvitation, makeState } from '../../../shared/jobs/consent-tickets.ts';
import type { Json } from '../../../shared/model/content.ts';
import { ASKED } from '../../isolation/matrix.ts';
import { invocation } from '../../world/host-rules.ts';
import { TENANT } from '../../world/places.ts';
import { World } from '../../world/world.ts';
import { law, membersOf, textOf, type Target } from '../target.ts';

/** Every endpoint as it is registered, behind the front door, over a world at rest. */

type Route = keyof typeof ROUTES;
const NAMES = Object.keys(SURFACE) as Route[];
const MAILBOX = '22222222-2222-4222-8222-222222222220';
const CANARY = 'canary7f3a';
const SECRET = 'a secret of at least 32 characters';
const SPENT = 200;

/** What an answer may say; 503 is for what is not set up, and what takes too long. */
const STATUSES = new Set([200, 202, 302, 400, 404, 405, 409, 412, 413, 415, 422, 428, 429, 503]);

let world = new World();
let asked = 0;
let doors = new Map<Route, HttpFunctionOptions>();

/** A fresh world now and then: requests are counted, and change things. */
function door(route: Route): HttpFunctionOptions | undefined {
  if (asked % SPENT === 0) {
    world = new World();
    doors = new Map();
  }
  asked += 1;
  if (!doors.has(route)) behindFrontDoor((_name, options) => doors.set(route, options), world.clock)(route, { route: ROUTES[route], handler: ASKED[route].handler(world.newWorker()) });
  return doors.get(route);
}

const requests = NAMES.flatMap((route) =>
  ASKED[route].ask({ tenantId: TENANT, mailboxId: MAILBOX }).map(({ method, query = {}, params = {}, body }) => ({ route, method, query: { ...query, code: CANARY }, params, headers: { 'content-type': 'application/json', 'x-canary': CANARY, cookie: `__Host-consent=${CANARY}` }, body: body === undefined ? '' : JSON.stringify(body) })),
);

export const http: Target = {
  name: 'http',
  corpus: [
    ...requests,
    { route: 'notifications', method: 'POST', query: { validationToken: 'Validation: <b>x</b>' }, params: {}, headers: {}, body: '' },
    { route: 'adminJournal', method: 'GET', query: { top: '7' }, params: { tenantId: TENANT, mailboxId: MAILBOX }, headers: {}, body: '' },
    { route: 'adminGuardAnswer', method: 'POST', query: { tenantId: TENANT, asOf: '1' }, params: { answer: 'confirm' }, headers: {}, body: '' },
    { route: 'adminRules', method: 'PUT', query: {}, params: { tenantId: TENANT }, headers: { 'content-type': 'application/json', 'if-none-match': '*' }, body: `{"tenantId":"${TENANT}","crm":{"user":"${CANARY}"}}` },
    { route: 'consentStart', method: 'GET', query: { invitation: makeInvitation(TENANT, Date.UTC(2026, 10, 23, 7), SECRET) }, params: {}, headers: {}, body: '' },
    { route: 'consentCallback', method: 'GET', query: { state: makeState(TENANT, 'abc', Date.UTC(2026, 10, 23, 7), SECRET), tenant: TENANT, admin_consent: 'True', error: 'access_denied' }, params: {}, headers: { cookie: 'a=b; __Host-consent=abc' }, body: '' },
  ] as unknown as readonly Json[],
  words: [...NAMES, CANARY, `<script>${CANARY}</script>`, TENANT, MAILBOX, 'GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'tenantId', 'mailboxId', 'content-type', 'content-length', 'if-match', '"x"', '*', 'text/html', 'application/json; charset=utf-16', 'validationToken', 'doctor', 'resume', 'users', 'due'],
  async run(input) {
    const members = membersOf(input);
    const route = NAMES.find((one) => one === members['route']) ?? 'health';
    const method = /^[A-Z]{1,10}$/.test(textOf(members['method'])) && !['CONNECT', 'TRACE', 'TRACK'].includes(textOf(members['method'])) ? textOf(members['method']) : 'GET';
    const query = texts(members['query']);
    const body = textOf(members['body']);
    const headers = Object.fromEntries(Object.entries(texts(members['headers'])).filter(([name, value]) => /^[a-z-]{1,40}$/i.test(name) && /^[\x20-\x7e]*$/.test(value)));
    const request = new HttpRequest({ method: method as 'GET', url: 'http://localhost:7071/api/x', query, params: texts(members['params']), headers, ...(method === 'GET' || method === 'HEAD' || body === '' ? {} : { body: { bytes: Buffer.from(body, 'utf8') } }) });
    const answer = (await world.clock.drive(Promise.resolve(door(route)?.handler(request, invocation('test'))))) as HttpResponseInit | null;
    const { status = 200, body: said, jsonBody, headers: answered } = answer ?? {};
    law(STATUSES.has(status), `answers ${status}`);
    const shown = `${jsonBody === undefined ? String(said ?? '') : JSON.stringify(jsonBody)} ${JSON.stringify(answered)}`;
    const isHandshake = (route === 'notifications' || route === 'lifecycle') && query['validationToken'] !== undefined;
    law(isHandshake || !shown.includes(CANARY), 'repeats something of the request');
    const sent = new Headers(answered as Record<string, string>);
    law(sent.get('x-content-type-options') === 'nosniff' && sent.get('cache-control') === 'no-store' && sent.get('content-security-policy')?.includes("default-src 'none'") === true, 'answers without the security headers');
    law(!isHandshake || status !== 200 || sent.get('content-type')?.startsWith('text/plain') === true, 'answers a handshake with a page');
    return status < 400 ? 'accepted' : 'refused';
  },
};

function texts(value: Json | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(membersOf(value ?? null)).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text] as const] : [])));
}
