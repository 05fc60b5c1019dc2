import { memoryStorage } from '../../../local/state/memory.ts';
import { QUEUES, TABLES } from '../../../shared/config/names.ts';
import { makeClientState, readClientState } from '../../../shared/jobs/client-state.ts';
import { makeInvitation, makeState, readInvitation, readState } from '../../../shared/jobs/consent-tickets.ts';
import { takeLifecycle } from '../../../shared/jobs/lifecycle.ts';
import { MESSAGE_VERSION, ringSchema, tenantJobSchema } from '../../../shared/jobs/messages.ts';
import { leaveToNewer } from '../../../shared/jobs/newer-messages.ts';
import { notificationBodySchema, takeNotifications } from '../../../shared/jobs/notifications.ts';
import { takePoison } from '../../../shared/jobs/poison.ts';
import { userPath } from '../../../shared/graph/query.ts';
import type { Json } from '../../../shared/model/content.ts';
import { checkKey } from '../../../shared/state/row-limits.ts';
import { decodeRow, keys, mailboxPartition, prefixBounds, type Pending } from '../../../shared/sync/rows.ts';
import { VirtualClock } from '../../world/virtual-clock.ts';
import { law, membersOf, textOf, type Target } from '../target.ts';

/** What comes in by itself: Graph's notifications, browsers on their way through a consent, messages of our own queues. */

const SECRET = 'a secret of at least 32 characters';
const TENANT = '11111111-1111-4111-8111-111111111111';
const MAILBOX = '22222222-2222-4222-8222-222222222222';
const OTHER = '33333333-3333-4333-8333-333333333333';
const SIGNED = makeClientState({ tenantId: TENANT, mailboxId: MAILBOX, kind: 'appointment' }, SECRET);
const NOW = Date.UTC(2026, 10, 23, 7);

function services() {
  const clock = new VirtualClock('2026-11-23T07:00:00Z');
  let seed = 0;
  const storage = memoryStorage({ clock, random: () => ((seed += 0.618) % 1) });
  return { storage, clock, report: () => undefined, webhookSecret: SECRET };
}

const item = { subscriptionId: 's-1', clientState: SIGNED, changeType: 'updated', resource: `Users/${MAILBOX}/Events/AAEvent1=`, tenantId: TENANT, resourceData: { '@odata.type': '#Microsoft.Graph.Event', '@odata.etag': 'W/"v1"', id: 'AAEvent1=' } };

export const notification: Target = {
  name: 'notification',
  corpus: [{ value: [item] }, { value: [item, { ...item, changeType: 'deleted' }, { ...item, clientState: 'forged' }, null] }, { value: [] }, { value: [{ ...item, resourceData: null }], validationTokens: [] }],
  words: [SIGNED, TENANT, OTHER, 'AAEvent2=', 'clientState', 'resourceData', '@odata.etag'],
  async run(input) {
    const parsed = notificationBodySchema.safeParse(input);
    if (!parsed.success) return 'refused';
    const given = services();
    const { accepted, dropped, mailboxes } = await takeNotifications(given, parsed.data.value);
    law(accepted + dropped === parsed.data.value.length && mailboxes <= 1, 'counts otherwise than it was given');
    const { rows } = await given.storage.tables.range(TABLES.mailbox, mailboxPartition(TENANT, MAILBOX), prefixBounds('pending|'));
    law(rows.length <= accepted && (accepted > 0) === (mailboxes > 0), 'remembers more than it took');
    for (const row of rows) {
      const pending = decodeRow<Pending>(row);
      law(pending !== null && pending.id.length <= 1_024, 'remembers an id without a bound');
      userPath(MAILBOX, 'events', pending.id);
    }
    law((await given.storage.tables.range(TABLES.mailbox, mailboxPartition(OTHER, MAILBOX), prefixBounds(''))).rows.length === 0, 'moves a tenant that did not sign');
    return accepted > 0 ? 'accepted' : 'refused';
  },
};

const told = { subscriptionId: 's-1', subscriptionExpirationDateTime: '2026-11-29T00:00:00Z', clientState: SIGNED, tenantId: TENANT, lifecycleEvent: 'reauthorizationRequired' };

