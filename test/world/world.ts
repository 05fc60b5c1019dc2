import { HttpRequest, type HttpHandler } from '@azure/functions';
import { adminJobs } from '../../functions/admin-jobs.ts';
import { graphLifecycle } from '../../functions/graph-lifecycle.ts';
import { graphNotifications } from '../../functions/graph-notifications.ts';
import { health } from '../../functions/health.ts';
import { tenantJobs } from '../../functions/tenant-jobs.ts';
import { dueTimer, enqueueTimer } from '../../functions/timers.ts';
import { createCrmSimulator, type CrmSimulator } from '../../local/crm/simulator.ts';
import { crmSeeder, type SeededRep } from '../../local/crm/seed.ts';
import type { CrmQuirks } from '../../local/crm/quirks.ts';
import type { FieldChange } from '../../local/crm/schema.ts';
import { createGraphSimulator, type GraphSimulator } from '../../local/graph/simulator.ts';
import type { SimUser } from '../../local/graph/exchange.ts';
import type { Quirks } from '../../local/graph/quirks.ts';
import { memoryStorage, type MemoryStorage } from '../../local/state/memory.ts';
import type { StorageHooks } from '../../local/state/operation.ts';
import type { AppOf } from '../../shared/compose.ts';
import { CONTAINERS, QUEUES, ROUTES } from '../../shared/config/names.ts';
import type { KeptConflict } from '../../shared/sync/conflicts.ts';
import type { JournalEntry } from '../../shared/sync/journal.ts';
import { loadHtml } from '../../shared/model/text/html.ts';
import { decodeRow, mailboxPartition, prefixBounds } from '../../shared/sync/rows.ts';
import { BATCH, invocation, IN_WORK_MS, QUEUE_HANDLERS, sendBack, TIMER } from './host-rules.ts';
import { CrmPerson, Outlook } from './people.ts';
import { openedWorlds } from './opened-worlds.ts';
import { SECOND_TENANT, TENANT, ZONE } from './places.ts';
import { PRODUCT, type Product } from './product.ts';
import { seeded } from './random.ts';
import { VirtualClock } from './virtual-clock.ts';
import { Worker, type CrashPlan } from './worker.ts';

// Parts that the product loads late come from disk, in real time: virtual time must not run ahead of them.
await loadHtml();
await import('re2js');

const APP_TOKEN = 'app-token';

export interface WorldOptions {
  readonly seed?: number;
  readonly start?: string;
  readonly users?: number;
  readonly rules?: Record<string, unknown>;
  readonly crmRules?: Record<string, unknown>;
  readonly graphQuirks?: Partial<Quirks>;
  readonly crmQuirks?: Partial<CrmQuirks>;
  readonly crmBuild?: string;
  /** Fields that this CRM lacks or holds otherwise, by `Table.Field`. */
  readonly crmFields?: Record<string, FieldChange>;
  readonly crmLatencyMs?: () => number;
  readonly hooks?: StorageHooks;
  /** Another tenant's world whose process, storage and time this one shares: `live` there works for both. */
  readonly beside?: World;
  readonly zone?: string;
  /** Whoever made this world judges its mails himself, as histories do. */
  readonly judgesMails?: boolean;
  /** Stands between the product and the network: for crashes and counting. */
  readonly wire?: (request: Request, send: (request: Request) => Promise<Response>) => Promise<Response>;
}

export interface Employee {
  /** His mailbox. In histories in which these change hands it becomes another one, and so does his rep. */
  id: string;
  readonly mail: string;
  rep: SeededRep;
}

