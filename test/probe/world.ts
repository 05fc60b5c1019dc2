import { setMaxListeners } from 'node:events';
import { crmSeeder } from '../../local/crm/seed.ts';
import { createCrmSimulator, type CrmSimulator, type CrmSimulatorOptions } from '../../local/crm/simulator.ts';
import type { Quirks } from '../../local/graph/quirks.ts';
import { createGraphSimulator, type GraphSimulator } from '../../local/graph/simulator.ts';
import { probeSurroundings } from '../../shared/compose.ts';
import type { RuleSource } from '../../shared/jobs/ports.ts';
import { runProbe } from '../../shared/probe/command.ts';
import type { Report } from '../../shared/probe/report.ts';
import { VirtualClock } from '../world/virtual-clock.ts';

export const TENANT = '11111111-1111-4111-8111-111111111111';
export const MAILBOX = '22222222-2222-4222-8222-222222222222';
const GUEST_ID = '33333333-3333-4333-8333-333333333333';
export const GUEST = 'guest.person@example.com';
export const REP = 'test.rep@example.com';
const GRAPH = 'http://127.0.0.1:5010';
const CRM = 'http://127.0.0.1:5020/interface/request';
export const PASSWORD = 'crm-secret-of-the-test';

/** What lies between the probe and a simulator: plays answers that no quirk plays. */
export type Between = (request: Request, send: (request: Request) => Promise<Response>) => Promise<Response>;

export interface Play {
  readonly graph?: Partial<Quirks>;
  readonly crm?: Partial<CrmSimulatorOptions>;
  readonly rules?: Readonly<Record<string, unknown>>;
  readonly roles?: readonly string[] | null;
  readonly between?: Between;
  readonly webhook?: boolean;
  /** Arguments besides those that say which mailbox. */
  readonly args?: readonly string[];
}

/** A token that Graph's simulator knows by its text and the probe can read. */
function tokenOf(roles: readonly string[] | null): string {
  if (roles === null) return 'a-token-that-tells-nothing';
  const claims = Buffer.from(JSON.stringify({ tid: TENANT, aud: 'https://graph.example.com', roles })).toString('base64url');
  return `head.${claims}.signature`;
}

function sourceOf(text: string): RuleSource {
  return { list: async () => [TENANT], read: async (tenantId) => (tenantId === TENANT ? { text, etag: '1' } : null) };
}

