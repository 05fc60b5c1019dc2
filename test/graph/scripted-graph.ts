import { tenantRulesSchema, type TenantRules } from '../../shared/config/rules.ts';
import { PortFailure } from '../../shared/sync/failures.ts';
import { graphMailbox } from '../../shared/graph/open.ts';
import type { Fetch } from '../../shared/graph/middleware/terminal.ts';
import type { Gate, GraphSide, MailboxRef } from '../../shared/sync/ports.ts';
import { VirtualClock } from './virtual-clock.ts';

export const BASE = 'http://127.0.0.1:8910';
export const TENANT = '11111111-1111-4111-8111-111111111111';
export const MAILBOX = '22222222-2222-4222-8222-222222222222';

export const mailbox: MailboxRef = { tenantId: TENANT, mailboxId: MAILBOX, addresses: ['ada@example.com'], rep: 7, repEmail: 'ada@example.com' };

export const openGate: Gate = { enter: async () => undefined };

export function tenantRules(graph: Partial<TenantRules['graph']> = {}, timeZone = 'Europe/Berlin'): TenantRules {
  return tenantRulesSchema.parse({ tenantId: TENANT, graph, crm: { url: 'https://crm.example.com', user: 'connector', passwordSetting: 'CRM_PASSWORD', timeZone } });
}

/** One request as it left the transport. */
export interface Sent {
  readonly url: string;
  /** Path and query below the version, decoded. */
  readonly asked: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: unknown;
  readonly init: RequestInit;
}

export type Script = (sent: Sent, index: number) => Response | Promise<Response>;

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'content-type': 'application/json; odata.metadata=minimal', ...headers } });
}

export function refusal(status: number, code: string, headers: Record<string, string> = {}): Response {
  return json({ error: { code, message: 'Text of the server about Quarterly secrets of ada@example.com', innerError: {} } }, status, headers);
}

/** A Graph that answers by script and remembers what it was asked. */
export function scriptedFetch(script: Script): { readonly fetch: Fetch; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  return {
    sent,
    async fetch(url, init) {
      const one: Sent = {
        url,
        asked: decodeURIComponent(url.replace(`${BASE}/v1.0`, '')),
        method: init.method ?? 'GET',
        headers: new Headers(init.headers),
        body: typeof init.body === 'string' ? JSON.parse(init.body) : null,
        init,
      };
      sent.push(one);
      return script(one, sent.length - 1);
    },
  };
}

export interface Opened {
  readonly side: GraphSide;
  readonly sent: Sent[];
  readonly clock: VirtualClock;
}

export function openScripted(script: Script, options: { readonly gate?: Gate; readonly rules?: TenantRules } = {}): Opened {
  const clock = new VirtualClock();
  const { fetch, sent } = scriptedFetch(script);
  const opened = graphMailbox({ baseUrl: BASE, fetch, token: async () => 'token', clock, mailbox, gate: options.gate ?? openGate, rules: options.rules ?? tenantRules() });
  return { side: opened.appointment, sent, clock };
}

/** A complete single event as Graph shows it. */
export function graphEvent(members: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    '@odata.etag': 'W/"v1"',
    id: 'AAEvent1=',
    type: 'singleInstance',
    createdDateTime: '2026-11-01T10:00:00.0000000Z',
    lastModifiedDateTime: '2026-11-20T10:11:12.3456789Z',
    subject: 'Visit',
    body: { contentType: 'html', content: '<html><body><div>Bring the offer</div></body></html>' },
    start: { dateTime: '2026-11-25T09:00:00.0000000', timeZone: 'UTC' },
    end: { dateTime: '2026-11-25T10:30:00.0000000', timeZone: 'UTC' },
    isAllDay: false,
    showAs: 'busy',
    importance: 'normal',
    sensitivity: 'normal',
    categories: [],
    isReminderOn: true,
    reminderMinutesBeforeStart: 15,
    location: { displayName: 'Room 1', locationType: 'default' },
    locations: [],
    attendees: [],
    isOrganizer: true,
    isCancelled: false,
    isDraft: false,
    isOnlineMeeting: false,
    responseStatus: { response: 'organizer', time: '0001-01-01T00:00:00Z' },
    organizer: { emailAddress: { name: 'Ada', address: 'ada@example.com' } },
    ...members,
  };
}

export async function failureOf(work: Promise<unknown>): Promise<PortFailure> {
  const outcome: unknown = await work.then(
    () => null,
    (failure: unknown) => failure,
  );
  if (outcome instanceof PortFailure) return outcome;
  throw new Error(`A PortFailure was expected, not ${String(outcome)}`);
}