/** The whole product in one process and in virtual time: real handlers, real adapters, real JSON and XML, both simulators, the in-memory twin. */
export class World {
  readonly clock: VirtualClock;
  readonly graph: GraphSimulator;
  readonly crm: CrmSimulator;
  readonly storage: MemoryStorage;
  readonly employees: Employee[] = [];
  /** The mailboxes that this tenant's list names: a request to another one is a violation. */
  readonly allowed: string[];
  readonly events: Record<string, unknown>[] = [];
  /** Changed in place, counts within half a minute. */
  readonly rules: Record<string, unknown>;
  /** Distribution lists of the tenant. */
  readonly lists: { address: string; members: string[] }[] = [];
  /** Files beside the rules, by name without the tenant. */
  readonly companions = new Map<string, string>();
  /** The people of Entra, as the Graph simulator reads them at each request. */
  readonly people: SimUser[];
  /** The CRM's own person for whom appointments are made in the CRM. */
  readonly options: WorldOptions;
  readonly env: Record<string, string>;
  readonly tenantId: string;
  readonly zone: string;
  private readonly graphUrl: string;
  private readonly crmUrl: string;
  private readonly neighbours: World[] = [];
  /** Mails of the connector that the test announced, or has looked at. */
  announcedMails = 0;
  private countedMails = 0;
  worker = new Worker();
  /** Graph cannot reach our webhooks. */
  webhookDown = false;
  /** Who answers Graph's requests to our webhooks; the one worker of this world where nobody else does. */
  answering: (() => AppOf) | null = null;
  private appOf: AppOf;

  constructor(options: WorldOptions = {}) {
    this.options = options;
    const random = seeded(options.seed ?? 1);
    const { beside } = options;
    this.tenantId = beside === undefined ? TENANT : SECOND_TENANT;
    this.zone = options.zone ?? ZONE;
    this.graphUrl = beside === undefined ? 'http://localhost:4010' : 'http://localhost:4011';
    this.crmUrl = beside === undefined ? 'http://localhost:4020/interface/request' : 'http://localhost:4021/interface/request';
    this.clock = beside?.clock ?? new VirtualClock(options.start ?? '2026-11-23T07:00:00Z');
    const family = beside === undefined ? '22222222-2222-4222-8222-22222222222' : '44444444-4444-4444-8444-44444444444';
    const domain = beside === undefined ? 'example.com' : 'example.org';
    const token = APP_TOKEN;
    const password = beside === undefined ? 'crm-secret' : 'second-crm-secret';
    const users = Array.from({ length: options.users ?? 1 }, (_, i) => ({
      id: `${family}${i}`,
      displayName: `Employee ${i}`,
      mail: `employee${i}@${domain}`,
      userPrincipalName: `employee${i}@${domain}`,
    }));
    this.people = users;
    this.allowed = users.map((user) => user.id);
    this.graph = createGraphSimulator({
      clock: this.clock,
      random,
      fetch: (input, init) => this.deliver(new Request(input, init)),
      tenants: [{ id: this.tenantId, appTokens: [token], users, lists: this.lists, allowedMailboxes: this.allowed }],
      baseUrl: this.graphUrl,
      quirks: { ...options.graphQuirks },
    });
    this.crm = createCrmSimulator({
      clock: this.clock,
      random,
      timeZone: this.zone,
      logins: [{ user: 'SYNC', password, master: true }],
      ...(options.crmQuirks === undefined ? {} : { quirks: options.crmQuirks }),
      ...(options.crmBuild === undefined ? {} : { build: options.crmBuild }),
      ...(options.crmFields === undefined ? {} : { fields: options.crmFields }),
      ...(options.crmLatencyMs === undefined ? {} : { latencyMs: options.crmLatencyMs }),
    });
    const seeder = crmSeeder(this.crm, 'SYNC');
    const house = seeder.company({ Company: 'House Ltd.' });
    for (const [i, user] of users.entries()) {
      const rep = seeder.rep({ user: `EMP${i}`, firstName: 'Employee', lastName: String(i), email: user.mail }, house);
      this.employees.push({ id: user.id, mail: user.mail, rep });
    }
    this.storage = beside?.storage ?? memoryStorage({ clock: this.clock, random, ...(options.hooks === undefined ? {} : { hooks: options.hooks }) });
    this.rules = {
      tenantId: this.tenantId,
      crm: { url: this.crmUrl, user: 'SYNC', passwordSetting: beside === undefined ? 'CRM_PASSWORD' : 'SECOND_CRM_PASSWORD', timeZone: this.zone, ...options.crmRules },
      graph: { baseUrl: this.graphUrl, auth: 'local' },
      ...options.rules,
    };
    this.env = { GRAPH_LOCAL_TOKEN: APP_TOKEN, PUBLIC_BASE_URL: 'http://localhost:7071', WEBHOOK_SECRET: 'a secret of at least 32 characters', CRM_PASSWORD: 'crm-secret' };
    this.appOf = this.newWorker(this.worker, random);
    if (beside !== undefined) {
      beside.neighbours.push(this);
      Object.assign(beside.env, { SECOND_CRM_PASSWORD: password });
      beside.replaceWorker();
      this.appOf = beside.appOf;
    }
    if (options.judgesMails !== true) openedWorlds.tell?.(this);
  }

