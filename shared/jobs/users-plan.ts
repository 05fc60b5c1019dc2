import { parseSyncSettings } from '../config/sync-settings.ts';
import { hour, type Instant } from '../model/time/instant.ts';
import type { DirectoryEntry, DirectoryMailbox, Membership } from './directory.ts';
import type { ResolvedRep } from './directory-reps.ts';
import type { DirectoryUser, Rep } from './ports.ts';
import { repsNamed, type UserList } from './users-list.ts';

/** A last pass that does not come to an end is given up: what it left stays as it is, and is taken up when the mailbox returns. */
const LAST_PASS_MS = 2 * hour;

export type ListChange =
  | { readonly kind: 'joined' | 'returned' | 'changed' | 'leaving' | 'parked'; readonly mailbox: DirectoryMailbox }
  /** Nothing of it changed. */
  | { readonly kind: 'same'; readonly entry: DirectoryEntry };

export interface ListPlan {
  /** What must not be touched any more comes first, newcomers last. */
  readonly changes: readonly ListChange[];
  /** Reps that are on the list and have no mailbox that could be synchronized. */
  readonly unknown: number;
  /** Reps (or mailboxes) that are parked because two lay claim to one. */
  readonly held: number;
  /** Mailboxes that must wait until their rep's former mailbox has left. */
  readonly waiting: number;
}

export interface ListPlanInput {
  readonly tenantId: string;
  readonly list: UserList;
  readonly resolved: ReadonlyMap<number, ResolvedRep>;
  /** On the list, but not looked up yet. */
  readonly unasked: readonly Rep[];
  readonly entries: readonly DirectoryEntry[];
  readonly now: Instant;
}

interface Claim {
  readonly rep: Rep;
  readonly user: DirectoryUser;
}

/** From the list and the mailboxes that we know to what must change in the directory. */
export function planUsers(input: ListPlanInput): ListPlan {
  const { list, resolved } = input;
  const claims = new Map<string, Claim[]>();
  const parked = new Map<string, string>();
  const heldReps = new Map(list.held);
  let unknown = 0;
  for (const rep of list.wanted) {
    const answer = resolved.get(rep.seqNo);
    if (answer === undefined) continue;
    const { user } = answer;
    if (user?.others !== undefined) {
      const mailboxes = [user.id, ...user.others].sort();
      const why = `Rep ${rep.seqNo} has ${mailboxes.length} mailboxes (${mailboxes.join(' and ')}): in Entra, let only one of them have the rep's e-mail address.`;
      heldReps.set(rep.seqNo, why);
      for (const id of mailboxes) parked.set(id, why);
    } else if (user === null) unknown += 1;
    else if (user.purpose === 'room' || user.purpose === 'equipment') {
      unknown += 1;
      parked.set(user.id, `The mailbox of rep ${rep.seqNo} is a room or equipment: these are never synchronized.`);
    } else claims.set(user.id, [...(claims.get(user.id) ?? []), { rep, user }]);
  }
  for (const [id, rivals] of claims) {
    if (rivals.length < 2) continue;
    const seqNos = rivals.map(({ rep }) => rep.seqNo);
    const why = `${repsNamed(seqNos)} have the same mailbox (${id}): give each rep its own e-mail address, or deactivate all but one.`;
    for (const seqNo of seqNos) heldReps.set(seqNo, why);
    parked.set(id, why);
    claims.delete(id);
  }
  const view: View = {
    input,
    parked,
    heldReps,
    wanted: new Map(list.wanted.map((rep) => [rep.seqNo, rep])),
    unaskedReps: new Set(input.unasked.map(({ seqNo }) => seqNo)),
    unaskedAddresses: new Set(input.unasked.map(({ email }) => email)),
  };
  const known = input.entries.map((entry) => nextOf(view, entry, claims.get(entry.mailbox.mailboxId)?.[0]));
  return { ...ordered(input, known, claims), unknown, held: heldReps.size };
}

/** What the decision about one mailbox looks at. */
interface View {
  readonly input: ListPlanInput;
  readonly parked: ReadonlyMap<string, string>;
  readonly heldReps: ReadonlyMap<number, string>;
  readonly wanted: ReadonlyMap<number, Rep>;
  readonly unaskedReps: ReadonlySet<number>;
  readonly unaskedAddresses: ReadonlySet<string>;
}

interface Next {
  readonly entry: DirectoryEntry;
  readonly mailbox: DirectoryMailbox;
}

function nextOf(view: View, entry: DirectoryEntry, claim: Claim | undefined): Next {
  const { mailbox } = entry;
  const impossible = view.parked.get(mailbox.mailboxId) ?? (claim === undefined ? view.heldReps.get(mailbox.rep) : undefined);
  if (impossible !== undefined) return { entry, mailbox: { ...mailbox, membership: park(mailbox.membership, impossible, view.input.now) } };
  if (claim !== undefined) return { entry, mailbox: claimed(mailbox, claim, view.input.now) };
  if (mailbox.membership.state === 'active' && mayBeMeant(view, mailbox)) return { entry, mailbox };
  return { entry, mailbox: leave(view, entry) };
}

/** The same person, whatever his addresses and his rep are now. */
function claimed({ settings: _before, oddSettings: _odd, ...mailbox }: DirectoryMailbox, { rep, user }: Claim, now: Instant): DirectoryMailbox {
  return { ...mailbox, ...(mailbox.rep === rep.seqNo ? {} : { repSince: now }), addresses: user.addresses, rep: rep.seqNo, repEmail: rep.email, membership: { state: 'active' }, ...settingsOf(rep) };
}