export const lifecycle: Target = {
  name: 'lifecycle',
  corpus: [{ value: [told] }, { value: [{ ...told, lifecycleEvent: 'missed' }, { ...told, lifecycleEvent: 'subscriptionRemoved' }] }, { value: [{ ...told, clientState: 'forged' }] }],
  words: [SIGNED, 'missed', 'subscriptionRemoved', 'reauthorizationRequired', OTHER],
  async run(input) {
    const outcome = await takeLifecycle(services(), input);
    law(Object.values(outcome).every((count) => Number.isInteger(count) && count >= 0), 'counts what is no number');
    return outcome.dropped > 0 || outcome.missed + outcome.removed + outcome.reauthorize === 0 ? 'refused' : 'accepted';
  },
};

export const clientState: Target = {
  name: 'clientState',
  corpus: [SIGNED, makeClientState({ tenantId: OTHER, mailboxId: MAILBOX, kind: 'email' }, SECRET), makeClientState({ tenantId: TENANT, mailboxId: OTHER, kind: 'appointment' }, 'another secret of 32 characters!!!'), '1.a.b.a.c'],
  words: ['.', '1.', '2.', '=', 'a'],
  run(input) {
    const purpose = readClientState(input, SECRET);
    if (purpose === null) return 'refused';
    law(makeClientState(purpose, SECRET) === input, 'takes for signed what was never written');
    return 'accepted';
  },
};

const COOKIE = 'abc-def-ghi';

export const ticket: Target = {
  name: 'ticket',
  corpus: [
    { invitation: makeInvitation(TENANT, NOW, SECRET), state: makeState(TENANT, COOKIE, NOW, SECRET), cookie: COOKIE },
    { invitation: makeState(TENANT, COOKIE, NOW, SECRET), state: makeInvitation(TENANT, NOW, SECRET), cookie: '' },
  ],
  words: ['.', String(NOW), TENANT, OTHER, '=', COOKIE],
  run(input) {
    const { invitation, state, cookie } = membersOf(input);
    const [invited, begun] = [readInvitation(textOf(invitation), NOW, SECRET), readState(textOf(state), textOf(cookie), NOW, SECRET)];
    law(invited === null || textOf(invitation) === makeInvitation(TENANT, NOW, SECRET), 'takes for an invitation what was never written');
    law(begun === null || (textOf(state) === makeState(TENANT, COOKIE, NOW, SECRET) && cookie === COOKIE), 'takes for a state what was never written');
    return invited === null && begun === null ? 'refused' : 'accepted';
  },
};

const RING = { v: MESSAGE_VERSION, tenantId: TENANT, mailboxId: MAILBOX, why: 'due', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
const JOB = { v: MESSAGE_VERSION, tenantId: TENANT, job: 'users', why: 'timer' };

/** As the handlers take them: what is known is worked, what is newer is left to newer workers, the rest goes the poison way. */
export const queueMessage: Target = {
  name: 'queueMessage',
  corpus: [...[RING, { ...RING, v: MESSAGE_VERSION + 1, more: { a: [1] } }, { ...RING, v: 0 }].map((message) => ({ queue: QUEUES.mailboxPasses, message })), ...[JOB, { ...JOB, v: MESSAGE_VERSION + 1, job: 'newJob', more: 1 }].map((message) => ({ queue: QUEUES.tenantJobs, message }))] as unknown as readonly Json[],
  words: [...Object.values(QUEUES), TENANT, MAILBOX, 'crmPoll', 'v', 'job'],
  async run(input) {
    const { queue, message = null } = membersOf(input);
    const given = services();
    const passes = queue !== QUEUES.tenantJobs;
    const known = passes ? ringSchema.safeParse(message) : tenantJobSchema.safeParse(message);
    if (known.success) {
      const { tenantId } = known.data;
      const mailboxId = 'mailboxId' in known.data ? known.data.mailboxId : MAILBOX;
      for (const key of [mailboxPartition(tenantId, mailboxId), keys.due(NOW, tenantId, mailboxId)]) checkKey(TABLES.mailbox, key);
    }
    const left = known.success ? false : await leaveToNewer(given, passes ? QUEUES.mailboxPasses : QUEUES.tenantJobs, message);
    const poisoned = await takePoison(given, passes ? QUEUES.mailboxPassesPoison : QUEUES.tenantJobsPoison, message);
    law(known.success || left || poisoned === 'unreadable' || passes === false, 'neither knows a message nor lets it go');
    return known.success || left ? 'accepted' : 'refused';
  },
};