  /** A worker with an empty memory: after a crash, or a second one beside the first. */
  newWorker(worker = new Worker(), random: () => number = seeded((this.options.seed ?? 1) + 7_777), product: Product = PRODUCT): AppOf {
    const worlds = [this, ...this.neighbours];
    const send = (request: Request): Promise<Response> => sendTo(worlds, request);
    const { wire } = this.options;
    const made = product.compose({
      env: this.env,
      clock: worker.clock(this.clock),
      random,
      fetch: worker.fetch((request) => (wire === undefined ? send(request) : wire(request, send))),
      storage: worker.storage(this.storage),
      rules: {
        list: async () => worlds.map((world) => world.tenantId),
        read: async (id, etag) => {
          const owner = worlds.find((world) => world.tenantId === id);
          if (owner === undefined) return null;
          const text = JSON.stringify(owner.rules);
          return etag === text ? 'unchanged' : { text, etag: text };
        },
        companion: async (id, name) => worlds.find((world) => world.tenantId === id)?.companions.get(name) ?? null,
      },
    });
    return () => made((line) => this.events.push(JSON.parse(line) as Record<string, unknown>));
  }

  /** From now on another worker does the work; the one before keeps its memory only in what it is still doing. */
  replaceWorker(worker = new Worker()): void {
    this.worker = worker;
    this.appOf = this.newWorker(worker);
  }

  get employee(): Employee {
    const [first] = this.employees;
    if (first === undefined) throw new Error('This world has no employee.');
    return first;
  }

  // ---------------------------------------------------------------------------------------------- functions

  async call(handler: (appOf: AppOf) => HttpHandler, request: Request, params: Record<string, string> = {}, appOf: AppOf = this.appOf): Promise<Response> {
    const url = new URL(request.url);
    const text = request.body === null ? undefined : await request.text();
    const given = new HttpRequest({ method: request.method as 'POST', url: request.url, headers: Object.fromEntries(request.headers), query: Object.fromEntries(url.searchParams), params, ...(text === undefined ? {} : { body: { string: text } }) });
    const answer = await handler(appOf)(given, invocation('test'));
    const { status = 200, body, jsonBody, headers } = answer as { status?: number; body?: string; jsonBody?: unknown; headers?: Record<string, string> };
    return new Response(jsonBody === undefined ? (body ?? null) : JSON.stringify(jsonBody), { status, ...(headers === undefined ? {} : { headers }) });
  }

  private async deliver(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (this.webhookDown) return new Response('nobody listens', { status: 503 });
    const appOf = this.answering?.() ?? this.appOf;
    if (pathname === `/api/${ROUTES.notifications}`) return this.call(graphNotifications, request, {}, appOf);
    if (pathname === `/api/${ROUTES.lifecycle}`) return this.call(graphLifecycle, request, {}, appOf);
    if (pathname === `/api/${ROUTES.health}`) return this.call(health, request, {}, appOf);
    if (pathname.startsWith('/api/admin/')) return this.call(adminJobs, request, {}, appOf);
    return new Response('nothing here', { status: 404 });
  }

