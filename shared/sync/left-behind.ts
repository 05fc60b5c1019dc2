/**
 * Meetings of organizers who left the list (design 4). Nobody looks into their mailboxes any more, so the copies of those whom they invited are all that is
 * known. A cancelled copy looks the same whether the meeting is off or its owner was taken off it: it tells of its own mailbox alone. So its owner is taken
 * off the organizer's record, and only where nobody who is synchronized is left on it the record is marked. Each pass writes for its own mailbox, as its own
 * rep; a copy that a person declined or threw away tells nothing.
 */
import { fingerprint, membersIn } from '../model/content.ts';
import { hasCopyAgain } from './anew.ts';
import type { KindPass } from './context.ts';
import { newPair, pairIdFor, type LeftBehind, type Pair } from './pair.ts';
import { NOTHING, whyNotDeleted, type Decision, type PlanInput } from './plan.ts';
import { membersOf } from './people-sides.ts';
import type { Kind } from './kind.ts';
import type { SideItem } from './ports.ts';
import { cancelledRecord } from './whose-meeting.ts';
import type { Work } from './work.ts';

/** Who speaks for his part in a meeting that was left behind, and who else is synchronized: by their keys in the CRM. */
export interface Voices {
  readonly own: string;
  readonly others: ReadonlySet<string>;
}

/** The works with the pairs by which copies of meetings that were left behind are followed, from their first cancellation on. */
export async function followLeftBehind(pass: KindPass, works: readonly Work[]): Promise<readonly Work[]> {
  const kept = works.map(ownNow);
  const unknown = kept.flatMap((work) => {
    const item = work.pair === null && work.graph.state === 'present' ? work.graph.item : null;
    const record = item?.meeting?.formerRecord;
    return item === null || record === undefined ? [] : [{ work, item, record }];
  });
  if (unknown.length === 0) return kept;
  const known = await pass.pairs.byIds('crm', unknown.map(({ record }) => record.crmId));
  const cancelled = unknown.filter(({ item, record }) => cancelledRecord(item) !== undefined && !known.has(record.crmId));
  const readings = cancelled.length === 0 ? new Map() : await pass.sides.crm.read(cancelled.map(({ record }) => record.crmId));
  const followed = new Map<Work, Work>();
  for (const { work, item, record } of unknown) {
    const before = known.get(record.crmId);
    // Its owner threw the copy away that told before, and has another one now.
    if (before !== undefined && hasCopyAgain(before)) followed.set(work, { ...work, pair: { ...before, graphId: item.id, state: 'active', gone: {} }, crm: { state: 'asBase' } });
    const reading = before === undefined ? readings.get(record.crmId) : undefined;
    // Where the record was given to somebody else meanwhile, it is not this meeting's any more.
    if (reading?.state !== 'present' || reading.item.rep !== record.rep) continue;
    // Whoever does not stand on it was taken off before: his copy tells nothing more, and a mask names nobody.
    if (!(keyOf(pass.mailbox.rep) in peopleAt(pass.kind, reading.item).listed)) continue;
    const pairId = pairIdFor(pass.mailbox.tenantId, pass.mailbox.mailboxId, pass.kind.name, 'graph', item.id, 1);
    followed.set(work, { ...work, pair: { ...newPair(pairId, pass.kind.name, 'graph', item, pass.rules.normaliser), crmId: record.crmId, leftBehind: {} }, crm: { state: 'present', item: reading.item } });
  }
  return kept.map((work) => followed.get(work) ?? work);
}

/** The record was given to the attendee himself: it begins a life as his own. */
function ownNow(work: Work): Work {
  const { pair, crm } = work;
  if (pair?.leftBehind === undefined || crm.state !== 'present' || crm.item.outOfScope !== null) return work;
  return { pair: null, former: { ...pair, state: 'ended' }, crm, graph: { state: 'unknown' } };
}

/** Looked up where a plan needs it alone. */
export async function withVoices(pass: KindPass, works: readonly Work[]): Promise<readonly Work[]> {
  if (!works.some(({ pair }) => pair?.leftBehind !== undefined)) return works;
  const { reps } = await pass.colleagues.list();
  const own = keyOf(pass.mailbox.rep);
  const others = new Set([...reps].map(keyOf).filter((key) => key !== own));
  return works.map((work) => (work.pair?.leftBehind === undefined ? work : { ...work, voices: { own, others } }));
}

function keyOf(rep: number): string {
  return `rep:${rep}`;
}

