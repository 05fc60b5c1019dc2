import type { SimClock } from './clock.ts';
import { answerControl } from './control-plane.ts';
import { createControls } from './control.ts';
import type { Controls } from './control.ts';
import { createDeltaTokens } from './delta.ts';
import { createMailbox } from './exchange.ts';
import type { Exchange, SimTenant } from './exchange.ts';
import { Faults } from './faults.ts';
import { createFrontDoor } from './front-door.ts';
import { createIds } from './identifiers.ts';
import { createNotifier } from './notifications.ts';
import type { Notifier } from './notifications.ts';
import { defaultQuirks } from './quirks.ts';
import type { Quirks } from './quirks.ts';
import { routeTable } from './route-table.ts';
import type { SubscriptionStore } from './subscriptions.ts';
import { Traffic } from './traffic.ts';
import { createUploadSessions } from './upload-sessions.ts';
import { findUser } from './user-routes.ts';

export interface GraphSimulatorOptions {
  clock: SimClock;
  /** Numbers from 0 to below 1; all ids and tokens come from it. */
  random: () => number;
  /** Reaches the notification endpoints. */
  fetch: typeof fetch;
  tenants: SimTenant[];
  /** Where clients reach the simulator, without `/v1.0`: absolute links begin with it. */
  baseUrl: string;
  quirks?: Partial<Quirks>;
}

export interface GraphSimulator extends Controls {
  baseUrl: string;
  /** The whole service in process; usable wherever a `fetch` is wanted. */
  fetch(input: Request | string | URL, init?: RequestInit): Promise<Response>;
}

/** Microsoft Graph v1.0 as far as calendars, users and subscriptions go: docs/simulators/graph.md. */
export function createGraphSimulator(options: GraphSimulatorOptions): GraphSimulator {
  const quirks = { ...defaultQuirks(), ...options.quirks };
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const traffic = new Traffic(options.clock, () => quirks);
  const faults = new Faults();
  const tokens = createDeltaTokens();
  const uploads = createUploadSessions(baseUrl);
  // Subscriptions need the notifier for the handshake, the notifier needs the subscriptions to know whom to tell.
  const links: { notifier?: Notifier } = {};
  const exchange = createExchange(options, quirks, (change) => links.notifier?.changed(change));
  const subscriptions: SubscriptionStore = {
    all: new Map(),
    mailboxFor(call, key) {
      const user = findUser(call.caller.tenant.users, key);
      const mailbox = user === undefined ? undefined : exchange.mailboxes.get(user.id);
      const request = 'POST /subscriptions';
      const allowed = call.caller.tenant.allowedMailboxes;
      if (allowed !== undefined && (user === undefined || !allowed.includes(user.id))) traffic.violation('mailboxNotAllowed', { mailbox: user?.id ?? key, request });
      return mailbox === undefined ? null : { id: mailbox.user.id, calendars: mailbox.calendars.map((calendar) => calendar.id) };
    },
    watchEnd: (subscription) => links.notifier?.watchEnd(subscription),
    validate: (url, id) => links.notifier?.validate(url, id) ?? Promise.resolve('No notifier.'),
  };
  const notifier = createNotifier({
    clock: options.clock,
    ids: exchange.ids,
    random: options.random,
    quirks: () => quirks,
    fetch: options.fetch,
    store: () => subscriptions,
  });
  links.notifier = notifier;
  const frontDoor = createFrontDoor({
    exchange,
    random: options.random,
    baseUrl,
    traffic,
    faults,
    uploads,
    routes: (send) =>
      routeTable({ tokens, subscriptions, uploads, send, onAlteredLink: (mailbox) => traffic.violation('linkAltered', { mailbox, request: 'GET calendarView/delta' }) }),
  });
  const controls = createControls({ exchange, quirks, traffic, faults, tokens, subscriptions, notifier });
  return {
    ...controls,
    baseUrl,
    fetch(input, init) {
      const request = input instanceof Request && init === undefined ? input : new Request(input, init);
      const url = new URL(request.url);
      return url.pathname.startsWith('/_sim/') ? answerControl(controls, request, url) : frontDoor(request, url);
    },
  };
}

function createExchange(options: GraphSimulatorOptions, quirks: Quirks, onChange: Exchange['onChange']): Exchange {
  const ids = createIds(options.random, () => quirks);
  const exchange: Exchange = { clock: options.clock, ids, random: options.random, quirks: () => quirks, tenants: options.tenants, mailboxes: new Map(), mails: [], onChange };
  const tokensSeen = new Set<string>();
  for (const tenant of options.tenants) {
    for (const token of tenant.appTokens) {
      if (tokensSeen.has(token)) throw new Error('An app token belongs to two tenants of the Graph simulator; give each tenant its own.');
      tokensSeen.add(token);
    }
    for (const user of tenant.users) {
      if (user.hasMailbox !== false) exchange.mailboxes.set(user.id, createMailbox(user, tenant, ids));
    }
  }
  return exchange;
}