/** Read where the list is made, so that a pass asks for nothing; a rep without settings has none. */
function settingsOf({ userSettings }: Rep): Pick<DirectoryMailbox, 'settings' | 'oddSettings'> {
  const { settings, odd } = parseSyncSettings(userSettings ?? '');
  return { ...(Object.keys(settings).length === 0 ? {} : { settings }), ...(odd.length === 0 ? {} : { oddSettings: odd.slice(0, ODD_TOLD) }) };
}

/** More would be a wall of words: whoever mends these is told of the rest. */
const ODD_TOLD = 5;

/** A rep whose address changed and was not looked up yet most likely still has the mailbox he had. */
function mayBeMeant({ unaskedReps, unaskedAddresses }: View, { rep, addresses }: DirectoryMailbox): boolean {
  return unaskedReps.has(rep) || addresses.some((address) => unaskedAddresses.has(address));
}

function park(before: Membership, reason: string, now: Instant): Membership {
  return before.state === 'parked' && before.reason === reason ? before : { state: 'parked', reason, since: now };
}

function leave({ input: { list, resolved, now }, wanted }: View, { mailbox, status }: DirectoryEntry): DirectoryMailbox {
  const { membership } = mailbox;
  const successor = wanted.get(mailbox.rep);
  const elsewhere = successor === undefined ? undefined : resolved.get(successor.seqNo)?.user?.id;
  const reason =
    successor === undefined
      ? list.refusal(mailbox.rep)
      : elsewhere === undefined
        ? `Nobody in Entra has the e-mail address of rep ${mailbox.rep}: correct it in the CRM or in Entra.`
        : `Rep ${mailbox.rep} has another mailbox now (${elsewhere}).`;
  if (membership.state === 'active') {
    // Without a pass there is nothing that a last one could bring to an end: it would be the first.
    const state = status.lastPassAt === null ? 'parked' : 'leaving';
    return { ...mailbox, repEmail: successor?.email ?? mailbox.repEmail, membership: { state, reason, since: now } };
  }
  if (membership.state === 'leaving' && now - membership.since < LAST_PASS_MS) return mailbox;
  return { ...mailbox, membership: park(membership, membership.state === 'leaving' ? membership.reason : reason, now) };
}

/**
 * Two mailboxes of one rep would speak to the CRM as the same user, at the same time: the former one leaves first. So would those of two reps of whom one has
 * the address that the other had, for the CRM is impersonated by address.
 */
function ordered({ tenantId, now }: ListPlanInput, known: readonly Next[], claims: ReadonlyMap<string, readonly Claim[]>): Pick<ListPlan, 'changes' | 'waiting'> {
  const last: ListChange[] = [];
  const first: ListChange[] = [];
  let waiting = 0;
  const taken = known.flatMap(({ entry, mailbox }) => (mailbox.membership.state === 'leaving' || (mailbox.membership.state === 'active' && entry.mailbox.membership.state === 'active') ? [mailbox] : []));
  const mayCome = ({ rep, repEmail, mailboxId }: DirectoryMailbox): boolean => taken.every((other) => other.mailboxId === mailboxId || (other.rep !== rep && other.repEmail !== repEmail));
  const come = (kind: 'joined' | 'returned', mailbox: DirectoryMailbox): void => {
    if (mayCome(mailbox)) last.push({ kind, mailbox: { ...mailbox, joinedAt: now, subscribeAfter: 0 } });
    else waiting += 1;
  };
  // What was told of his records meanwhile was told to that one.
  const wasElsewhere = ({ rep, mailboxId }: DirectoryMailbox): boolean => known.some(({ entry }) => entry.mailbox.mailboxId !== mailboxId && entry.mailbox.rep === rep);
  const ids = new Set<string>();
  for (const { entry, mailbox } of known) {
    const before = entry.mailbox.membership;
    const { membership } = mailbox;
    ids.add(mailbox.mailboxId);
    if (membership.state === 'active' && before.state === 'parked') come('returned', { ...mailbox, returned: true, ...(wasElsewhere(mailbox) ? { repSince: now } : {}) });
    else if (isSame(entry.mailbox, mailbox)) last.push({ kind: 'same', entry });
    else if (membership.state === 'active') last.push({ kind: 'changed', mailbox });
    else first.push({ kind: membership.state, mailbox });
  }
  for (const [mailboxId, [claim]] of claims) {
    if (ids.has(mailboxId) || claim === undefined) continue;
    const { rep, user } = claim;
    come('joined', { tenantId, mailboxId, addresses: user.addresses, rep: rep.seqNo, repEmail: rep.email, joinedAt: now, membership: { state: 'active' }, subscribeAfter: 0, ...settingsOf(rep) });
  }
  return { changes: [...first.filter(({ kind }) => kind === 'parked'), ...first.filter(({ kind }) => kind !== 'parked'), ...last], waiting };
}

function isSame(before: DirectoryMailbox, after: DirectoryMailbox): boolean {
  const { membership: was } = before;
  const { membership: is } = after;
  const sameMembership = was.state === is.state && (was.state === 'active' || is.state === 'active' || was.reason === is.reason);
  const sameSettings = settingsText(before) === settingsText(after);
  return sameMembership && sameSettings && before.rep === after.rep && before.repEmail === after.repEmail && before.addresses.join() === after.addresses.join();
}

function settingsText({ settings, oddSettings }: DirectoryMailbox): string {
  return JSON.stringify([Object.entries(settings ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)), oddSettings ?? []]);
}