/** What a copy of a meeting that was left behind has to tell. Pure, like the plan. */
export function planLeftBehind(input: PlanInput, pair: Pair, leftBehind: LeftBehind): Decision {
  const { graph, crm, kind, voices, rules } = input;
  if (pair.state === 'ended') return { ...NOTHING, verdict: 'leave', reason: 'over' };
  if (graph.state === 'asBase') return { ...NOTHING, verdict: 'read', reason: 'changed', read: ['graph'] };
  if (graph.state === 'deleted') return { ...NOTHING, verdict: 'end', reason: 'deletedInOutlook', detail: 'copyOfMeeting' };
  if (graph.state !== 'present') return rests(graph.state);
  if (crm.state === 'asBase') return { ...NOTHING, verdict: 'read', reason: 'changed', read: ['crm'] };
  if (crm.state === 'deleted') return { ...NOTHING, verdict: 'end', reason: 'deletedInCrm' };
  if (crm.state !== 'present') return rests(crm.state);
  const record = graph.item.meeting?.formerRecord;
  // The organizer is back and sees to it himself, or it is somebody else's now.
  if (record === undefined || voices === undefined || crm.item.rep !== record.rep) return rests('copyOfMeeting');
  const { people, listed, answers } = peopleAt(kind, crm.item);
  if (people === null || (crm.item.content['privacy'] === 'private' && Object.keys(listed).length === 0)) return rests('private');
  const { own, others } = voices;
  const known = membersIn(pair.base[people]?.crm ?? '');
  const isOn = own in listed;
  const write = (wanted: Readonly<Record<string, string>>): Decision => ({
    ...NOTHING,
    verdict: 'write',
    reason: own in wanted ? 'invitedAgain' : 'takenOff',
    writes: [{ side: 'crm', action: 'update', content: { [people]: wanted }, source: { [people]: '' }, held: { [people]: fingerprint({ ...listed }) }, putsRight: [] }],
  });
  if (graph.item.meeting?.cancelled !== true) {
    // Put back once: whoever takes him off then is a person.
    const isOff = leftBehind.takenOff !== undefined && !isOn && known !== null && !(own in known);
    return isOff ? write({ ...listed, [own]: leftBehind.takenOff ?? 'required' }) : settles;
  }
  // Taken off by hand in the CRM: what his copy shows was that.
  if (!isOn && leftBehind.takenOff === undefined) return settles;
  // Somebody put him on the record again by hand.
  if (isOn && leftBehind.takenOff !== undefined && known !== null && !(own in known)) return settles;
  const isAnybodyLeft = Object.keys(listed).some((key) => others.has(key) && answers[key] !== 'declined');
  if (!isAnybodyLeft && rules.deletionByLastCopy && whyNotDeleted(rules, crm.item) === null) return { ...NOTHING, verdict: 'write', reason: 'deletedInOutlook', detail: 'lastCopy', writes: [{ side: 'crm', action: 'delete' }] };
  return isOn ? write(Object.fromEntries(Object.entries(listed).filter(([key]) => key !== own))) : settles;
}

const settles: Decision = { ...NOTHING, verdict: 'settle', reason: 'same' };

function rests(detail: string): Decision {
  return { ...NOTHING, verdict: 'rest', reason: 'notInScope', detail };
}

function peopleAt(kind: Kind, { content }: SideItem): { readonly people: string | null; readonly listed: Readonly<Record<string, string>>; readonly answers: Readonly<Record<string, string>> } {
  const sets = kind.groups.filter(({ members }) => members === true);
  const people = sets.find(({ direction }) => direction === 'both')?.name ?? null;
  const answers = sets.find(({ derived }) => derived === true)?.name;
  return { people, listed: people === null ? {} : membersOf(content[people]), answers: answers === undefined ? {} : membersOf(content[answers]) };
}

/** The pair as it is reserved for this decision: what was told stands there before it is sent, so that an organizer who comes back never takes it for a person's edit. */
export function telling(kind: Kind, pair: Pair, { writes }: Decision, { crm, voices }: Work): Pair {
  if (pair.leftBehind === undefined || crm.state !== 'present' || voices === undefined) return pair;
  if (writes.some(({ action }) => action === 'delete')) return { ...pair, leftBehind: { ...pair.leftBehind, marked: true } };
  const role = peopleAt(kind, crm.item).listed[voices.own];
  return writes.length === 0 || role === undefined ? pair : { ...pair, leftBehind: { ...pair.leftBehind, takenOff: role } };
}

/**
 * What copies told while the mailbox was not on the list is no person's doing: whom they took off a record is not taken off the meeting because of it, and
 * a record that the last of them marked deletes no event. Asked for only where the organizer was away and something is missing in the CRM.
 */
export async function withoutReports(pass: KindPass, works: readonly Work[]): Promise<readonly Work[]> {
  if (pass.mailbox.returned !== true) return works;
  const asked = works.flatMap((work) => {
    const crmId = work.pair?.state === 'active' && work.pair.leftBehind === undefined && work.pair.graphId !== null ? work.pair.crmId : null;
    return crmId !== null && (work.crm.state === 'deleted' || missingIn(pass.kind, work).length > 0) ? [crmId] : [];
  });
  if (asked.length === 0) return works;
  const reports = await pass.colleagues.reportsOn(pass.mailbox.mailboxId, pass.kind.name, pass.kind.infoArea, asked);
  return works.map((work) => {
    const report = reports.get(work.pair?.crmId ?? '');
    if (report === undefined || work.pair === null) return work;
    const { pair } = work;
    const off = new Set([...report.takenOff].map(keyOf));
    const gone = missingIn(pass.kind, work).filter(([, key]) => off.has(key));
    const base = { ...pair.base };
    for (const [group, key] of gone) {
      const known = base[group];
      if (known !== undefined) base[group] = { graph: withoutMember(known.graph, key), crm: withoutMember(known.crm, key) };
    }
    return { ...work, pair: { ...pair, base }, ...(report.marked && work.crm.state === 'deleted' ? { markedByCopies: true as const } : {}) };
  });
}

/** Who was on the record when both sides were last in common, and is not now, by group. */
function missingIn(kind: Kind, { pair, crm }: Work): (readonly [string, string])[] {
  if (pair === null || crm.state !== 'present') return [];
  return kind.groups.filter(({ members, direction }) => members === true && direction === 'both').flatMap(({ name }) => {
    const now = membersOf(crm.item.content[name]);
    return Object.keys(membersIn(pair.base[name]?.crm ?? '') ?? {}).filter((key) => !(key in now)).map((key) => [name, key] as const);
  });
}

function withoutMember(base: string, key: string): string {
  const members = membersIn(base);
  return members === null ? base : fingerprint(Object.fromEntries(Object.entries(members).filter(([one]) => one !== key)));
}
