import { begunAnew, outlived } from './anew.ts';
import { fingerprint } from '../model/content.ts';
import { forgetConflicts, keepConflict } from './conflicts.ts';
import { StopPass, type KindPass } from './context.ts';
import { indexCrmRecords } from './crm-index.ts';
import { PortFailure } from './failures.ts';
import { withDocumentsDue } from './documents.ts';
import { withFilesDue } from './files.ts';
import { inTodaysForm } from './former-form.ts';
import { isGivenAway, isTakenLate, planWhose, takenAway, withOthers } from './given-away.ts';
import { hasIntent, idOn, inSeriesNow, organized, otherSide, unguarded, withAttempt, type Pair } from './pair.ts';
import { fullerGroups, type Decision, type PlannedWrite } from './plan.ts';
import { asMasked } from './private.ts';
import type { RowChange, Side, SideItem, Write, Written } from './ports.ts';
import { confirm, type Outcome } from './confirm.ts';
import { guardDeletions } from './guard.ts';
import { bornLate, recogniseLate } from './late.ts';
import { followLeftBehind, telling, withoutReports, withVoices } from './left-behind.ts';
import { tellUnlinked, withLinks } from './links.ts';
import { withOwnRep } from './new-rep.ts';
import { membersOf } from './people-sides.ts';
import { guardMails } from './mail-guard.ts';
import { followOwnWrites } from './series-known.ts';
import { withWebLink } from './web-link.ts';
import { asPair, firstSeenOf, isRefused, missedAsGone, readSides, retryRows, shownAgain, type Planned, type Reserved, type Work } from './work.ts';

/** So many items are reserved, written and confirmed together. */
const CHUNK = 150;
/** How often an item that somebody else keeps changing is merged anew in one pass. */
const ATTEMPTS = 4;
/** Writes of one group that put a side right, a day: then something is fighting back. */
const CORRECTIONS_A_DAY = 3;
const DAY_MS = 86_400_000;

/** Plans, reserves, writes and confirms (design 5): returns when every item is confirmed, quarantined, or a pending row with a reason. */
export async function settle(pass: KindPass, found: readonly Work[]): Promise<void> {
  const works = await followLeftBehind(pass, await claimOurs(pass, found));
  // A reservation whose outcome is unknown is resolved before anything is planned for its item: in the next pass.
  const reserved = works.filter((work) => work.pair !== null && hasIntent(work.pair));
  if (reserved.length > 0) await pass.commit([reserved.flatMap((work) => retryRows(pass, work.pair, work, pass.now() + 5_000))]);
  let waiting = works.filter((work) => work.pair === null || !hasIntent(work.pair));
  for (let attempt = 0; waiting.length > 0; attempt += 1) {
    if (attempt === ATTEMPTS) {
      await pass.commit([waiting.flatMap((work) => retryRows(pass, work.pair, work, pass.now() + 60_000))]);
      return;
    }
    const again: Work[] = [];
    const planned = await guardMails(pass, await guardDeletions(pass, await decide(pass, waiting)));
    const writing = planned.filter(({ decision }) => decision.verdict === 'write');
    await keepBooks(pass, planned.filter(({ decision }) => decision.verdict !== 'write'));
    for (let start = 0; start < writing.length; start += CHUNK) {
      pass.checkBudget();
      again.push(...(await carryOut(pass, writing.slice(start, start + CHUNK))));
    }
    waiting = again;
  }
}

/**
 * An item that no pair knows by its id may be what our own create made, whose answer was lost: it carries the pair's key, and the pair still waits for it
 * (design 5.4). A search may lag behind a create, so this is where it is often seen first. Where the pair has its item already, this one is a copy.
 */
