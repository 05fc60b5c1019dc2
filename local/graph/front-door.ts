import type { SendPart } from './batch.ts';
import type { Call, Caller } from './call.ts';
import { rehearsal } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { answerOf, GraphFailure } from './failure.ts';
import type { Answer } from './failure.ts';
import { statusAnswer } from './faults.ts';
import type { Fault, Faults } from './faults.ts';
import { guidFromName } from './identifiers.ts';
import { readQuery } from './odata-query.ts';
import { matchRoute, routeName } from './router.ts';
import type { Match, Route } from './router.ts';
import type { Traffic, Visit } from './traffic.ts';
import { UPLOADS } from './upload-sessions.ts';
import type { UploadSessions } from './upload-sessions.ts';
import { findUser, userNotFound } from './user-routes.ts';

const MOST_BYTES = 4 * 1024 * 1024;
const JSON_TYPE = 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';

export interface FrontDoorParts {
  exchange: Exchange;
  random: () => number;
  baseUrl: string;
  traffic: Traffic;
  faults: Faults;
  routes: (send: SendPart) => Route[];
  uploads: UploadSessions;
}

/** Does what the request asks for; within another exchange, or as a request of another method for the same path, where told so. */
type Work = (inside?: Exchange, method?: string) => Promise<Answer>;

/** Everything between the socket and a handler: who asks, which route, limits, faults, the shape of an answer. */
export function createFrontDoor(parts: FrontDoorParts): (request: Request, url: URL) => Promise<Response> {
  const { exchange, traffic, faults } = parts;
  let requests = 0;
  const routes = parts.routes((request) => enter(request, new URL(request.url)));

  async function enter(request: Request, url: URL): Promise<Response> {
    const requestId = `00000000-0000-4000-8000-${(++requests).toString(16).padStart(12, '0')}`;
    const finish = (answer: Answer): Response => responseOf(answer, requestId);
    const refuse = (problem: unknown): Response => finish(refusalOf(problem, requestId, exchange.clock.now()));
    if (url.pathname.startsWith(UPLOADS)) return upload(request, url, requestId);
    let caller: Caller;
    let match: Match;
    let path: string;
    try {
      caller = callerOf(exchange, request.headers.get('authorization'));
      path = pathOf(url, caller);
      match = matchRoute(routes, request.method, path);
    } catch (problem) {
      return refuse(problem);
    }
    let text: string | undefined;
    const work: Work = async (inside = exchange, method = request.method) => {
      try {
        text ??= await request.text();
        if (Buffer.byteLength(text) > MOST_BYTES) throw new GraphFailure(413, 'RequestEntityTooLarge', 'The request entity is larger than 4 MB.');
        const params = resolveMailbox(inside, caller, match);
        const call: Call = {
          exchange: { ...inside, servedFor: caller.kind }, baseUrl: parts.baseUrl, caller, method, path, query: readQuery(url), headers: request.headers, text, params, signal: request.signal,
        };
        return await (method === request.method ? match : matchRoute(routes, method, path)).route.handler(call);
      } catch (problem) {
        return refusalOf(problem, requestId, exchange.clock.now());
      }
    };
    if (caller.kind === 'person') {
      traffic.count('people', routeName(match));
      return finish(await work());
    }
    const visit = visitOf(caller, match);
    traffic.count('app', routeName(match));
    const leave = traffic.enter(visit);
    recordForeignMailbox(exchange, traffic, caller, match, visit);
    const served = async (): Promise<Response> => {
      try {
        traffic.refuseExcess(visit);
      } catch (problem) {
        const answer = refusalOf(problem, requestId, exchange.clock.now());
        traffic.answered(visit, answer.status, retryAfter(answer));
        return finish(answer);
      }
      return serve(parts, faults.next(request.method, url.pathname + url.search), work, (answer) => {
        traffic.answered(visit, answer.status, retryAfter(answer));
        return finish(answer);
      });
    };
    return untilAnsweredOrClosed(served, request.signal, leave);
  }
  /** Parts of a large attachment go to an address that names no mailbox and takes no token. */
  async function upload(request: Request, url: URL, requestId: string): Promise<Response> {
    traffic.count('app', `${request.method} upload session`);
    const work: Work = async (inside = exchange) => {
      try {
        return await parts.uploads.put({ ...inside, servedFor: 'app' }, request, url);
      } catch (problem) {
        return refusalOf(problem, requestId, exchange.clock.now());
      }
    };
    const served = () => serve(parts, faults.next(request.method, url.pathname), work, (answer) => responseOf(answer, requestId));
    return untilAnsweredOrClosed(served, request.signal, () => undefined);
  }
  return enter;
}

