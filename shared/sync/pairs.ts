import { TABLES } from '../config/names.ts';
import { idOn, OLDER_PAIR, pairIdFor, type Pair } from './pair.ts';
import type { MailboxRef, RowChange, Side, StoredRow, Tables } from './ports.ts';
import { encodeRow, keys, mailboxPartition, prefixBounds, readRow } from './rows.ts';
import { afterChange, type Tally } from './tally.ts';

/** From this many ids on, reading all pairs of the mailbox takes fewer requests than picking them. */
const READ_ALL_FROM = 30;

/**
 * The pairs of one mailbox and kind. While the lease is held nobody else writes them, so what was read once stays true for the pass. A pair or pointer of a
 * newer version ends the pass (NewerVersion): taken for absent, its item would be made a second time.
 */
export class Pairs {
  private readonly tables: Tables;
  private readonly mailbox: MailboxRef;
  private readonly partition: string;
  private readonly kind: string;
  private readonly known = new Map<string, Pair>();
  private readonly index = { graph: new Map<string, string>(), crm: new Map<string, string>() };
  private complete = false;
  /** Changes that are not in the mailbox's tally yet. */
  private untold: ((tally: Tally) => Tally)[] = [];

  constructor(tables: Tables, mailbox: MailboxRef, kind: string) {
    this.tables = tables;
    this.mailbox = mailbox;
    this.partition = mailboxPartition(mailbox.tenantId, mailbox.mailboxId);
    this.kind = kind;
  }

  async all(): Promise<Pair[]> {
    if (!this.complete) {
      const { rows } = await this.tables.range(TABLES.mailbox, this.partition, prefixBounds(`p|${this.kind}|`));
      for (const row of rows) this.rememberRow(row);
      this.complete = true;
    }
    return [...this.known.values()];
  }

  /** The pairs that hold these items; items that no pair knows are absent. */
  async byIds(side: Side, ids: readonly string[]): Promise<Map<string, Pair>> {
    const missing = ids.filter((id) => !this.index[side].has(id));
    if (missing.length >= READ_ALL_FROM) await this.all();
    else if (missing.length > 0 && !this.complete) await this.pick(side, missing);
    const found = new Map<string, Pair>();
    for (const id of ids) {
      const pair = this.holding(side, id);
      if (pair !== undefined) found.set(id, pair);
    }
    return found;
  }

  /** The pair that holds this item, among those that this pass has read or bound so far. */
  holding(side: Side, id: string): Pair | undefined {
    return this.known.get(this.index[side].get(id) ?? '');
  }

  /** By the key that our create left on an item. */
  async byPairIds(pairIds: readonly string[]): Promise<Map<string, Pair>> {
    const missing = this.complete ? [] : pairIds.filter((pairId) => !this.known.has(pairId) && /^[0-9a-f]{40}$/.test(pairId));
    if (missing.length > 0) for (const row of (await this.tables.pick(TABLES.mailbox, this.partition, missing.map((pairId) => keys.pair(this.kind, pairId)))).values()) this.rememberRow(row);
    return new Map(pairIds.flatMap((pairId) => {
      const pair = this.known.get(pairId);
      return pair === undefined ? [] : [[pairId, pair]];
    }));
  }

  get(pairId: string): Pair | undefined {
    return this.known.get(pairId);
  }

