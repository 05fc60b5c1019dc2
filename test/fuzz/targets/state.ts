import { RestError } from '@azure/core-rest-pipeline';
import { memoryStorage } from '../../../local/state/memory.ts';
import { readMailbox, viewableMailboxes } from '../../../shared/jobs/directory.ts';
import { readLeaving } from '../../../shared/jobs/tenant-record.ts';
import { viewConsent } from '../../../shared/jobs/consent.ts';
import { readChangeset } from '../../../shared/state/changeset.ts';
import { checkChanges } from '../../../shared/state/row-limits.ts';
import { NewerVersion, PortFailure } from '../../../shared/sync/failures.ts';
import type { Cell, StoredRow } from '../../../shared/sync/ports.ts';
import { decodeRow, encodeRow, isNewer, readRow, ROW_VERSION, UnreadableRow } from '../../../shared/sync/rows.ts';
import { VirtualClock } from '../../world/virtual-clock.ts';
import { law, membersOf, textOf, unlessRefused, type Target } from '../target.ts';

/** Rows of other versions, and what the table service answers. */

const stored = (cells: Readonly<Record<string, Cell>>): StoredRow => ({ ...encodeRow('row', {}), cells, etag: 'W/"1"' }) as StoredRow;

/** Any value written as a row is taken by the storage and read as it was. */
export const row: Target = {
  name: 'row',
  corpus: [{ kind: 'appointment', at: 1_795_424_400_000, why: 'notification', rungAt: 0 }, { text: `${'x'.repeat(29_990)}\u{1f600}${'y'.repeat(40_000)}` }, { members: { 'mail:a@example.com': 'required' }, list: [1, null, true, 'canary'] }, []],
  words: ['\u{1f600}'.repeat(16_000), '"', '\\', '\u2028'],
  run(input) {
    const written = encodeRow('row', input);
    try {
      checkChanges('mailbox', 'partition', [{ op: 'insert', row: written }]);
    } catch (failure) {
      // A row may be larger than any may be; nothing of it may be odd otherwise.
      if (failure instanceof PortFailure && ['EntityTooLarge', 'TooManyProperties'].includes(failure.details.code ?? '')) return 'refused';
      throw failure;
    }
    if (input === null) return 'refused';
    law(JSON.stringify(decodeRow(stored(written.cells))) === JSON.stringify(input), 'is read otherwise than it was written');
    return 'accepted';
  },
};

const TENANT = '11111111-1111-4111-8111-111111111111';
const MAILBOX = '22222222-2222-4222-8222-222222222222';
const entry = { tenantId: TENANT, mailboxId: MAILBOX, addresses: ['canary@example.com'], rep: 7, repEmail: 'canary@example.com', joinedAt: 1, membership: { state: 'active' }, subscribeAfter: 0 };

/** Cells that another version wrote, or half of them: what is not known is left alone, and what is known is read. */
export const foreignRow: Target = {
  name: 'foreignRow',
  corpus: [
    { v: ROW_VERSION, state: 'ok', reason: '', lastPassAt: 5, nextAt: 0, pairs: 3, data: JSON.stringify(entry) },
    { v: ROW_VERSION + 1, state: 'ok', data: 'another form, canary' },
    { v: 0, data: '{"tenantId":"x"', data1: ',"membership":{"state":"parked","reason":"left","since":1}}' },
    { leave_since: 1, leave_state: 'keep', leave_step: 'rows', leave_removed: 1, leave_left: 0, state: 'granted', at: 7, missing: 'a b', code: '' },
  ],
  words: ['data', 'data1', 'v', 'leave_state', JSON.stringify(entry), 'granted', 'remove'],
  async run(input) {
    const cells = Object.fromEntries(Object.entries(membersOf(input)).filter(([name, cell]) => /^[A-Za-z_]\w{0,50}$/.test(name) && !/^(partitionkey|rowkey|timestamp|etag)$/i.test(name) && (typeof cell === 'string' || typeof cell === 'boolean' || (typeof cell === 'number' && Number.isFinite(cell))))) as Record<string, Cell>;
    const foreign = stored(cells);
    const ours = (failure: unknown): boolean => {
      const mine = failure instanceof PortFailure || failure instanceof UnreadableRow;
      law(!mine || !failure.message.includes('canary'), 'quotes a row in its failure');
      return mine;
    };
    const value = unlessRefused(() => decodeRow<object>(foreign), ours);
    law(!isNewer(foreign) || value === null, 'reads a row of a newer version');
    unlessRefused(() => readRow(foreign, { addresses: [] as readonly string[] }), ours);
    const storage = memoryStorage({ clock: new VirtualClock('2026-11-23T07:00:00Z'), random: () => 0.5 });
    const put = (table: 'directory' | 'tenantState', rowKey: string): Promise<unknown> => storage.tables.transact(table, TENANT, [{ op: 'put', row: { rowKey, cells } }]);
    try {
      await Promise.all([put('directory', `mailbox|${MAILBOX}`), put('directory', 'tenant'), put('tenantState', 'consent')]);
    } catch (failure) {
      if (failure instanceof PortFailure) return 'refused';
      throw failure;
    }
    await readLeaving(storage, TENANT);
    // Of what a row of ours holds nothing is promised but that it is one.
    if (value !== null && !isEntry(value)) return 'accepted';
    for (const read of [() => readMailbox(storage.tables, TENANT, MAILBOX), () => viewableMailboxes(storage.tables, TENANT), () => viewConsent({ storage }, TENANT)]) {
      try {
        await read();
      } catch (failure) {
        if (!ours(failure)) throw failure;
        law(!(failure instanceof NewerVersion) || isNewer(foreign), 'takes a row for one of a newer version');
      }
    }
    return value === null ? 'refused' : 'accepted';
  },
};

function isEntry(value: object): boolean {
  const { membership } = value as { membership?: { state?: unknown } | null };
  return membership === undefined || typeof membership?.state === 'string';
}

const part = (inner: string): string => `--changesetresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n${inner}\r\n\r\n`;
const batch = (...inner: readonly string[]): string => `--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n${inner.map(part).join('')}--changesetresponse_1--\r\n--batchresponse_1--\r\n`;

export const changeset: Target = {
  name: 'changeset',
  corpus: [batch('HTTP/1.1 204 No Content\r\nETag: W/"datetime\'2026-11-23T09%3A00%3A00Z\'"', 'HTTP/1.1 204 No Content'), batch('HTTP/1.1 412 Precondition Failed\r\nContent-Type: application/json\r\n\r\n{"odata.error":{"code":"UpdateConditionNotSatisfied","message":{"value":"canary"}}}'), ''],
  words: ['--changesetresponse_', 'HTTP/1.1 ', '204', '500', 'ETag: ', '\r\n', '"code":"', '<Code>X</Code>'],
  run(input) {
    const read = unlessRefused(
      () => readChangeset({ status: 202, text: textOf(input) }, 2),
      (failure) => failure instanceof RestError && !failure.message.includes('canary'),
    );
    if (read === null) return 'refused';
    law(read.length === 2 && read.every((etag) => etag === null || (etag !== '' && !etag.includes('\n'))), 'answers another number of changes than were sent');
    return 'accepted';
  },
};