async function claimOurs(pass: KindPass, works: readonly Work[]): Promise<readonly Work[]> {
  const unknown = works.flatMap((work) => {
    const side: Side = work.graph.state === 'present' ? 'graph' : 'crm';
    const view = work[side];
    return work.pair === null && view.state === 'present' && view.item.key !== null ? [{ work, side, item: view.item, key: view.item.key }] : [];
  });
  if (unknown.length === 0) return works;
  const pairs = await pass.pairs.byPairIds(unknown.map(({ key }) => key));
  const claimed = new Map<Work, Work>();
  for (const { work, side, item, key } of unknown) {
    const pair = pairs.get(key);
    if (pair === undefined || idOn(pair, side) !== null) continue;
    if (pair.state === 'ended') {
      const born = side === 'graph' ? bornLate(pass.kind, pair, item) : null;
      if (born !== null) claimed.set(work, { pair: born, graph: work.graph, crm: { state: 'deleted' } });
      continue;
    }
    const whole: Pair = { ...pair, [side === 'graph' ? 'graphId' : 'crmId']: item.id, unsettled: true };
    await pass.commit([pass.pairs.changes(whole)]);
    pass.pairs.remember(whole);
    pairs.set(key, whole);
    if (hasIntent(whole)) {
      pass.lease.note({ reserved: true });
      pass.openIntents += 1;
    }
    claimed.set(work, { pair: whole, graph: { state: 'asBase' }, crm: { state: 'asBase' }, [side]: work[side] });
  }
  return works.map((work) => claimed.get(work) ?? work);
}

/** Plans every item; where a plan needs a side that was not read, reads it and plans again. */
async function decide(pass: KindPass, works: readonly Work[]): Promise<Planned[]> {
  const decided: Planned[] = [];
  let open: readonly Work[] = await readSides(pass, works.map(missedAsGone), (work) => (work.pair?.unsettled === true || work.pair?.held !== undefined || work.pair?.mailHeld !== undefined || isTakenLate(work, pass.now()) ? ['graph', 'crm'] : []));
  for (let reading = 0; open.length > 0 && reading < 3; reading += 1) {
    const planned = (await withLinks(pass, await withVoices(pass, await withoutReports(pass, await withMains(pass, await withOthers(pass, open.map((work) => withWhatWasRead(pass, work)))))))).map((work) => ({ work, decision: planOne(pass, work) }));
    decided.push(...planned.filter(({ decision }) => decision.verdict !== 'read'));
    const unread = planned.filter(({ decision }) => decision.verdict === 'read');
    const wanted = new Map(unread.map(({ work, decision }) => [work, decision.read ?? []]));
    open = await readSides(pass, unread.map(({ work }) => work), (work) => wanted.get(work) ?? []);
  }
  return decided;
}

/** What the pair says, told anew by what was read: in today's form, and with updates and a deletion of ours that took effect late. */
function withWhatWasRead(pass: KindPass, work: Work): Work {
  if (work.pair !== null && work.crm.state === 'present' && isTakenLate(work, pass.now())) {
    const anew = begunAnew(pass, takenAway(work.pair, pass.now()), 'crm', work.crm.item);
    if (anew !== null) return anew;
  }
  return work.pair === null ? work : withOwnRep(pass, { ...work, pair: asMasked(pass.kind, recogniseLate(pass.kind, inTodaysForm(pass.rules, work.pair, work), work.graph)) });
}

function planOne(pass: KindPass, work: Work): Decision {
  const { graph } = pass.sides;
  const planned = planWhose({ ...work, kind: pass.kind, rules: pass.rules, mayInvite: (key) => mayInvite(pass, work, key), holds: pass.holds, canEdit: (item, group, value) => graph.canEdit(item, group, value) });
  const decision = withWebLink(pass, work, planned);
  // A CRM stamp has a resolution of one second: one that was read when it was fresh guards nothing, so the record is read again before it is written.
  const toCrm = decision.writes.some((write) => write.side === 'crm' && write.action !== 'create');
  if (toCrm && work.crm.state === 'asBase') return { ...decision, verdict: 'read', read: ['crm'] };
  // The version of an occurrence is that of its whole series: what this pair saw last says nothing about it. Additional fields may rest on what stands there.
  const rests = work.pair?.series !== undefined || pass.kind.groups.some((group) => group.rests === true);
  const onRead = rests && decision.writes.some((write) => write.side === 'graph' && write.action !== 'create');
  return onRead && work.graph.state === 'asBase' ? { ...decision, verdict: 'read', read: ['graph'] } : decision;
}

