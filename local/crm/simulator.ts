import type { SimClock } from './clock.ts';
import type { Rights } from './command-context.ts';
import { answerControl, CONTROL_PATH } from './control.ts';
import { Exchange } from './exchange.ts';
import type { RunningCommand } from './exchange.ts';
import { FaultBook } from './faults.ts';
import type { Fault, PersonsEdit, SetFault } from './faults.ts';
import { Logins } from './logins.ts';
import type { CrmLogin } from './logins.ts';
import { crmUser, tableNamed, viewOf } from './people.ts';
import type { ActOptions, CrmUser, RecordView } from './people.ts';
import { Push } from './push.ts';
import type { PushCounters, PushOptions } from './push.ts';
import { withDefaults } from './quirks.ts';
import type { CrmQuirks } from './quirks.ts';
import { readRecordId } from './record-id.ts';
import { Records } from './records.ts';
import type { PendingChange, RecordChange } from './records.ts';
import { createSchema } from './schema.ts';
import type { FieldChange } from './schema.ts';
import { Store } from './store.ts';
import type { Snapshot } from './store.ts';
import { Traffic } from './traffic.ts';
import type { TrafficCounters } from './traffic.ts';
import { wallClock } from './wall-clock.ts';

export interface CrmSimulatorOptions {
  clock: SimClock;
  /** 0 to 1; decides faults with a rate and makes tokens. */
  random: () => number;
  /** IANA name of the zone that the CRM's wall clock shows. */
  timeZone: string;
  logins: CrmLogin[];
  /** As `<metainfo>` tells it. */
  build?: string;
  /** Fields that are missing or of another length in this customer's CRM, by `Table.Field`. */
  fields?: Record<string, FieldChange>;
  quirks?: Partial<CrmQuirks>;
  /** HTTP authentication in front of the interface (IIS). */
  basicAuth?: { user: string; password: string };
  /** Where the interface is served. Default `/interface/request`. */
  path?: string;
  /** Station of every record but the reps, who live on 0. Default 100. */
  station?: number;
  /** How long a request runs, in milliseconds; a function is asked for each request. Default 0. */
  latencyMs?: number | (() => number);
  rights?: Rights;
  push?: PushOptions;
}

export interface CrmState {
  traffic: TrafficCounters;
  records: Record<string, { alive: number; deleted: number }>;
  /** How many stamps each name of UpdBy has left, by table, since the counters were reset. */
  stampsBy: Record<string, Record<string, number>>;
  push: PushCounters;
  faults: SetFault[];
}

export interface CrmSimulator {
  /** Answers what is sent to the interface or to `/_sim/`; rejects like `fetch` where a connection dies. */
  fetch(request: Request): Promise<Response>;
  /** Lets a CRM user work in the CRM; `by` is a login name, a rep's name or SeqNo. Refusals throw. */
  act(by: string | number, options?: ActOptions): CrmUser;
  addLogin(login: CrmLogin): void;
  /** A one-time token for the attribute `auth`; undefined for an unknown user. */
  issueToken(user: string): string | undefined;
  /** Every record of a table, deleted ones too, ascending by key. */
  records(table: string): RecordView[];
  record(table: string, id: string): RecordView | undefined;
  state(): CrmState;
  resetCounters(): void;
  addFault(fault: Fault): number;
  removeFault(id: number): boolean;
  clearFaults(): void;
  lockLogins(ms: number, user?: string): void;
  unlockLogins(): void;
  /** Connections die, running requests stop; what was not committed is lost, the store stays. */
  restart(): void;
  snapshot(): Snapshot;
  /** As after a restore from a backup: what came after the snapshot never was. */
  restore(snapshot: Snapshot): void;
  setRights(rights: Rights | undefined): void;
  setPush(push: PushOptions | undefined): void;
  /** Told of every change, after it was stored. */
  onChange(listener: (change: RecordChange) => void): () => void;
  /** Told of every command of the interface just before it runs: whoever listens may act in the CRM then. */
  onCommand(listener: (command: RunningCommand) => void): () => void;
}

const DEFAULT_PATH = '/interface/request';
const DEFAULT_BUILD = '8.1.6.5855';
const DEFAULT_STATION = 100;
/** As UpdBy names a trigger that puts a field back. */
const TRIGGER = 'TRIGGER';

