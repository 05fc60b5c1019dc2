import { day, hour, type Instant } from '../model/time/instant.ts';
import { PortFailure, type FailureReason } from '../sync/failures.ts';
import type { Clock, Tables } from '../sync/ports.ts';
import { writeResolvedRep, type ResolvedRep } from './directory-reps.ts';
import type { GraphTenant, Rep } from './ports.ts';

/** Addresses change seldom, and a rep's own address is followed at once: this is for the others of his mailbox. */
const FOUND_AGAIN_MS = 30 * day;
/** Somebody may get his mailbox, or a room may become a person's. */
const NOT_FOUND_AGAIN_MS = day;
const FAILED_AGAIN_MS = hour;
/** The mailbox cannot be reached, or another rep's address leads there, too: somebody puts that right, and waits for it. */
const DOUBTFUL_AGAIN_MS = hour;

/** What concerns one rep alone: the others are looked up all the same. */
const ONE_REP: ReadonlySet<FailureReason> = new Set(['mailboxUnavailable', 'notFound', 'recordRejected', 'conflict']);

export interface Lookup {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly tenantId: string;
  readonly graph: Pick<GraphTenant, 'findUser'>;
  /** Object ids of mailboxes that are or were synchronized: people's. */
  readonly people: ReadonlySet<string>;
  /** Object ids of mailboxes that could not be reached: the address may have gone to another one. */
  readonly unreachable: ReadonlySet<string>;
  /** At most so many are asked for. */
  readonly atMost: number;
  /** True when the run must end. */
  readonly isOver: () => boolean;
}

export interface LookedUp {
  /** By rep, for the address that the rep has now. */
  readonly resolved: ReadonlyMap<number, ResolvedRep>;
  /** New or changed reps that the next run must ask for. */
  readonly waiting: readonly Rep[];
  readonly asked: number;
  /** Why asking stopped for all of them. */
  readonly failure: PortFailure | null;
}

/** Asks Graph for new and changed reps first, then for those whose answer is old; each answer is stored at once. */
export async function lookUp(lookup: Lookup, wanted: readonly Rep[], known: ReadonlyMap<number, ResolvedRep>): Promise<LookedUp> {
  const now = lookup.clock.now();
  const resolved = new Map<number, ResolvedRep>();
  for (const { seqNo, email } of wanted) {
    const row = known.get(seqNo);
    if (row?.email === email) resolved.set(seqNo, row);
  }
  const fresh = wanted.filter(({ seqNo }) => !resolved.has(seqNo));
  const doubtful = doubtfulIn(resolved, lookup.unreachable);
  const old = wanted.filter(({ seqNo }) => isOld(resolved.get(seqNo), doubtful, now));
  let asked = 0;
  let failure: PortFailure | null = null;
  for (const rep of [...fresh, ...old]) {
    if (asked >= lookup.atMost || lookup.isOver()) break;
    asked += 1;
    try {
      const answer = await ask(lookup, rep);
      // A failed second look says nothing against the first.
      const row = answer.failed ? { ...answer, user: resolved.get(rep.seqNo)?.user ?? null } : answer;
      await writeResolvedRep(lookup.tables, lookup.tenantId, row);
      resolved.set(rep.seqNo, row);
    } catch (caught) {
      if (!(caught instanceof PortFailure) || caught.port !== 'graph') throw caught;
      failure = caught;
      break;
    }
  }
  return { resolved, waiting: fresh.filter(({ seqNo }) => !resolved.has(seqNo)), asked, failure };
}

/** Mailboxes of which it is doubtful whether they are still a rep's: nobody reaches them, or two lay claim to them. */
function doubtfulIn(resolved: ReadonlyMap<number, ResolvedRep>, unreachable: ReadonlySet<string>): ReadonlySet<string> {
  const claimed = new Set<string>();
  const doubtful = new Set(unreachable);
  for (const { user } of resolved.values()) {
    if (user === null) continue;
    if (claimed.has(user.id)) doubtful.add(user.id);
    claimed.add(user.id);
  }
  return doubtful;
}

function isOld(row: ResolvedRep | undefined, doubtful: ReadonlySet<string>, now: Instant): boolean {
  if (row === undefined) return false;
  const { user, failed } = row;
  const clear = user !== null && user.others === undefined && user.purpose !== 'room' && user.purpose !== 'equipment';
  if (user !== null && doubtful.has(user.id)) return now - row.checkedAt >= DOUBTFUL_AGAIN_MS;
  return now - row.checkedAt >= (failed ? FAILED_AGAIN_MS : clear ? FOUND_AGAIN_MS : NOT_FOUND_AGAIN_MS);
}

async function ask({ graph, clock, people }: Lookup, { seqNo, email }: Rep): Promise<ResolvedRep> {
  const base = { rep: seqNo, email, checkedAt: clock.now() };
  try {
    const user = await graph.findUser(email, people);
    const others = user?.others === undefined ? {} : { others: user.others.map((id) => id.toLowerCase()) };
    return { ...base, failed: false, user: user === null ? null : { ...user, id: user.id.toLowerCase(), ...others } };
  } catch (failure) {
    if (failure instanceof PortFailure && ONE_REP.has(failure.reason)) return { ...base, failed: true, user: null };
    throw failure;
  }
}