/** A request is in flight until it is answered or its client closes it; closing does not undo what it had begun. */
function untilAnsweredOrClosed(served: () => Promise<Response>, signal: AbortSignal, leave: () => void): Promise<Response> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      leave();
      reject(signal.reason instanceof Error ? signal.reason : new DOMException('This operation was aborted', 'AbortError'));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    const done = (): void => {
      signal.removeEventListener('abort', onAbort);
      leave();
    };
    served().then(
      (response) => {
        done();
        resolve(response);
      },
      (problem: unknown) => {
        done();
        reject(problem instanceof Error ? problem : new Error(String(problem)));
      },
    );
  });
}

async function serve({ exchange, random }: FrontDoorParts, fault: Fault | undefined, work: Work, finish: (answer: Answer) => Response): Promise<Response> {
  const wait = (ms: number): Promise<void> => (ms <= 0 ? Promise.resolve() : new Promise((resolve) => exchange.clock.after(ms, resolve)));
  const { latencyMs } = exchange.quirks();
  const latency = typeof latencyMs === 'number' ? latencyMs : latencyMs.min + (latencyMs.max - latencyMs.min) * random();
  await wait(latency / 2);
  switch (fault?.kind) {
    case undefined: {
      const answer = await work();
      await wait(latency / 2);
      return finish(answer);
    }
    case 'lostAnswer':
      await work();
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }) });
    case 'errorBefore':
      return finish(statusAnswer(fault.status, fault.code, fault.retryAfterSeconds));
    case 'status':
      if (fault.commits === true) await work();
      return finish(statusAnswer(fault.status, fault.code, fault.retryAfterSeconds));
    case 'slow': {
      if (fault.commit === 'end') await wait(fault.ms);
      const answer = await work();
      if (fault.commit !== 'end') await wait(fault.ms);
      return finish(answer);
    }
    case 'never':
      if (fault.commits === true) await work();
      return new Promise<Response>(() => undefined);
    case 'garbage':
      return garbledAnswer(await work(), finish, fault.form);
    case 'storesNothing': {
      const asked = await work(rehearsal(exchange));
      return finish(fault.answer === 'kept' && asked.status === 200 ? await work(upToDate(exchange), 'GET') : asked);
    }
    case 'gone':
      return finish(statusAnswer(410, exchange.quirks().goneCode, undefined));
  }
}

/** What a change is answered with shows the item as it is, whatever copy a reading would come from. */
function upToDate(exchange: Exchange): Exchange {
  return { ...exchange, quirks: () => ({ ...exchange.quirks(), readLagMs: 0 }) };
}

/** A content that is cut off ends with its connection: its length was told. */
function garbledAnswer(answer: Answer, finish: (answer: Answer) => Response, form: Extract<Fault, { kind: 'garbage' }>['form']): Promise<Response> {
  if (answer.bytes === undefined || form === 'html') return garbled(finish(answer), form);
  const cut = new ReadableStream({
    start(controller) {
      controller.enqueue(answer.bytes?.slice(0, Math.floor(answer.bytes.length / 2)));
      controller.error(new TypeError('terminated'));
    },
  });
  return Promise.resolve(new Response(cut, { status: answer.status, ...(answer.headers === undefined ? {} : { headers: answer.headers }) }));
}

async function garbled(response: Response, form: Extract<Fault, { kind: 'garbage' }>['form']): Promise<Response> {
  const text = await response.text();
  const page = '<!DOCTYPE html><html><body><h1>Our services are not available right now</h1></body></html>';
  if (form === 'html') return new Response(page, { status: 200, headers: { 'content-type': 'text/html' } });
  if (form === 'truncated') return new Response(text.slice(0, Math.floor(text.length / 2)), { status: 200, headers: { 'content-type': JSON_TYPE } });
  return new Response(text, { status: 200, headers: { 'content-type': 'application/octet-stream' } });
}