  private async timer(handler: ReturnType<typeof dueTimer>): Promise<void> {
    await this.clock.drive(Promise.resolve(handler(TIMER, invocation('timer'))), () => this.worker.dead);
  }

  async pollCrm(): Promise<void> {
    await this.timer(enqueueTimer(this.appOf, 'crmPoll'));
  }

  async reconcile(): Promise<void> {
    await this.timer(enqueueTimer(this.appOf, 'reconcile'));
  }

  async keepSubscriptions(): Promise<void> {
    await this.timer(enqueueTimer(this.appOf, 'subscriptions'));
  }

  async syncUsers(): Promise<void> {
    await this.timer(enqueueTimer(this.appOf, 'users'));
  }

  async ringDue(): Promise<void> {
    await this.timer(dueTimer(this.appOf));
  }

  /** Takes what is visible on the queues, as the host does: failed messages come back after 30 s, poison after five times. */
  async drain(appOf: AppOf = this.appOf, worker: Worker = this.worker): Promise<number> {
    let worked = 0;
    for (;;) {
      if (worker.dead) return worked;
      let idle = true;
      for (const [queue, handler] of QUEUE_HANDLERS) {
        for (const message of await this.storage.queues.receive(queue, { max: BATCH, invisibleMs: IN_WORK_MS })) {
          idle = false;
          worked += 1;
          try {
            const ended = await this.clock.drive(Promise.resolve(handler(appOf)(parsed(message.text), invocation(queue, message))).then(() => true), () => worker.dead);
            if (ended === true) await this.storage.queues.remove(queue, message);
          } catch (failure) {
            this.events.push({ evt: 'handler.failed', queue, message: failure instanceof Error ? failure.message : String(failure), stack: failure instanceof Error ? failure.stack : '' });
            await sendBack(this.storage.queues, queue, message);
          }
        }
      }
      if (idle) return worked;
    }
  }

  /** One worker works what is visible, until it is done or dies as planned. */
  async drainWith(crash: CrashPlan | null): Promise<Worker> {
    const worker = new Worker(crash);
    this.replaceWorker(worker);
    await this.drain();
    return worker;
  }

  /** Works what waits on the queue of tenant jobs, and nothing else. */
  async workTenantJobs(): Promise<void> {
    await this.clock.until(this.clock.now() + 2);
    for (const message of await this.storage.queues.receive(QUEUES.tenantJobs, { max: BATCH, invisibleMs: IN_WORK_MS })) {
      await tenantJobs(this.appOf)(parsed(message.text), invocation('tenantJobs'));
      await this.storage.queues.remove(QUEUES.tenantJobs, message);
    }
  }

  /** Lets the connector live for so long: timers, notifications, queues. */
  async live(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    while (this.clock.now() < end) {
      const next = Math.min(end, (Math.floor(this.clock.now() / 5_000) + 1) * 5_000);
      await this.clock.until(next);
      if (next % 30_000 === 0) await this.pollCrm();
      if (next % 15_000 === 0) await this.ringDue();
      await this.drain();
    }
  }

  /** The same in longer steps, for waits of many minutes. */
  async rest(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    while (this.clock.now() < end) {
      await this.clock.until(Math.min(end, this.clock.now() + 60_000));
      await this.pollCrm();
      await this.ringDue();
      await this.drain();
    }
  }

  /** Days go by, with every timer once an hour. */
  async days(days: number): Promise<void> {
    for (let hour = 0; hour < days * 24; hour += 1) {
      await this.clock.until(this.clock.now() + 3_600_000);
      await this.syncUsers();
      await this.keepSubscriptions();
      await this.reconcile();
      await this.pollCrm();
      await this.ringDue();
      await this.drain();
    }
  }

