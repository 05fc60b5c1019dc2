import type { Instant } from '../model/time/instant.ts';
import type { Random, RowChange } from './ports.ts';
import { encodeRow, idHash, keys } from './rows.ts';

/** One decision, told with its reason: ids and hashes only, never subjects or bodies. */
export interface JournalEntry {
  readonly at: Instant;
  readonly kind: string;
  readonly action: 'created' | 'updated' | 'deleted' | 'adopted' | 'left' | 'rests' | 'ended' | 'refused' | 'conflict' | 'notStored' | 'storedDifferently' | 'lost' | 'held' | 'waits';
  readonly side?: 'graph' | 'crm';
  readonly reason: string;
  readonly detail?: string;
  readonly pairId?: string;
  readonly graph?: string;
  readonly crm?: string;
  readonly groups?: readonly string[];
}

const ENTRIES_PER_ROW = 100;

/** Collects what a pass decided; written together with the rows it explains, many entries to a row. */
export class Journal {
  private entries: JournalEntry[] = [];
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  add(entry: Omit<JournalEntry, 'graph' | 'crm'> & { graphId?: string | null; crmId?: string | null }): void {
    const { graphId, crmId, ...rest } = entry;
    this.entries.push({ ...rest, ...(graphId == null ? {} : { graph: idHash(graphId) }), ...(crmId == null ? {} : { crm: crmId }) });
  }

  /** Rows for what was collected since the last call. */
  take(now: Instant): RowChange[] {
    const rows: RowChange[] = [];
    for (let start = 0; start < this.entries.length; start += ENTRIES_PER_ROW) {
      const tail = Math.floor(this.random() * 2 ** 40).toString(36).padStart(8, '0');
      rows.push({ op: 'put', row: encodeRow(keys.journal(now, tail), this.entries.slice(start, start + ENTRIES_PER_ROW)) });
    }
    this.entries = [];
    return rows;
  }
}