function callerOf(exchange: Exchange, header: string | null): Caller {
  const token = /^Bearer\s+(\S+)$/i.exec(header ?? '')?.[1];
  const refused = () => new GraphFailure(401, 'InvalidAuthenticationToken', token === undefined ? 'Access token is empty.' : 'Access token validation failure. Invalid token.', {
    'www-authenticate': 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"',
  });
  if (token === undefined) throw refused();
  const person = /^person:(.+)$/.exec(token)?.[1];
  for (const tenant of exchange.tenants) {
    if (person !== undefined && tenant.users.some((user) => user.id === person)) return { kind: 'person', tenant, userId: person };
    if (tenant.appTokens.includes(token)) return { kind: 'app', tenant, token, appId: guidFromName(token) };
  }
  throw refused();
}

function pathOf(url: URL, caller: Caller): string {
  const path = /^\/v1\.0(\/.*)$/.exec(url.pathname)?.[1];
  if (path === undefined) throw new GraphFailure(404, 'BadRequest', 'Invalid version; the simulator answers below /v1.0.');
  if (!/^\/me(\/|$)/.test(path)) return path;
  if (caller.kind === 'app') throw new GraphFailure(400, 'BadRequest', '/me request is only valid with delegated authentication flow.');
  return path.replace(/^\/me/, `/users/${caller.userId}`);
}

/** The user of the path becomes his object id; unknown users and users without mailbox end here. */
function resolveMailbox(exchange: Exchange, caller: Caller, match: Match): Record<string, string> {
  const key = match.params['user'];
  if (key === undefined || !match.route.isMailbox) return match.params;
  const user = findUser(caller.tenant.users, key);
  if (user === undefined) throw userNotFound(key);
  const isInvited = caller.kind === 'app' || caller.userId === user.id || user.delegates?.includes(caller.userId) === true;
  if (!isInvited) throw new GraphFailure(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
  if (!exchange.mailboxes.has(user.id)) throw new GraphFailure(404, 'MailboxNotEnabledForRESTAPI', 'The mailbox is either inactive, soft-deleted, or is hosted on-premise.');
  return { ...match.params, user: user.id };
}

function visitOf(caller: Extract<Caller, { kind: 'app' }>, match: Match): Visit {
  const key = match.route.isMailbox ? (match.params['user'] ?? '') : '';
  return { appToken: caller.token, mailbox: findUser(caller.tenant.users, key)?.id ?? key, request: routeName(match) };
}

/** An application reached for a mailbox off its tenant's list, or for another tenant's. */
function recordForeignMailbox(exchange: Exchange, traffic: Traffic, caller: Caller, match: Match, visit: Visit): void {
  if (!match.route.isMailbox) return;
  const { allowedMailboxes, users } = caller.tenant;
  const isOwn = users.some((user) => user.id === visit.mailbox);
  const isForeign = !isOwn && exchange.tenants.some((tenant) => findUser(tenant.users, visit.mailbox) !== undefined);
  if (isForeign || (allowedMailboxes !== undefined && !allowedMailboxes.includes(visit.mailbox))) traffic.violation('mailboxNotAllowed', visit);
}

function refusalOf(problem: unknown, requestId: string, now: number): Answer {
  if (problem instanceof GraphFailure) return answerOf(problem, requestId, now);
  const message = problem instanceof Error ? problem.message : String(problem);
  return answerOf(new GraphFailure(500, 'SimulatorDefect', `The simulator failed on this request: ${message}`), requestId, now);
}

const retryAfter = (answer: Answer): number | null => {
  const text = answer.headers?.['retry-after'];
  return text === undefined ? null : Number(text);
};

function responseOf(answer: Answer, requestId: string): Response {
  const headers = { 'request-id': requestId, 'client-request-id': requestId, ...answer.headers };
  if (answer.bytes !== undefined) return new Response(answer.bytes as Uint8Array<ArrayBuffer>, { status: answer.status, headers });
  if (answer.body === undefined) return new Response(null, { status: answer.status, headers });
  return new Response(JSON.stringify(answer.body), { status: answer.status, headers: { ...headers, 'content-type': JSON_TYPE } });
}
