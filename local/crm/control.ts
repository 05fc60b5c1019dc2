import { readFault } from './fault-reader.ts';
import type { Fault, SetFault } from './faults.ts';
import { readValues } from './people.ts';
import type { ActOptions, CrmUser, RecordView } from './people.ts';
import { Refused } from './refused.ts';
import type { Snapshot } from './store.ts';

/** Everything below it is the simulator's own door, in JSON: no part of a CRM. */
export const CONTROL_PATH = '/_sim/';

/** What the door reaches of the simulator. */
export interface ControlledCrm {
  act(by: string | number, options?: ActOptions): CrmUser;
  records(table: string): RecordView[];
  record(table: string, id: string): RecordView | undefined;
  state(): { faults: SetFault[] };
  resetCounters(): void;
  addFault(fault: Fault): number;
  removeFault(id: number): boolean;
  clearFaults(): void;
  lockLogins(ms: number, user?: string): void;
  unlockLogins(): void;
  restart(): void;
  snapshot(): Snapshot;
  restore(snapshot: Snapshot): void;
  issueToken(user: string): string | undefined;
}

type Body = Record<string, unknown>;

/** Snapshots that were taken over HTTP, by simulator. */
const snapshots = new WeakMap<ControlledCrm, Map<string, Snapshot>>();

/** Answers a request below `/_sim/`; a refusal is `{ error, fieldname? }` with the CRM's code as status. */
export async function answerControl(simulator: ControlledCrm, request: Request): Promise<Response> {
  try {
    const url = new URL(request.url);
    const path = url.pathname.slice(CONTROL_PATH.length).split('/').map(decodeURIComponent);
    const body = request.method === 'GET' ? {} : await readBody(request);
    return route(simulator, `${request.method} ${path[0] ?? ''}`, path.slice(1), url.searchParams, body);
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause;
    return Response.json({ error: cause.message, fieldname: cause.fieldname }, { status: cause.code });
  }
}

async function readBody(request: Request): Promise<Body> {
  const text = await request.text();
  if (text.trim() === '') return {};
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Body;
  } catch {
    // Said below: what cannot be read is no object either.
  }
  throw new Refused(422, 'The body is a JSON object.');
}

function route(simulator: ControlledCrm, what: string, rest: string[], query: URLSearchParams, body: Body): Response {
  const [first, second] = rest;
  switch (what) {
    case 'GET state':
      return Response.json(simulator.state());
    case 'POST reset-counters':
      simulator.resetCounters();
      return done();
    case 'GET faults':
      return Response.json({ faults: simulator.state().faults });
    case 'POST faults':
      return Response.json({ id: simulator.addFault(readFault(body)) }, { status: 201 });
    case 'DELETE faults':
      if (first === undefined) simulator.clearFaults();
      else if (!simulator.removeFault(Number(first))) throw new Refused(404, 'There is no such fault.');
      return done();
    case 'POST restart':
      simulator.restart();
      return done();
    case 'POST login-lock':
      if (typeof body.ms !== 'number') throw new Refused(422, 'A login lock needs ms, a number.');
      simulator.lockLogins(body.ms, typeof body.user === 'string' ? body.user : undefined);
      return done();
    case 'DELETE login-lock':
      simulator.unlockLogins();
      return done();
    case 'POST snapshot':
      return takeSnapshot(simulator);
    case 'POST restore':
      return restoreSnapshot(simulator, body);
    case 'GET token':
      return token(simulator, query);
    case 'GET records':
      return Response.json(second === undefined ? { records: list(simulator, first, query) } : one(simulator, first, second));
    case 'POST records':
      return Response.json(whoActs(simulator, query, body).create(first ?? '', readValues(body.values)), { status: 201 });
    case 'PATCH records':
      return Response.json(change(simulator, first ?? '', second ?? '', query, body));
    case 'DELETE records':
      return Response.json(whoActs(simulator, query, body).delete(first ?? '', second ?? ''));
    default:
      throw new Refused(404, 'The simulator has no such door; see docs/simulators/crm.md.');
  }
}

function done(): Response {
  return new Response(null, { status: 204 });
}

function takeSnapshot(simulator: ControlledCrm): Response {
  const taken = snapshots.get(simulator) ?? new Map<string, Snapshot>();
  snapshots.set(simulator, taken);
  const id = String(taken.size + 1);
  taken.set(id, simulator.snapshot());
  return Response.json({ id }, { status: 201 });
}

function restoreSnapshot(simulator: ControlledCrm, body: Body): Response {
  const snapshot = snapshots.get(simulator)?.get(String(body.id));
  if (snapshot === undefined) throw new Refused(404, 'There is no such snapshot; name the id that taking it answered.');
  simulator.restore(snapshot);
  return done();
}

function token(simulator: ControlledCrm, query: URLSearchParams): Response {
  const issued = simulator.issueToken(query.get('user') ?? '');
  if (issued === undefined) throw new Refused(404, 'There is no such login; name it as user=.');
  return new Response(issued, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

/** `by` stands in the body or the query: a login, a rep's name or a rep's SeqNo; `stampedMsAgo` beside it. */
function whoActs(simulator: ControlledCrm, query: URLSearchParams, body: Body): CrmUser {
  const by = body.by ?? query.get('by');
  const stampedMsAgo = Number(body.stampedMsAgo ?? query.get('stampedMsAgo') ?? '0');
  const options = Number.isFinite(stampedMsAgo) ? { stampedMsAgo } : {};
  if (typeof by === 'number') return simulator.act(by, options);
  if (typeof by !== 'string' || by === '') throw new Refused(422, 'Say who does it: by= a login or a rep.');
  const who = /^\d+$/.test(by) ? Number(by) : by;
  return simulator.act(who, options);
}

/** `deleted` marks or restores, `values` are written; both may stand in one body. */
function change(simulator: ControlledCrm, table: string, id: string, query: URLSearchParams, body: Body): RecordView {
  const user = whoActs(simulator, query, body);
  if (body.deleted === false) user.restore(table, id);
  if (body.values !== undefined) user.update(table, id, readValues(body.values));
  if (body.deleted === true) user.delete(table, id);
  return one(simulator, table, id);
}

function one(simulator: ControlledCrm, table: string | undefined, id: string): RecordView {
  const record = simulator.record(table ?? '', id);
  if (record === undefined) throw new Refused(404, 'There is no such record.');
  return record;
}

/** Options of the query are fields that must be equal, `from` and `to` bound `Date`, `deleted=true` adds deleted records. */
function list(simulator: ControlledCrm, table: string | undefined, query: URLSearchParams): RecordView[] {
  const wanted = [...query].filter(([name]) => !['from', 'to', 'deleted', 'limit'].includes(name));
  const known = simulator.records(table ?? '')[0]?.values;
  for (const [name] of wanted) {
    if (known !== undefined && !(name in known)) throw new Refused(422, 'The table has no such field.', name);
  }
  const from = query.get('from') ?? '';
  const to = query.get('to') ?? '\uffff';
  const found: RecordView[] = [];
  for (const record of simulator.records(table ?? '')) {
    if (record.deleted && query.get('deleted') !== 'true') continue;
    const { Date: date = '' } = record.values;
    if (('Date' in record.values && date < from) || date > to) continue;
    if (wanted.every(([name, value]) => record.values[name]?.toLowerCase() === value.toLowerCase())) found.push(record);
  }
  const limit = Number(query.get('limit') ?? '0');
  return limit > 0 ? found.slice(0, limit) : found;
}