/** A main record of the CRM may look like any other: whether it is one counts where somebody would be invited to it. */
async function withMains(pass: KindPass, works: readonly Work[]): Promise<readonly Work[]> {
  if (pass.invitesNobody || pass.rules.inviteFromCrmSeries === pass.rules.inviteFromCrm) return works;
  const sets = pass.kind.groups.filter((group) => group.members === true && group.direction === 'both').map(({ name }) => name);
  const asked = works.flatMap((work) => {
    const item = work.crm.state === 'present' && work.crm.item.ofSeries === undefined && work.crm.item.outOfScope === null && work.pair?.series === undefined ? work.crm.item : null;
    const comes = item !== null && sets.some((name) => Object.keys(membersOf(item.content[name])).length > 0 && work.pair?.base[name]?.crm !== fingerprint(item.content[name] ?? null));
    return item !== null && comes ? [{ work, item }] : [];
  });
  if (asked.length === 0) return works;
  const mains = await pass.sides.crm.mainsOfSeries(asked.map(({ item }) => item.id));
  const known = new Map(asked.map(({ work, item }) => [work, { ...work, crm: { state: 'present', item: { ...item, ofSeries: mains.has(item.id) } } } as const]));
  return works.map((work) => known.get(work) ?? work);
}

/** Nobody is invited by a first synchronization or when a mailbox gets another rep, nor to what is over; otherwise as the rules say (design 6.6). */
function mayInvite(pass: KindPass, { crm }: Work, key: string): boolean {
  if (pass.invitesNobody || (crm.state === 'present' && crm.item.span.end <= pass.now())) return false;
  const ofSeries = crm.state === 'present' && crm.item.ofSeries === true;
  switch (ofSeries ? pass.rules.inviteFromCrmSeries : pass.rules.inviteFromCrm) {
    case 'nobody':
      return false;
    case 'colleagues':
      return key.startsWith('rep:');
    case 'everybody':
      return true;
  }
}

/** Decisions that write nothing to either side: bases, reasons, tombstones and waiting rows. */
async function keepBooks(pass: KindPass, planned: readonly Planned[]): Promise<void> {
  const groups: RowChange[][] = [];
  const updated: Pair[] = [];
  await forgetConcealed(pass, planned);
  for (const { work, decision } of planned) {
    if (work.pair === null) {
      groups.push(booksForUnknown(pass, work, decision));
      continue;
    }
    const after = booksForPair(pass, work.pair, work, decision);
    if (JSON.stringify(after) === JSON.stringify(pass.pairs.get(after.pairId))) continue;
    // A creation that waits for an answer begins a new life, too.
    const before = pass.pairs.get(after.pairId) === undefined ? formerOf(work) : [];
    groups.push([...before.flatMap((former) => pass.pairs.changes(former)), ...pass.pairs.changes(after)]);
    updated.push(...before, after);
  }
  const writing = groups.filter((group) => group.length > 0);
  if (writing.length > 0) await pass.commit(writing);
  for (const pair of updated) pass.pairs.remember(pair);
}

function booksForUnknown(pass: KindPass, work: Work, decision: Decision): RowChange[] {
  const side: Side = work.graph.state === 'present' ? 'graph' : 'crm';
  const view = work[side];
  const id = view.state === 'present' ? view.item.id : null;
  const told = { at: pass.now(), kind: pass.kind.name, side, reason: decision.reason, graphId: side === 'graph' ? id : null, crmId: side === 'crm' ? id : null };
  if (decision.verdict === 'wait' && id !== null) {
    pass.journal.add({ ...told, action: 'waits' });
    return [pass.pending(side, id, 'window', pass.now() + (decision.entersInMs ?? DAY_MS))];
  }
  if (id !== null) pass.journal.add({ ...told, action: 'left', ...(decision.detail === undefined ? {} : { detail: decision.detail }) });
  return [];
}

