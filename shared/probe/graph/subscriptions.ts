import { hour, minute, toIso } from '../../model/time/instant.ts';
import { CannotTry, doesNotHold, holds, judged, seconds, type Fact } from '../fact.ts';
import { firstRound } from './delta.ts';
import type { ProbedMailbox } from './mailbox.ts';
import { rowsIn, said, textOf, type GraphAnswer, type GraphWay } from './way.ts';

/** A webhook of ours that Graph reaches: it shakes hands for anybody, and drops what comes with a client state that is not its own. */
export interface Hook {
  readonly notifications: string;
  readonly lifecycle: string;
}

/** Graph keeps the query of an address (graph.md 1.1): by it the probe knows its own. */
const OURS = 'connectorProbe=1';

export function hookAt(publicBaseUrl: string, routes: { readonly notifications: string; readonly lifecycle: string }): Hook {
  const address = (route: string): string => `${publicBaseUrl}/api/${route}?${OURS}`;
  return { notifications: address(routes.notifications), lifecycle: address(routes.lifecycle) };
}

const LIST_PAGES = 50;

/** Subscriptions for this mailbox: ours, and others that somebody lives by. Throws CannotTry where they cannot be listed. */
export async function standing(ask: GraphWay, mailboxId: string): Promise<{ readonly ours: readonly string[]; readonly others: number }> {
  const ours: string[] = [];
  let others = 0;
  let next = '/subscriptions';
  for (let page = 0; page < LIST_PAGES && next !== ''; page += 1) {
    const answer = await ask(next);
    if (answer.status !== 200) throw new CannotTry(`subscriptions cannot be listed (${said(answer)})`);
    for (const row of rowsIn(answer)) {
      if (!textOf(row, 'resource').toLowerCase().includes(mailboxId.toLowerCase())) continue;
      if (textOf(row, 'notificationUrl').endsWith(OURS)) ours.push(textOf(row, 'id'));
      else others += 1;
    }
    next = textOf(answer.json, '@odata.nextLink');
  }
  return { ours, others };
}