  /** The users' job, then everything until it is quiet. */
  async start(): Promise<void> {
    await this.syncUsers();
    await this.drain();
    await this.live(90_000);
  }

  /** Long enough for a change to arrive and for its echo to die away. */
  async settle(): Promise<void> {
    await this.live(120_000);
  }

  // ---------------------------------------------------------------------------------------------- what people see and do

  outlook(employee = this.employee, actor = employee): Outlook {
    return new Outlook(this, employee, actor);
  }

  crmUser(employee = this.employee): CrmPerson {
    return new CrmPerson(this, employee);
  }

  // ---------------------------------------------------------------------------------------------- the connector's own books, for messages only

  async journal(employee = this.employee): Promise<JournalEntry[]> {
    const { rows } = await this.storage.tables.range('mailbox', mailboxPartition(this.tenantId, employee.id), prefixBounds('journal|'));
    // The next version's rows, too, which have another shape (test/simulation/run/next.mjs).
    const entries = (written: JournalEntry[] | { readonly next: JournalEntry[] } | null): JournalEntry[] => (written === null || Array.isArray(written) ? (written ?? []) : written.next);
    return rows.flatMap((row) => entries(decodeRow({ ...row, cells: { ...row.cells, v: 0 } })));
  }

  async conflicts(): Promise<KeptConflict[]> {
    const blobs = await this.storage.blobs.list(CONTAINERS.conflicts, '');
    const kept = await Promise.all(blobs.map(({ name }) => this.storage.blobs.get(CONTAINERS.conflicts, name)));
    return kept.flatMap((blob) => (blob === null ? [] : [JSON.parse(new TextDecoder().decode(blob.bytes)) as KeptConflict]));
  }

  /** Requests of the connector that wrote something, as the two systems counted them. */
  writes(): { graph: number; crm: number } {
    const graph = Object.entries(this.graph.state().app).filter(([request]) => /^(POST|PATCH|DELETE)/.test(request) && request.includes('/events'));
    const { commands } = this.crm.state().traffic;
    return { graph: graph.reduce((sum, [, count]) => sum + count, 0), crm: (commands['import'] ?? 0) + (commands['update'] ?? 0) + (commands['delete'] ?? 0) + (commands['insert'] ?? 0) };
  }

  requests(): { graph: number; crm: number } {
    return { graph: Object.values(this.graph.state().app).reduce((sum, count) => sum + count, 0), crm: this.crm.state().traffic.requests };
  }

  /** So many mails more are rightly sent because the connector writes: a test in which another number was sent has failed. */
  expectMails(count: number): void {
    this.announcedMails += count;
  }

  /** The test looks at what was mailed up to now, and judges it. */
  lookedAtMails(): void {
    this.announcedMails = this.sentMails();
  }

  /** Mails that Graph sent for the connector's own requests, from the beginning; what people send is theirs. */
  sentMails(): number {
    return this.countedMails + this.graph.state().mails.filter(({ by }) => by === 'app').length;
  }

  resetCounters(): void {
    this.countedMails = this.sentMails();
    this.graph.resetCounters();
    this.crm.resetCounters();
    this.events.length = 0;
  }

  violations(): unknown[] {
    return [...(this.graph.state() as unknown as { violations: unknown[] }).violations, ...(this.crm.state().traffic as unknown as { violations: unknown[] }).violations];
  }
}

/** The network as all tenants of this process see it. */
function sendTo(worlds: readonly World[], request: Request): Promise<Response> {
  const { origin } = new URL(request.url);
  for (const { graph, crm, rules } of worlds) {
    if (graph.baseUrl === origin) return graph.fetch(request);
    if (new URL(String((rules['crm'] as { url: string }).url)).origin === origin) return crm.fetch(request);
  }
  return Promise.reject(new TypeError('fetch failed'));
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