function booksForPair(pass: KindPass, pair: Pair, work: Work, decision: Decision): Pair {
  const told = { at: pass.now(), kind: pass.kind.name, reason: decision.reason, pairId: pair.pairId, graphId: pair.graphId, crmId: pair.crmId, ...(decision.detail === undefined ? {} : { detail: decision.detail }) };
  switch (decision.verdict) {
    case 'settle':
      tellKept(pass, pair, decision);
      tellUnlinked(pass, pair, decision);
      return { ...shownAgain(observed(pass, tellUnfit(pass, pair, work, decision), work), work), base: { ...pair.base, ...decision.settled }, normaliser: pass.rules.normaliser, firstSeen: {}, refused: null, unsettled: false, told: null };
    case 'rest': {
      const reason = `${decision.reason}:${decision.detail ?? ''}`;
      if (pair.told !== reason) pass.journal.add({ ...told, action: 'rests' });
      // Nothing of what was read is taken over: when the item comes back into scope, its changes are still to be seen.
      const resting = { ...pair, told: reason, unsettled: true };
      return decision.conceals === true ? withFilesDue(pass, { ...resting, concealed: true }, work) : resting;
    }
    case 'end': {
      pass.journal.add({ ...told, action: decision.reason === 'deletedHereEditedThere' ? 'conflict' : 'ended' });
      const gone = { ...(work.graph.state === 'deleted' ? { graph: pass.now() } : {}), ...(work.crm.state === 'deleted' ? { crm: pass.now() } : {}) };
      return { ...pair, state: 'ended', gone: { ...pair.gone, ...gone }, intents: {}, told: null, ...(decision.reason === 'givenAway' ? { givenAway: true as const } : {}) };
    }
    case 'hold': {
      const [deletion] = decision.writes;
      if (deletion === undefined || (decision.detail !== 'mailbox' && decision.detail !== 'tenant' && decision.detail !== 'emptied')) return pair;
      pass.journal.add({ ...told, action: 'held', reason: 'deletionGuard', side: deletion.side });
      pass.count('heldBack');
      const reason = deletion.side === 'crm' ? 'deletedInOutlook' : isGivenAway(work) ? 'givenAway' : 'deletedInCrm';
      return { ...unguarded(pair), held: { side: deletion.side, reason, limit: decision.detail, since: pass.now() } };
    }
    default:
      return pair;
  }
}

/** What an occurrence cannot hold stays in the CRM alone: said once, when it is met. */
function tellKept(pass: KindPass, { pairId, graphId, crmId }: Pair, { kept }: Decision): void {
  if (kept !== undefined) pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'left', side: 'crm', reason: 'unheldByOccurrence', pairId, graphId, crmId, groups: kept });
}

/** Values of additional fields that stay where they are: each is told when it is met. */
function tellUnfit(pass: KindPass, pair: Pair, work: Work, { unfit }: Decision): Pair {
  if (unfit === undefined && pair.unfit === undefined) return pair;
  const { unfit: before = {}, ...others } = pair;
  for (const { group, side, why, value } of unfit ?? []) {
    if (before[group] === `${side} ${value}`) continue;
    const view = work[side];
    const detail = why === 'wouldMail' ? why : (pass.sides.unfit?.(side, group, view.state === 'present' ? (view.item.content[group] ?? null) : null) ?? 'wrongType');
    pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'left', side, reason: 'fieldNotShown', detail, pairId: pair.pairId, graphId: pair.graphId, crmId: pair.crmId, groups: [group] });
  }
  // Of a side that was not read nothing new is known.
  const unread = Object.entries(before).filter(([, known]) => (known.startsWith('graph ') ? work.graph : work.crm).state !== 'present');
  const now = { ...Object.fromEntries(unread), ...Object.fromEntries((unfit ?? []).map(({ group, side, value }) => [group, `${side} ${value}`])) };
  return Object.keys(now).length === 0 ? others : { ...others, unfit: now };
}