  /** The rows to write for a pair as it is now, pointers for ids that are new included. The caller commits them. */
  changes(pair: Pair): RowChange[] {
    const before = this.known.get(pair.pairId);
    this.untold.push((tally) => afterChange(tally, before ?? null, pair));
    const changes: RowChange[] = [{ op: 'put', row: encodeRow(keys.pair(this.kind, pair.pairId), pair) }];
    for (const side of ['graph', 'crm'] as const) {
      const id = idOn(pair, side);
      if (id === null || (before !== undefined && idOn(before, side) === id)) continue;
      const rowKey = side === 'graph' ? keys.byGraphId(this.kind, id) : keys.byCrmId(this.kind, id);
      changes.push({ op: 'put', row: encodeRow(rowKey, { pairId: pair.pairId }) });
      // Bound to another id: nobody finds it under the one before.
      const former = before === undefined ? null : idOn(before, side);
      if (former !== null) changes.push({ op: 'delete', rowKey: side === 'graph' ? keys.byGraphId(this.kind, former) : keys.byCrmId(this.kind, former) });
    }
    if (pair.iCalUId !== undefined && before?.iCalUId !== pair.iCalUId) changes.push({ op: 'put', row: encodeRow(keys.byMeeting(this.kind, pair.iCalUId), { pairId: pair.pairId }) });
    return changes;
  }

  /** The rows to delete when nobody needs to remember the pair any more. */
  removal(pair: Pair): RowChange[] {
    this.known.delete(pair.pairId);
    const rowKeys = [keys.pair(this.kind, pair.pairId)];
    if (pair.graphId !== null) rowKeys.push(keys.byGraphId(this.kind, pair.graphId));
    if (pair.crmId !== null) rowKeys.push(keys.byCrmId(this.kind, pair.crmId));
    if (pair.iCalUId !== undefined) rowKeys.push(keys.byMeeting(this.kind, pair.iCalUId));
    return rowKeys.map((rowKey) => ({ op: 'delete', rowKey }));
  }

  /** The tally with every change that was made since the last call: it rides on the transaction that writes them. */
  counted(tally: Tally): Tally {
    const counted = this.untold.reduce((before, change) => change(before), tally);
    this.untold = [];
    return counted;
  }

  /** To be called when the changes are committed. */
  remember(pair: Pair): void {
    const before = this.known.get(pair.pairId);
    for (const side of ['graph', 'crm'] as const) {
      const former = before === undefined ? null : idOn(before, side);
      if (former !== null && former !== idOn(pair, side) && this.index[side].get(former) === pair.pairId) this.index[side].delete(former);
    }
    this.known.set(pair.pairId, pair);
    if (pair.graphId !== null) this.index.graph.set(pair.graphId, pair.pairId);
    if (pair.crmId !== null) this.index.crm.set(pair.crmId, pair.pairId);
  }

  /**
   * By pointer, and by the id that the pair has if it was born on this side (it follows from the item's id): one request for most, a second one for
   * pairs that were born on the other side.
   */
  private async pick(side: Side, ids: readonly string[]): Promise<void> {
    const pointerKeys = ids.map((id) => (side === 'graph' ? keys.byGraphId(this.kind, id) : keys.byCrmId(this.kind, id)));
    const likelyKeys = ids.map((id) => keys.pair(this.kind, pairIdFor(this.mailbox.tenantId, this.mailbox.mailboxId, this.kind, side, id, 1)));
    const rows = await this.tables.pick(TABLES.mailbox, this.partition, [...pointerKeys, ...likelyKeys]);
    for (const rowKey of likelyKeys) this.rememberRow(rows.get(rowKey));
    const pairIds = new Set<string>();
    for (const rowKey of pointerKeys) {
      const row = rows.get(rowKey);
      const pointer = row === undefined ? null : readRow<{ pairId: string }>(row);
      if (pointer !== null && !this.known.has(pointer.pairId)) pairIds.add(pointer.pairId);
    }
    if (pairIds.size === 0) return;
    const others = await this.tables.pick(TABLES.mailbox, this.partition, [...pairIds].map((pairId) => keys.pair(this.kind, pairId)));
    for (const row of others.values()) this.rememberRow(row);
  }

  private rememberRow(row: StoredRow | undefined): void {
    const pair = row === undefined ? null : readRow<Pair>(row, OLDER_PAIR);
    if (pair !== null && !this.known.has(pair.pairId)) this.remember(pair);
  }
}