/** Both systems as somebody plays them, and the probe between them, by its command. */
export class ProbeWorld {
  readonly clock = new VirtualClock('2026-11-23T08:00:00Z');
  readonly graph: GraphSimulator;
  readonly crm: CrmSimulator;
  readonly token: string;
  readonly out: string[] = [];
  readonly err: string[] = [];
  readonly files = new Map<string, string>();
  readonly ending = new AbortController();
  /** Requests never come back any more, as after a crash. */
  dead = false;
  sent = 0;
  crashAt = Number.POSITIVE_INFINITY;
  private readonly play: Play;
  private state = 7;
  private readonly random = (): number => {
    this.state = (this.state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return this.state / 2_147_483_648;
  };

  constructor(play: Play = {}) {
    this.play = play;
    // The clock of tests keeps its listeners.
    setMaxListeners(0, this.ending.signal);
    this.token = tokenOf(play.roles === undefined ? ['Calendars.ReadWrite', 'User.Read.All'] : play.roles);
    const user = (id: string, name: string, mail: string) => ({ id, displayName: name, mail, userPrincipalName: mail, proxyAddresses: [`SMTP:${mail}`], timeZone: 'W. Europe Standard Time' });
    this.graph = createGraphSimulator({
      clock: this.clock,
      random: this.random,
      baseUrl: GRAPH,
      tenants: [{ id: TENANT, appTokens: [this.token], users: [user(MAILBOX, 'Spare', 'spare.mailbox@example.com'), user(GUEST_ID, 'Guest', GUEST)], allowedMailboxes: [MAILBOX, GUEST_ID] }],
      quirks: play.graph ?? {},
      fetch: async (input, init) => {
        const validation = new URL(new Request(input as string, init).url).searchParams.get('validationToken');
        if (play.webhook === false) throw new TypeError('fetch failed');
        return validation === null ? new Response(null, { status: 202 }) : new Response(validation, { status: 200, headers: { 'content-type': 'text/plain' } });
      },
    });
    this.crm = createCrmSimulator({ clock: this.clock, random: this.random, timeZone: 'Europe/Berlin', logins: [{ user: 'SYNC', password: PASSWORD, master: true }], ...play.crm });
    const seeder = crmSeeder(this.crm, 'SYNC');
    const house = seeder.company({ Company: 'Example House' });
    seeder.rep({ user: 'OTHER', firstName: 'Other', lastName: 'Rep', email: 'other.rep@example.com' }, house);
    seeder.rep({ user: 'TEST', firstName: 'Test', lastName: 'Rep', email: REP }, house);
  }

  get rules(): Record<string, unknown> {
    const { crm, graph, ...rest } = this.play.rules ?? {};
    return {
      tenantId: TENANT,
      crm: { url: CRM, user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin', ...(crm as object | undefined) },
      graph: { baseUrl: GRAPH, auth: 'local', ...(graph as object | undefined) },
      ...rest,
    };
  }

  private async wire(request: Request): Promise<Response> {
    this.sent += 1;
    if (this.sent >= this.crashAt) this.dead = true;
    if (this.dead) return new Promise(() => undefined);
    const send = (one: Request): Promise<Response> => (one.url.startsWith(GRAPH) ? this.graph.fetch(one) : this.crm.fetch(one));
    const answer = await (this.play.between?.(request, send) ?? send(request));
    return this.dead ? new Promise(() => undefined) : answer;
  }

  /** The command to its end; null where it died. */
  async run(...args: readonly string[]): Promise<0 | 1 | 2 | null> {
    const env = { GRAPH_LOCAL_TOKEN: this.token, CRM_PASSWORD: PASSWORD, ...(this.play.webhook === undefined ? {} : { PUBLIC_BASE_URL: 'https://connector.example.com' }) };
    const done = runProbe(args, {
      clock: this.clock,
      random: this.random,
      signal: this.ending.signal,
      open: () => probeSurroundings({ env, clock: this.clock, fetch: (request) => this.wire(request), rules: sourceOf(JSON.stringify(this.rules)) }),
      readFile: async (path) => this.files.get(path) ?? Promise.reject(new Error('There is no such file.')),
      writeFile: async (path, text) => void this.files.set(path, text),
      out: (line) => this.out.push(line),
      err: (line) => this.err.push(line),
    });
    return this.clock.drive(done, () => this.dead);
  }

  /** By the mailbox and whatever the play says besides. */
  async try(...more: readonly string[]): Promise<{ readonly code: 0 | 1 | 2 | null; readonly report: Report }> {
    const code = await this.run(...NAMED, '--json', ...(this.play.args ?? []), ...more);
    const text = this.out.at(-1);
    if (text === undefined) throw new Error(this.err.join('\n'));
    return { code, report: JSON.parse(text) as Report };
  }

  /** Subjects of what stands in the mailbox; occurrences count with their series. */
  subjects(): readonly string[] {
    return this.graph.events(MAILBOX).filter(({ place }) => place === 'calendar').map(({ row }) => String(row['subject']));
  }

  liveRecords(): number {
    return ['Contact', 'Document'].reduce((sum, table) => sum + this.crm.records(table).filter(({ deleted }) => !deleted).length, 0);
  }
}

export const NAMED = ['--tenant', TENANT, '--mailbox', MAILBOX, '--disposable', MAILBOX] as const;
export const BOTH_PEOPLE = ['--guest', GUEST, '--rep', REP] as const;