/** A simulated Aurea CRM with its CRM.interface, in memory (docs/simulators/crm.md). */
export function createCrmSimulator(options: CrmSimulatorOptions): CrmSimulator {
  const { clock, random } = options;
  const quirks = withDefaults(options.quirks ?? {});
  const path = options.path ?? DEFAULT_PATH;
  const { latencyMs = 0 } = options;
  const crmNow = (): number => clock.now() + quirks.clockSkewMs;
  const readWall = wallClock(options.timeZone);
  const store = new Store(createSchema({ tentativeAnswer: quirks.tentativeAnswer, fields: options.fields ?? {} }));
  const faults = new FaultBook(random);
  const traffic = new Traffic();
  const push = new Push(clock, options.push);
  const listeners = new Set<(change: RecordChange) => void>();
  const commandListeners = new Set<(command: RunningCommand) => void>();
  let rights = options.rights;
  let stampsBy: CrmState['stampsBy'] = {};

  const recordsFor = (byPeople: boolean, stampNow = crmNow): Records =>
    new Records({
      store,
      wallNow: () => readWall(stampNow()),
      station: options.station ?? DEFAULT_STATION,
      quirks,
      byInterface: !byPeople,
      beforeStore,
      changed(change) {
        fightBack(change);
        const { table } = change.record;
        const stamps = (stampsBy[change.by] ??= {});
        stamps[table] = (stamps[table] ?? 0) + 1;
        push.tell(change, tableNamed(store, table).short, byPeople);
        for (const listener of listeners) listener(change);
      },
    });
  const beforeStore = (change: PendingChange): void => {
    const { fightsBack } = quirks;
    if (fightsBack !== undefined && fightsBack.delayMs === undefined && change.table === fightsBack.table) {
      if (change.values[fightsBack.field] !== undefined) change.values[fightsBack.field] = fightsBack.value;
    }
    quirks.beforeStore?.(change);
  };
  const fightBack = ({ kind, record }: RecordChange): void => {
    const { fightsBack } = quirks;
    if (fightsBack?.delayMs === undefined || record.table !== fightsBack.table || kind === 'delete') return;
    if ((record.values[fightsBack.field] ?? '') === fightsBack.value) return;
    const putBack = (): void => void peopleRecords.update(record, { [fightsBack.field]: fightsBack.value }, TRIGGER);
    clock.after(fightsBack.delayMs, putBack);
  };
  const interfaceRecords = recordsFor(false);
  const peopleRecords = recordsFor(true);
  const logins = new Logins({
    logins: [...options.logins],
    store,
    now: () => clock.now(),
    random,
    forceLoginEncryption: quirks.forceLoginEncryption,
  });
  const exchange = new Exchange({
    clock,
    latencyMs: typeof latencyMs === 'number' ? () => latencyMs : latencyMs,
    basicAuth: options.basicAuth,
    quirks,
    logins,
    faults,
    traffic,
    beforeCommand(command) {
      for (const listener of commandListeners) listener(command);
    },
    edit: (edit) => applyEdit(simulator, edit),
    context: (session, startedAt) => ({
      store,
      records: startedAt === undefined ? interfaceRecords : recordsFor(false, () => startedAt + quirks.clockSkewMs),
      quirks,
      build: options.build ?? DEFAULT_BUILD,
      rights: (rep, record) => rights?.(rep, record) ?? 'write',
      session,
    }),
  });

  const simulator: CrmSimulator = {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const response = pathname.startsWith(CONTROL_PATH)
        ? await answerControl(simulator, request)
        : pathname === path
          ? await exchange.answer(request)
          : new Response('There is nothing here.', { status: 404 });
      if (quirks.dateHeader) response.headers.set('date', new Date(crmNow()).toUTCString());
      return response;
    },
    act(by, { stampedMsAgo = 0 } = {}) {
      const records = stampedMsAgo === 0 ? peopleRecords : recordsFor(true, () => crmNow() - stampedMsAgo);
      return crmUser({ store, records, logins, quirks }, by);
    },
    addLogin: (login) => logins.add(login),
    issueToken: (user) => logins.issueToken(user),
    records: (table) => store.all(tableNamed(store, table).name).map((record) => viewOf(store, record)),
    record(table, id) {
      const record = store.byId(tableNamed(store, table).name, readRecordId(id) ?? '');
      return record === undefined ? undefined : viewOf(store, record);
    },
    state: () => ({
      traffic: traffic.read(),
      records: store.counts(),
      stampsBy: structuredClone(stampsBy),
      push: push.read(),
      faults: faults.list(),
    }),
    resetCounters() {
      traffic.reset();
      push.reset();
      stampsBy = {};
    },
    addFault: (fault) => faults.add(fault),
    removeFault: (id) => faults.remove(id),
    clearFaults: () => faults.clear(),
    lockLogins: (ms, user) => logins.lock(ms, user),
    unlockLogins: () => logins.unlock(),
    restart: () => exchange.restart(),
    snapshot: () => store.snapshot(),
    restore: (snapshot) => store.restore(snapshot),
    setRights(next) {
      rights = next;
    },
    setPush: (next) => push.configure(next),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onCommand(listener) {
      commandListeners.add(listener);
      return () => void commandListeners.delete(listener);
    },
  };
  return simulator;
}

/** An edit that the CRM refuses is a mistake of whoever set the fault: it must not look like an answer of the CRM. */
function applyEdit(simulator: CrmSimulator, { by, table, id, values, deleted, stampedMsAgo = 0 }: PersonsEdit): void {
  try {
    const user = simulator.act(by, { stampedMsAgo });
    if (deleted === false) user.restore(table, id);
    if (values !== undefined) user.update(table, id, values);
    if (deleted === true) user.delete(table, id);
  } catch (cause) {
    throw new Error('The edit of a fault was refused by the simulated CRM; look at its by, id and values.', { cause });
  }
}