/** What a pair remembers of the items as read in this pass. */
export function observed(pass: KindPass, pair: Pair, work: Work): Pair {
  let after = pair;
  const { holds } = pass;
  for (const side of ['graph', 'crm'] as const) {
    const view = work[side];
    if (view.state !== 'present') continue;
    const { item } = view;
    // Taken away only when the record is known to show all of it again: until then it is a mask.
    if (side === 'graph' && item.masked === true) after = { ...after, concealed: true };
    after = { ...after, seen: { ...after.seen, [side]: { version: item.version, modified: item.modified, ...(item.hidden === undefined ? {} : { hidden: item.hidden }) } }, fuller: { ...after.fuller, [side]: fullerGroups(pass.kind, side, item, holds) }, span: item.span, ...organized(item) };
    if (side === 'graph') after = inSeriesNow(after, item);
  }
  return withDocumentsDue(pass, withFilesDue(pass, after, work), work);
}

/** Values of conflicts that were kept while the item was shown, before the pair is known to be concealed: a pass that is killed in between does it again. */
async function forgetConcealed(pass: KindPass, planned: readonly Planned[]): Promise<void> {
  for (const { work, decision } of planned) {
    if (decision.conceals === true && work.pair !== null && work.pair.concealed !== true) await forgetConflicts(pass.services.blobs, pass.mailbox, work.pair.pairId);
  }
}

/** Reserve, write, confirm one chunk; the items that must be merged anew come back. */
async function carryOut(pass: KindPass, planned: readonly Planned[]): Promise<Work[]> {
  const reserved: Reserved[] = [];
  for (const { work, decision } of planned) {
    const item = reserve(pass, work, decision);
    if (item !== null) reserved.push(item);
  }
  await forgetConcealed(pass, reserved);
  for (const { pair, decision, writes } of reserved) {
    const overruled = decision.conceals === true ? writes.flatMap((write) => (write.action === 'update' ? write.putsRight.filter((group) => group in write.content) : [])) : [];
    if (overruled.length > 0) pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'conflict', side: 'crm', reason: 'private', pairId: pair.pairId, graphId: pair.graphId, crmId: pair.crmId, groups: overruled });
    for (const conflict of decision.conflicts) {
      await keepConflict(pass.services.blobs, pass.mailbox, { pairId: pair.pairId, kind: pass.kind.name, group: conflict.group, loser: conflict.loser, why: conflict.why, value: conflict.value, at: pass.now() });
      pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'conflict', side: conflict.loser, reason: conflict.why, pairId: pair.pairId, graphId: pair.graphId, crmId: pair.crmId, groups: [conflict.group] });
    }
  }
  const sending = reserved.filter(({ writes }) => writes.length > 0);
  if (sending.length === 0) return [];
  pass.lease.note({ reserved: true });
  pass.openIntents += sending.length;
  const before = sending.map(({ work }) => formerOf(work));
  // Whoever comes back to what he left behind finds by the index who told of it: before anything is told.
  await indexCrmRecords(pass, sending.flatMap(({ pair }) => (pair.leftBehind === undefined ? [] : (pair.crmId ?? []))));
  await pass.commit(sending.map(({ pair }, index) => [...(before[index] ?? []).flatMap((former) => pass.pairs.changes(former)), ...pass.pairs.changes(pair)]));
  for (const pair of [...before.flat(), ...sending.map(({ pair }) => pair)]) pass.pairs.remember(pair);

  const outcomes = await sendAll(pass, sending);
  const result = confirm(pass, sending, outcomes);
  await followOwnWrites(pass, movedSeries(outcomes));
  await indexCrmRecords(pass, result.crmIds);
  await pass.commit(result.groups);
  for (const pair of result.pairs) pass.pairs.remember(pair);
  pass.openIntents -= sending.length - result.open;
  if (result.stop !== null) throw new StopPass(result.stop.failure, result.stop.at);
  return result.again;
}