export async function unsubscribe(ask: GraphWay, ids: readonly string[]): Promise<void> {
  for (const id of ids) await ask(`/subscriptions/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/** As the connector asks for (`jobs/subscriptions.ts`). */
const LIFE_MS = 6.5 * 24 * hour;

async function subscribe(mailbox: ProbedMailbox, lifeMs = LIFE_MS): Promise<GraphAnswer> {
  const { hook, run } = mailbox.options;
  if (hook === null) throw new CannotTry('PUBLIC_BASE_URL is not set, and Graph must reach a running connector to shake hands with');
  return mailbox.ask('/subscriptions', {
    method: 'POST',
    body: { changeType: 'created,updated,deleted', resource: `users/${mailbox.mailboxId}/events`, notificationUrl: hook.notifications, lifecycleNotificationUrl: hook.lifecycle, clientState: `probe-${run}`, expirationDateTime: toIso(mailbox.clock.now() + lifeMs) },
  });
}

async function subscribed<T>(mailbox: ProbedMailbox, use: (made: GraphAnswer & { readonly id: string }) => Promise<T>): Promise<T> {
  const made = await subscribe(mailbox);
  const id = textOf(made.json, 'id');
  if (made.status !== 201) throw new CannotTry(`a subscription could not be made (${said(made)})`);
  try {
    return await use({ ...made, id });
  } finally {
    await unsubscribe(mailbox.ask, [id]);
  }
}

/** As long as older pages allow (graph.md 1.2). */
const SHORTER_MS = 4_000 * minute;

export const life: Fact<ProbedMailbox> = {
  line: 'G23',
  says: 'subscriptions live six and a half days',
  either: { holds: 'they are renewed with two days left', otherwise: 'a shorter life that is granted is believed; where so long a one is refused no subscription stands, and changes are found once a day: report it' },
  async try(mailbox) {
    const made = await subscribe(mailbox);
    const shorter = made.status === 400 ? await subscribe(mailbox, SHORTER_MS) : null;
    await unsubscribe(mailbox.ask, [made, shorter].flatMap((one) => (one?.status === 201 ? [textOf(one.json, 'id')] : [])));
    if (shorter?.status === 201) return doesNotHold(`${said(made)}; ${daysOf(mailbox, shorter)} days were granted`);
    if (made.status !== 201) return { outcome: 'notTried', why: `a subscription could not be made (${said(made)})` };
    return judged(Date.parse(textOf(made.json, 'expirationDateTime')) >= mailbox.clock.now() + LIFE_MS - 10 * minute, `${daysOf(mailbox, made)} days were granted`);
  },
};

function daysOf(mailbox: ProbedMailbox, { json }: GraphAnswer): string {
  return ((Date.parse(textOf(json, 'expirationDateTime')) - mailbox.clock.now()) / (24 * hour)).toFixed(1);
}

export const twins: Fact<ProbedMailbox> = {
  line: 'G24',
  says: 'a second subscription of the same app, resource and change types is answered 409',
  either: { holds: 'the one that stands is found in the list and taken over', otherwise: 'a mailbox could be notified twice, which costs requests and nothing else' },
  try: (mailbox) =>
    subscribed(mailbox, async () => {
      const second = await subscribe(mailbox);
      if (second.status === 201) await unsubscribe(mailbox.ask, [textOf(second.json, 'id')]);
      return judged(second.status === 409, said(second));
    }),
};

export const listed: Fact<ProbedMailbox> = {
  line: 'G30',
  says: 'a subscription that stands is listed at once',
  either: { holds: 'what is not listed is made anew', otherwise: 'upkeep tries to make what stands, and takes it over' },
  try: (mailbox) => subscribed(mailbox, async ({ id }) => judged((await standing(mailbox.ask, mailbox.mailboxId)).ours.includes(id), 'the list just behind the answer')),
};

const HANDSHAKES_MS = 20_000;

export const handshake: Fact<ProbedMailbox> = {
  line: 'G25',
  says: 'both addresses of a subscription are shaken hands with within ten seconds',
  either: { holds: 'subscriptions are made as they are', otherwise: 'keep an instance warm (infra/main.bicep), subscriptions are tried again meanwhile' },
  async try(mailbox) {
    const made = await subscribe(mailbox);
    if (made.status === 201) await unsubscribe(mailbox.ask, [textOf(made.json, 'id')]);
    else if (made.status === 403) return { outcome: 'notTried', why: `a subscription could not be made (${said(made)})` };
    return judged(made.status === 201 && made.tookMs <= HANDSHAKES_MS, `${said(made)} after ${seconds(made.tookMs)}`);
  },
};

const CALENDAR_ROLE = /^Calendars\./;

export const restrictedAccess: Fact<ProbedMailbox> = {
  line: 'G27',
  says: 'access that is restricted to some mailboxes (RBAC for Applications) is enough for delta and subscriptions',
  either: { holds: 'no consent has to open all mailboxes: graph.mailboxAccess may be "exchange"', otherwise: 'graph.mailboxAccess has to be "entra", and an admin consents to Calendars.ReadWrite' },
  async try(mailbox) {
    const { roles, hook } = mailbox.options;
    if (roles === null) return { outcome: 'notTried', why: 'the token does not tell its permissions (E2)' };
    if (roles.some((role) => CALENDAR_ROLE.test(role))) return { outcome: 'notTried', why: 'the token opens all calendars by consent: take that consent away, and try with a role assignment in Exchange alone' };
    const delta = await firstRound(mailbox).then(
      () => null,
      (failure: unknown) => {
        if (failure instanceof CannotTry) return failure.message;
        throw failure;
      },
    );
    if (delta !== null) return doesNotHold(`delta: ${delta}`, { graph: { mailboxAccess: 'entra' } });
    if (hook === null) return { outcome: 'notTried', why: 'delta works; for the subscription PUBLIC_BASE_URL is missing' };
    const made = await subscribe(mailbox);
    if (made.status === 201) await unsubscribe(mailbox.ask, [textOf(made.json, 'id')]);
    const seen = `delta works, subscription ${said(made)}`;
    if (made.status === 201) return holds(seen, { graph: { mailboxAccess: 'exchange' } });
    return made.status === 401 || made.status === 403 ? doesNotHold(seen, { graph: { mailboxAccess: 'entra' } }) : { outcome: 'notTried', why: `a subscription could not be made (${said(made)})` };
  },
};
