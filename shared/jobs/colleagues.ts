import { TABLES } from '../config/names.ts';
import { crmIndexPartition, mailboxCell } from '../sync/crm-index.ts';
import type { Pair } from '../sync/pair.ts';
import type { ColleagueList, Colleagues, StoredRow, Tables } from '../sync/ports.ts';
import { decodeRow, keys, mailboxPartition } from '../sync/rows.ts';
import { mayBeTouched, readMailboxes, type DirectoryMailbox } from './directory.ts';

/** Other mailboxes as a pass may see them. Everything is asked for at need, the directory once in a pass. */
export function colleaguesOf(tables: Tables, tenantId: string): Colleagues {
  let asked: Promise<readonly DirectoryMailbox[]> | null = null;
  const mailboxes = (): Promise<readonly DirectoryMailbox[]> => (asked ??= readMailboxes(tables, tenantId).then((entries) => entries.map(({ mailbox }) => mailbox)));

  /** The pairs to which these pointers of a mailbox lead, by pointer. */
  async function pairsBehind(mailboxId: string, kind: string, pointerKeys: readonly string[]): Promise<Map<string, Pair>> {
    const partition = mailboxPartition(tenantId, mailboxId);
    const pointers = await tables.pick(TABLES.mailbox, partition, pointerKeys);
    const pairIds = new Map([...pointers].flatMap(([rowKey, row]) => pairIdIn(row).map((pairId) => [rowKey, pairId] as const)));
    if (pairIds.size === 0) return new Map();
    const pairs = await tables.pick(TABLES.mailbox, partition, [...new Set(pairIds.values())].map((pairId) => keys.pair(kind, pairId)));
    return new Map([...pairIds].flatMap(([rowKey, pairId]) => {
      const row = pairs.get(keys.pair(kind, pairId));
      const pair = row === undefined ? null : decodeRow<Pair>(row);
      return pair === null ? [] : [[rowKey, pair] as const];
    }));
  }

  /** The pairs that other mailboxes have of these records. */
  async function pairsOfOthers(mailboxId: string, kind: string, infoArea: string, recordIds: readonly string[]): Promise<{ readonly other: DirectoryMailbox; readonly pair: Pair }[]> {
    const others = (await mailboxes()).filter((mailbox) => mailbox.mailboxId !== mailboxId);
    const holders = new Map<DirectoryMailbox, string[]>();
    for (const row of await indexRows(tables, tenantId, infoArea, recordIds)) {
      for (const other of others) if (row.cells[mailboxCell(other.mailboxId)] === true) holders.set(other, [...(holders.get(other) ?? []), row.rowKey]);
    }
    const found: { other: DirectoryMailbox; pair: Pair }[] = [];
    for (const [other, ids] of holders) {
      for (const pair of (await pairsBehind(other.mailboxId, kind, ids.map((id) => keys.byCrmId(kind, id)))).values()) found.push({ other, pair });
    }
    return found;
  }

  return {
    list: async () => listOf(await mailboxes()),
    async meetingsOf(mailboxId, kind, iCalUIds) {
      const byKey = new Map(iCalUIds.map((iCalUId) => [keys.byMeeting(kind, iCalUId), iCalUId]));
      const pairs = await pairsBehind(mailboxId, kind, [...byKey.keys()]);
      return new Map([...pairs].map(([rowKey, { state, crmId }]) => [byKey.get(rowKey) ?? '', state === 'active' ? crmId : null]));
    },
    async reportsOn(mailboxId, kind, infoArea, recordIds) {
      const found = new Map<string, { takenOff: number[]; marked: boolean }>();
      for (const { other, pair } of await pairsOfOthers(mailboxId, kind, infoArea, recordIds)) {
        if (pair.crmId === null || pair.leftBehind === undefined) continue;
        const report = found.get(pair.crmId) ?? { takenOff: [], marked: false };
        if (pair.leftBehind.takenOff !== undefined) report.takenOff.push(other.rep);
        found.set(pair.crmId, { ...report, marked: report.marked || pair.leftBehind.marked === true });
      }
      return found;
    },
    async withOthers(mailboxId, kind, infoArea, recordIds) {
      const found = new Map<string, 'shown' | 'given'>();
      for (const { pair } of await pairsOfOthers(mailboxId, kind, infoArea, recordIds)) {
        if (pair.crmId === null || pair.graphId === null || pair.leftBehind !== undefined) continue;
        if (pair.state === 'active') found.set(pair.crmId, 'shown');
        else if (pair.givenAway === true && !found.has(pair.crmId)) found.set(pair.crmId, 'given');
      }
      return found;
    },
  };
}

function listOf(mailboxes: readonly DirectoryMailbox[]): ColleagueList {
  const present = mailboxes.filter(mayBeTouched);
  const addresses = new Map(present.flatMap(({ addresses, rep }) => addresses.map((address) => [address, rep] as const)));
  const former = mailboxes.filter((mailbox) => !mayBeTouched(mailbox)).flatMap(({ addresses: his, mailboxId, rep }) => his.filter((address) => !addresses.has(address)).map((address) => [address, { mailboxId, rep }] as const));
  // Whoever has his last pass is organizer still; nothing more is given to him.
  return { addresses, reps: new Set(present.flatMap(({ membership, rep }) => (membership.state === 'active' ? [rep] : []))), former: new Map(former) };
}

async function indexRows(tables: Tables, tenantId: string, infoArea: string, recordIds: readonly string[]): Promise<StoredRow[]> {
  const byPartition = new Map<string, string[]>();
  for (const id of recordIds) {
    const partition = crmIndexPartition(tenantId, infoArea, id);
    byPartition.set(partition, [...(byPartition.get(partition) ?? []), id]);
  }
  const rows: StoredRow[] = [];
  for (const [partition, ids] of byPartition) rows.push(...(await tables.pick(TABLES.crmIndex, partition, ids)).values());
  return rows;
}

function pairIdIn(row: StoredRow): string[] {
  const pointer = decodeRow<{ readonly pairId: string }>(row);
  return pointer === null ? [] : [pointer.pairId];
}