/** The pair as it must stand in the table before anything is sent; null where nothing may be sent for it now. */
function reserve(pass: KindPass, work: Work, decision: Decision): Reserved | null {
  const base = work.pair ?? asPair(pass, work);
  if (base === null) return null;
  const taking = isGivenAway(work) && decision.writes.some((write) => write.side === 'graph' && write.action === 'delete');
  const pair: Pair = telling(pass.kind, { ...observed(pass, tellUnfit(pass, base, work, decision), work), ...(taking ? { givenAway: true as const } : {}) }, decision, work);
  tellKept(pass, pair, decision);
  tellUnlinked(pass, pair, decision);
  const writes: PlannedWrite[] = [];
  let corrections = pair.corrections;
  for (const write of decision.writes) {
    if (isRefused(pair, work, write)) continue;
    if (write.action !== 'update') {
      writes.push(write);
      continue;
    }
    const allowed = withinCorrections(pass, corrections, write);
    corrections = allowed.corrections;
    if (allowed.held.length > 0) {
      pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'held', side: write.side, reason: 'threeADay', pairId: pair.pairId, graphId: pair.graphId, crmId: pair.crmId, groups: allowed.held });
    }
    if (Object.keys(allowed.write.content).length > 0 || allowed.write.webLink !== undefined) writes.push(allowed.write);
  }
  const intents: Partial<Record<Side, NonNullable<Pair['intents']['graph']>>> = {};
  for (const write of writes) {
    const intended = write.action === 'delete' ? {} : Object.fromEntries(Object.entries(write.content).map(([group, value]) => [group, fingerprint(value)]));
    intents[write.side] = { action: write.action, at: pass.now(), intended, source: write.action === 'delete' ? {} : write.source, ...(write.action === 'update' ? { held: write.held } : {}) };
  }
  for (const side of ['graph', 'crm'] as const) {
    const [own, other] = [intents[side], intents[otherSide(side)]];
    const both = Object.entries(other?.intended ?? {}).filter(([group]) => own?.intended[group] !== undefined);
    if (own !== undefined && both.length > 0) intents[side] = { ...own, toOther: Object.fromEntries(both) };
  }
  const settled = { ...pair.base, ...decision.settled };
  const creating = Object.values(intents).find((intent) => intent.action === 'create');
  const creates = creating === undefined ? pair.creates : withAttempt(pair.creates ?? [], creating);
  // A merge has brought every group into today's form; a deletion compared and settled nothing.
  const normaliser = writes.every((write) => write.action !== 'delete') ? pass.rules.normaliser : pair.normaliser;
  return { work, decision, pair: { ...pair, ...(creates === undefined ? {} : { creates }), normaliser, base: settled, intents, corrections, firstSeen: firstSeenOf(pair, work) }, writes };
}

function formerOf({ former, graph, crm }: Work): Pair[] {
  const view = graph.state === 'present' ? graph : crm;
  return former === undefined || view.state !== 'present' ? [] : [outlived(former, view.item)];
}

function withinCorrections(pass: KindPass, before: Pair['corrections'], write: Extract<PlannedWrite, { action: 'update' }>): { corrections: Pair['corrections']; write: Extract<PlannedWrite, { action: 'update' }>; held: string[] } {
  const day = Math.floor(pass.now() / DAY_MS);
  const counts = before.day === day ? { ...before.counts } : {};
  const held: string[] = [];
  for (const group of write.putsRight) {
    const name = `${write.side}:${group}`;
    if ((counts[name] ?? 0) >= CORRECTIONS_A_DAY) held.push(group);
    else counts[name] = (counts[name] ?? 0) + 1;
  }
  const content = Object.fromEntries(Object.entries(write.content).filter(([group]) => !held.includes(group)));
  return { corrections: { day, counts }, write: { ...write, content }, held };
}

