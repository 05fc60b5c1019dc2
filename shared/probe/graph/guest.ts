import { GRAPH_PROBE_MARK } from '../../config/names.ts';
import { userPath, withQuery } from '../../graph/query.ts';
import type { Clock } from '../../sync/ports.ts';
import { CannotTry, within } from '../fact.ts';
import { member, rowsIn, said, textOf, type GraphWay } from './way.ts';

/** The one person who may be invited. His calendar is read, nothing is written there: an update that he gets moves the version of his copy. */
export interface Guest {
  readonly attendee: { readonly type: 'required'; readonly emailAddress: { readonly address: string } };
  /** null where there is none. */
  copyOf(iCalUId: string): Promise<Copy | null>;
  /** Waits for his copy; throws CannotTry where none comes. */
  arrived(iCalUId: string): Promise<Copy>;
  /** How long after now his copy has another version; null = it did not within that time. */
  moved(copy: Copy, longestMs: number): Promise<number | null>;
}

export interface Copy {
  readonly iCalUId: string;
  readonly version: string;
  readonly carriesMark: boolean;
  readonly isOrganizer: unknown;
}

const ARRIVAL_MS = 180_000;

export async function findGuest(address: string, ask: GraphWay, clock: Clock, allow: (guestId: string) => void, signal: AbortSignal): Promise<Guest | string> {
  const value = `'${address.replaceAll("'", "''")}'`;
  const found = await ask(withQuery('/users', { $filter: `mail eq ${value} or userPrincipalName eq ${value}`, $select: 'id', $top: 2 }));
  const id = textOf(rowsIn(found)[0], 'id');
  if (found.status !== 200 || id === '') return `the guest is no user of this tenant whom the app can look up (${said(found)})`;
  allow(id);

  const copyOf = async (iCalUId: string): Promise<Copy | null> => {
    const answer = await ask(withQuery(userPath(id, 'events'), { $filter: `iCalUId eq '${iCalUId}'`, $select: 'id,changeKey,iCalUId,isOrganizer', $expand: `singleValueExtendedProperties($filter=id eq '${GRAPH_PROBE_MARK}')` }));
    if (answer.status !== 200) throw new CannotTry(`the guest's calendar cannot be read (${said(answer)})`);
    const [row] = rowsIn(answer);
    if (row === undefined) return null;
    const properties = member(row, 'singleValueExtendedProperties');
    return { iCalUId, version: textOf(row, 'changeKey'), carriesMark: Array.isArray(properties) && properties.length > 0, isOrganizer: member(row, 'isOrganizer') };
  };
  return {
    attendee: { type: 'required', emailAddress: { address } },
    copyOf,
    async arrived(iCalUId) {
      const copy = await within(clock, ARRIVAL_MS, () => copyOf(iCalUId), signal);
      if (copy === null) throw new CannotTry('no copy of the meeting came to the guest within three minutes');
      return copy.value;
    },
    async moved(copy, longestMs) {
      const seen = await within(clock, longestMs, async () => {
        const now = await copyOf(copy.iCalUId);
        return now !== null && now.version !== copy.version ? now : null;
      }, signal);
      return seen?.afterMs ?? null;
    },
  };
}
