import type { Reading, Write, Written } from '../sync/ports.ts';
import type { ReadEvent } from './event-attendees.ts';

/** Writes to occurrences of one series stand behind each other; every other write stands alone. */
export function chainsOf(writes: readonly Write[]): Write[][] {
  const chains: Write[][] = [];
  const ofSeries = new Map<string, Write[]>();
  for (const write of writes) {
    const series = write.kind === 'create' ? undefined : write.series;
    const chain = series === undefined ? undefined : ofSeries.get(series);
    if (chain !== undefined) {
      chain.push(write);
      continue;
    }
    const begun = [write];
    chains.push(begun);
    if (series !== undefined) ofSeries.set(series, begun);
  }
  return chains;
}

type Change = Exclude<Write, { readonly kind: 'create' }>;

/**
 * A series has one change key, which every write to one of its occurrences moves (graph.md 13). Where the next write was meant for the version before,
 * it goes out for the one that our own write has made of it: nobody else was there in between, or that write would have failed. A deletion does not
 * answer with a version: the next occurrence is read again, and left for another merge where it is not as it was.
 */
export async function sendInOrder(chain: readonly Write[], send: (one: Write) => Promise<Written>, readOne: (id: string) => Promise<Reading>): Promise<(readonly [Write, Written])[]> {
  const results: (readonly [Write, Written])[] = [];
  let known: Moved | null = null;
  for (const one of chain) {
    if (one.kind === 'create') {
      results.push([one, await send(one)]);
      continue;
    }
    const meant: Change | null = known === null || one.version !== known.from ? one : known.to === null ? await asReadAgain(one, readOne) : { ...one, version: known.to };
    const written: Written = meant === null ? { outcome: 'conflict' } : await send(meant);
    results.push([one, written]);
    known = after(known, one, written);
  }
  return results;
}

/** From which version our writes have moved the series, and to which; null: nobody told. */
interface Moved {
  readonly from: string;
  readonly to: string | null;
}

function after(known: Moved | null, { version }: Change, written: Written): Moved | null {
  const from = known?.from ?? version;
  switch (written.outcome) {
    case 'written':
      return { from, to: written.item?.version ?? null };
    case 'lost':
      return { from, to: null };
    default:
      return known;
  }
}

async function asReadAgain(one: Change, readOne: (id: string) => Promise<Reading>): Promise<Change | null> {
  const before: ReadEvent | null = one.current ?? null;
  const reading = before === null ? null : await readOne(one.id);
  if (reading?.state !== 'present') return null;
  const now: ReadEvent = reading.item;
  return now.told !== undefined && now.told === before?.told ? { ...one, version: now.version } : null;
}