/** Series of which every write of this chunk was carried out, each on what the one before had left: from which version to which. */
function movedSeries(outcomes: readonly Outcome[]): { masterId: string; from: string; to: string }[] {
  const moved = new Map<string, { masterId: string; from: string; to: string } | null>();
  for (const { item, write, written } of outcomes) {
    const masterId = write.side === 'graph' ? item.pair.series?.masterId : undefined;
    if (masterId === undefined) continue;
    const view = item.work.graph;
    const from = view.state === 'present' ? view.item.version : null;
    const to = written.outcome === 'written' ? (written.item?.version ?? null) : null;
    const before = moved.get(masterId);
    const goesOn = before === undefined || before?.from === from;
    moved.set(masterId, from !== null && to !== null && goesOn ? { masterId, from, to } : null);
  }
  return [...moved.values()].filter((one) => one !== null);
}

/** Sends what was reserved, both sides at once; one outcome per planned write. */
async function sendAll(pass: KindPass, reserved: readonly Reserved[]): Promise<Outcome[]> {
  const perSide = await Promise.allSettled((['graph', 'crm'] as const).map((side) => sendTo(pass, side, reserved)));
  const broken = perSide.find((result) => result.status === 'rejected' && !(result.reason instanceof PortFailure));
  if (broken?.status === 'rejected') throw broken.reason as Error;
  return perSide.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}

async function sendTo(pass: KindPass, side: Side, reserved: readonly Reserved[]): Promise<Outcome[]> {
  const sending = reserved.flatMap((item) => item.writes.filter((write) => write.side === side).map((write) => ({ item, write })));
  if (sending.length === 0) return [];
  const writes = sending.map(({ item, write }) => toWrite(item, write));
  let written: readonly Written[];
  try {
    written = await pass.sides[side].write(writes);
  } catch (failure) {
    // A failure of the whole call says nothing about single writes: what may have been sent stays reserved.
    if (!(failure instanceof PortFailure)) throw failure;
    const outcome: Written['outcome'] = failure.details.outcomeUnknown === true ? 'lost' : 'notSent';
    written = writes.map(() => ({ outcome, failure }));
  }
  return sending.map(({ item, write }, position) => ({ item, write, written: written[position] ?? { outcome: 'lost', failure: new PortFailure(side, 'transient', 'A write was not answered.') } }));
}

function toWrite({ pair, work }: Reserved, write: PlannedWrite): Write {
  if (write.action === 'create') return { kind: 'create', pairId: pair.pairId, content: write.content, repeated: pair.tried[write.side] !== undefined, ...(pair.published === true ? { mode: 'published' as const } : {}), ...(write.webLink === undefined ? {} : { webLink: write.webLink }) };
  const view = work[write.side];
  const current: SideItem | null = view.state === 'present' ? view.item : null;
  const id = idOn(pair, write.side) ?? '';
  const version = current?.version ?? pair.seen[write.side]?.version ?? '';
  const series = write.side === 'graph' && pair.series !== undefined ? { series: pair.series.masterId } : {};
  if (write.action === 'delete') return { kind: 'delete', pairId: pair.pairId, id, version, current, ...series };
  return { kind: 'update', pairId: pair.pairId, id, version, content: write.content, current, ...series, ...linkOf(pair, work, write), ...(write.webLink === undefined ? {} : { webLink: write.webLink }) };
}

/** Whom a record hangs on tells with whom the appointment is: a masked one hangs on its owner, one that is shown again on whom it is with. */
function linkOf(pair: Pair, { pair: before, graph }: Work, { side }: PlannedWrite): Pick<Extract<Write, { kind: 'update' }>, 'link'> {
  if (side !== 'crm' || pair.published === true || graph.state !== 'present') return {};
  if (graph.item.masked === true) return { link: 'own' };
  return before?.concealed === true ? { link: 'people' } : {};
}
