import { describe, expect, it } from 'vitest';
import { memoryStorage } from '../../local/state/memory.ts';
import { QUEUES, TABLES } from '../../shared/config/names.ts';
import { makeClientState, readClientState } from '../../shared/jobs/client-state.ts';
import { leaveToNewer } from '../../shared/jobs/newer-messages.ts';
import { takeNotifications } from '../../shared/jobs/notifications.ts';
import { takePoison } from '../../shared/jobs/poison.ts';
import { decodeRow, encodeRow, mailboxPartition, prefixBounds, readRow, UnreadableRow, type Pending } from '../../shared/sync/rows.ts';
import { VirtualClock } from '../world/virtual-clock.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';
const MAILBOX = '22222222-2222-4222-8222-222222222222';
const SECRET = 'a secret of at least 32 characters';
const SIGNED = makeClientState({ tenantId: TENANT, mailboxId: MAILBOX, kind: 'appointment' }, SECRET);

function services() {
  const clock = new VirtualClock('2026-11-23T07:00:00Z');
  return { storage: memoryStorage({ clock, random: () => 0.5 }), clock, report: () => undefined, webhookSecret: SECRET };
}

describe('odd messages', () => {
  it('a signature counts letter by letter, not as what can be decoded of it', () => {
    expect(readClientState(SIGNED, SECRET)).toMatchObject({ tenantId: TENANT });
    for (const odd of [`${SIGNED}!`, `${SIGNED}=`, `${SIGNED.slice(0, -3)}\n${SIGNED.slice(-3)}`]) expect(readClientState(odd, SECRET)).toBeNull();
  });

  it.each(['a/b', 'a#b', '\u0001', '\ud800', '', 'x'.repeat(65)])('an id that cannot stand in a key makes a message unreadable, and no failure: %j', async (mailboxId) => {
    for (const v of [1, 2]) {
      const message = { v, tenantId: TENANT, mailboxId, why: 'due' };
      expect(await leaveToNewer(services(), QUEUES.mailboxPasses, message)).toBe(false);
      expect(await takePoison(services(), QUEUES.mailboxPassesPoison, message)).toBe('unreadable');
    }
    expect(await leaveToNewer(services(), QUEUES.tenantJobs, { v: 2, tenantId: mailboxId, job: 'new' })).toBe(false);
  });

  it('a notified id that nobody could ask for is not remembered, and the mailbox is looked at all the same', async () => {
    const given = services();
    expect(await takeNotifications(given, [{ clientState: SIGNED, resourceData: { id: 'AA\ud800' } }, { clientState: SIGNED, resourceData: { id: 'AA1=' } }])).toMatchObject({ accepted: 2, mailboxes: 1 });
    const { rows } = await given.storage.tables.range(TABLES.mailbox, mailboxPartition(TENANT, MAILBOX), prefixBounds('pending|'));
    expect(rows.map((row) => decodeRow<Pending>(row)?.id)).toEqual(['AA1=']);
  });
});

describe('a row that somebody changed by hand', () => {
  it.each(['', 'null', '{"address": "ada@example.com"'])('is told, and nothing of what is in it: %j', (data) => {
    const row = { ...encodeRow('row', {}), etag: '"1"', timestamp: 0 };
    const changed = { ...row, cells: { ...row.cells, data } };
    for (const read of [() => decodeRow(changed), () => readRow(changed)]) {
      expect(read).toThrow(UnreadableRow);
      expect(read).not.toThrow(/ada@/);
    }
  });
});
