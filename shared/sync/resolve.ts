import { fingerprint, membersIn } from '../model/content.ts';
import { begunAnew } from './anew.ts';
import { keepConflict } from './conflicts.ts';
import type { KindPass } from './context.ts';
import { mustBeHome } from './doubt.ts';
import { inTodaysForm } from './former-form.ts';
import { isTaking, notTakenYet, takenAway } from './given-away.ts';
import { asWritten, madeBy, recogniseLate, rememberUnfound } from './late.ts';
import { baseOf, hasIntent, idOn, otherSide, withIntentAsBase, withoutMailLetGo, type Base, type Intent, type Pair } from './pair.ts';
import type { Side, SideItem } from './ports.ts';
import type { Instant } from '../model/time/instant.ts';
import type { View } from './plan.ts';
import { settle } from './settle.ts';
import { isWithheld } from './private.ts';
import { readSides, viewOf, type Work } from './work.ts';

/**
 * Resolves what was reserved and never confirmed, before anything is planned (design 5.1, 5.4). Only the side that was being written is compared
 * with the intent: equal = it was written; equal to the old base = it was not; neither = a person's edit, kept whatever the rule.
 */
export async function resolveReservations(pass: KindPass): Promise<void> {
  const open = (await pass.pairs.all()).filter(hasIntent);
  if (open.length === 0) return;
  const { found, spent } = await findCreated(pass, open);
  let works: Work[] = found.map((pair) => ({ pair, graph: startOf(pair, 'graph'), crm: startOf(pair, 'crm') }));
  works = await readSides(pass, works, () => ['graph', 'crm']);
  if (works.some(({ graph }) => graph.state === 'deleted')) await mustBeHome(pass);
  const resolved: Work[] = [];
  const again: (Work | null)[] = [];
  for (const work of works) {
    if (work.pair === null) continue;
    let { pair } = work;
    if (spent.has(pair.pairId)) {
      const { former, next } = withAnotherKey(work, pair);
      resolved.push({ ...work, pair: former });
      again.push(next);
      continue;
    }
    if (isTaking(pair) && work.graph.state === 'deleted') {
      const former = takenAway(pair, pass.now());
      resolved.push({ ...work, pair: former });
      if (work.crm.state === 'present') again.push(begunAnew(pass, former, 'crm', work.crm.item));
      continue;
    }
    if (isTaking(pair) && (work.graph.state === 'unknown' || work.graph.state === 'refused')) {
      // Whether we took it away decides what follows for the record.
      pass.openIntents += 1;
      pass.look(pass.now() + LATE_MS);
      continue;
    }
    if (isTaking(pair)) pair = notTakenYet(pair);
    if (pair.intents.graph !== undefined && work.graph.state === 'unknown' && work.graph.behind === true) {
      pass.openIntents += 1;
      continue;
    }
    pair = inTodaysForm(pass.rules, pair, work);
    const before = pair.base;
    pair = recogniseLate(pass.kind, pair, work.graph);
    const late = new Set(Object.keys(pair.base).filter((group) => pair.base[group] !== before[group]));
    for (const side of ['graph', 'crm'] as const) {
      const intent = pair.intents[side];
      if (intent !== undefined) pair = await resolveOne(pass, pair, side, intent, work, late);
    }
    pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'adopted', reason: 'reservationResolved', pairId: pair.pairId, graphId: pair.graphId, crmId: pair.crmId });
    resolved.push({ ...work, pair });
  }
  // Unsettled until it is planned: a pass that dies before that must read both sides again, because what was read here is known as seen.
  await pass.commit(resolved.map(({ pair }) => (pair === null ? [] : pass.pairs.changes(pair.state === 'active' ? { ...pair, unsettled: true } : pair))));
  for (const { pair } of resolved) if (pair !== null) pass.pairs.remember(pair);
  await settle(pass, [...resolved.filter(({ pair }) => pair?.state === 'active'), ...again.filter((work) => work !== null)]);
}

/** Creates whose answer was lost are looked up by the key that they carry; a marker counts only for the pair that it names. */
async function findCreated(pass: KindPass, open: readonly Pair[]): Promise<{ readonly found: Pair[]; readonly spent: ReadonlySet<string> }> {
  const spent = new Set<string>();
  const found = new Map(open.map((pair) => [pair.pairId, pair]));
  const now = pass.now();
  for (const side of ['graph', 'crm'] as const) {
    const wanted = open.filter((pair) => pair.intents[side]?.action === 'create' && idOn(pair, side) === null);
    if (wanted.length === 0) continue;
    const readings = await pass.sides[side].findByKey(wanted.map((pair) => pair.pairId));
    const late: Pair[] = [];
    for (const { pairId } of wanted) {
      const pair = found.get(pairId);
      if (pair === undefined) continue;
      const view = viewOf(readings.get(pairId));
      if (view.state === 'present') found.set(pairId, { ...pair, [side === 'graph' ? 'graphId' : 'crmId']: view.item.id });
      else if (view.state === 'deleted' && side === 'graph' && now - (pair.intents.graph?.at ?? 0) < pass.rules.readLagMs) {
        // The search shows it, and the reading may be behind.
        found.delete(pairId);
        pass.openIntents += 1;
        pass.look(now + pass.rules.readLagMs);
      } else if (view.state === 'deleted') {
        if (pair.tried[side] === 'spent') spent.add(pairId);
        else found.set(pairId, deletedBeforeKnown(pair, side, now));
      } else if (mayBeRepeated(pass, pair, side)) found.set(pairId, { ...pair, tried: { ...pair.tried, [side]: 'lost' } });
      else if (now - (pair.intents[side]?.at ?? 0) > LATE_MS) late.push(pair);
      else {
        // Its key is taken, or would make another one, and it does not show yet: a search may lag behind a write.
        found.delete(pairId);
        pass.openIntents += 1;
        pass.look(now + LATE_MS);
      }
    }
    // Its key is taken and nothing shows it here: moved to another calendar by a person, or deleted by one.
    const elsewhere = side === 'graph' && late.length > 0 ? await pass.sides.graph.findElsewhere(late.map(({ pairId }) => pairId)) : new Map<string, string>();
    for (const pair of late) {
      const id = elsewhere.get(pair.pairId);
      if (id === undefined && pair.tried[side] === 'spent') spent.add(pair.pairId);
      else found.set(pair.pairId, id === undefined ? deletedBeforeKnown(pair, side, now) : { ...withIntentAsBase(pair, side), graphId: id });
    }
  }
  return { found: [...found.values()], spent };
}

/**
 * The key was taken before we sent it, and what it had made is gone: that was in a life of the item which we know nothing of any more. Nobody deleted
 * what we are about to make, so it is made under the key of another generation.
 */
function withAnotherKey(work: Work, pair: Pair): { readonly former: Pair; readonly next: Work } {
  const former: Pair = { ...pair, state: 'ended', intents: {}, tried: {} };
  const next: Work = pair.graphId === null ? { pair: null, former, crm: work.crm, graph: { state: 'unknown' } } : { pair: null, former, graph: work.graph, crm: { state: 'unknown' } };
  return { former, next };
}

/** Nothing shows that it was done, and to send it again under its key makes no second item. */
function mayBeRepeated(pass: KindPass, pair: Pair, side: Side): boolean {
  if (pair.tried[side] === 'exists' || pair.tried[side] === 'spent') return false;
  return side === 'crm' || pass.rules.keysRepeat !== true || pass.now() - (pair.intents.graph?.at ?? 0) > LATE_MS;
}

/** How long a search may lag behind a create whose key is known to be taken. */
const LATE_MS = 5 * 60_000;

function startOf(pair: Pair, side: Side): View {
  return pair.gone[side] !== undefined && idOn(pair, side) === null ? { state: 'deleted' } : { state: 'asBase' };
}

/** Our create had taken effect, and a person deleted what it made: the intent is the base, so that the survivor's edits can be told. */
function deletedBeforeKnown(pair: Pair, side: Side, now: Instant): Pair {
  return { ...withIntentAsBase(pair, side), gone: { ...pair.gone, [side]: now } };
}

/** @param late groups in which an earlier update turned up: there this one took no effect, its event was another */
async function resolveOne(pass: KindPass, pair: Pair, side: Side, intent: Intent, work: Work, late: ReadonlySet<string>): Promise<Pair> {
  const { [side]: _resolved, ...intents } = pair.intents;
  const view = work[side];
  if (view.state !== 'present') return { ...pair, intents };
  const source = work[otherSide(side)];
  const base: Record<string, Base> = { ...pair.base };
  const writtenOver: Record<string, string> = { ...pair.writtenOver };
  // What was edited at the source after the attempt that made it is still to flow, or is kept where it is overruled.
  const possible = intent.action === 'create' ? madeBy(pair.creates ?? [], view.item.content) : [];
  for (const [group, intended] of Object.entries(intent.intended)) {
    const now = fingerprint(view.item.content[group] ?? null);
    const before = pair.base[group];
    const sourceThen = intent.source[group] ?? '';
    const members = pass.kind.groups.find(({ name }) => name === group)?.members === true ? membersIn(intended) : null;
    if (now !== intended && pair.normaliser !== pass.rules.normaliser) {
      const rebased = await resolveOtherForm(pass, pair, side, group, work);
      if (rebased !== null) base[group] = rebased;
      continue;
    }
    if (now === intended) {
      base[group] = asWritten(pass.kind, pair, side, group, intent);
    } else if (now === (intent.held?.[group] ?? before?.[side]) || (side === 'graph' && late.has(group))) {
      continue;
    } else {
      const sourceItem = source.state === 'present' ? source.item : null;
      const sourceNow = sourceItem === null ? sourceThen : fingerprint(sourceItem.content[group] ?? null);
      if (before === undefined) {
        // A create had taken effect and was edited since: what was created is the base of both sides, edits of either are seen against it.
        const made = possible.find((attempt) => attempt.intended[group] !== undefined) ?? intent;
        const then = asWritten(pass.kind, pair, side, group, made);
        base[group] = then;
        // Edited in Outlook, and nobody knows of what: his edit stays, unless somebody edited the record after the last attempt, too.
        const isUncertain = possible.some((attempt) => attempt.intended[group] !== made.intended[group]);
        if (side === 'graph' && isUncertain && now !== made.intended[group] && sourceNow === sourceThen) writtenOver[group] = then.graph;
        continue;
      }
      // Edited on both sides since: the rule decides between the two new values.
      if (sourceNow !== sourceThen) continue;
      // Of a set, nobody can tell whom our write would have added or taken away: what is there now is what the person wants, member by member.
      base[group] = members === null ? baseOf(side, before[side], sourceNow) : asWritten(pass.kind, pair, side, group, intent);
      // What is private now is kept nowhere: the journal tells that there was something.
      if (sourceItem !== null) await keepReserved(pass, pair, otherSide(side), group, sourceItem, isWithheld(pair, [view, source]));
    }
  }
  const arrived = side === 'graph' && Object.entries(intent.intended).every(([group, intended]) => fingerprint(view.item.content[group] ?? null) === intended);
  const known = arrived ? withoutMailLetGo(pair) : side === 'graph' ? rememberUnfound(pair, intent, view.item) : pair;
  return { ...known, base, intents, unsettled: false, ...(Object.keys(writtenOver).length === 0 ? {} : { writtenOver }) };
}

/**
 * An intent in the form of another normaliser says what was written, and not how it shows today. Where both sides show the same, it was written; where the
 * written side did not move, it was not, and goes over now. Else somebody was there: on the written side where the source did not move, and his edit stays; otherwise the
 * source, where somebody was for certain, goes over, and what stands there is kept in the conflict log. Null where the base is to stay.
 */
async function resolveOtherForm(pass: KindPass, pair: Pair, side: Side, group: string, work: Work): Promise<Base | null> {
  const written = work[side];
  const source = work[otherSide(side)];
  if (written.state !== 'present' || source.state !== 'present') return null;
  const [now, sourceNow] = [fingerprint(written.item.content[group] ?? null), fingerprint(source.item.content[group] ?? null)];
  const shown = pass.sides[side].holds(source.item.content)[group] ?? null;
  if (fingerprint(shown) === now) return baseOf(side, now, sourceNow);
  const isUpdate = pair.base[group] !== undefined;
  if (isUpdate && pair.seen[side]?.version === written.item.version) return baseOf(side, now, '');
  if (pair.seen[otherSide(side)]?.version === source.item.version) {
    // Nobody was at the source: what stands on the written side is a person's, and what was meant for it is kept. Or an earlier attempt made it, before an edit.
    if (isUpdate || (pair.creates?.length ?? 0) > 1) await keepReserved(pass, pair, otherSide(side), group, source.item, isWithheld(pair, [written, source]));
    return baseOf(side, '', sourceNow);
  }
  await keepReserved(pass, pair, side, group, written.item, isWithheld(pair, [written, source]));
  return baseOf(side, now, '');
}

/** A person's edit of the written side is kept; what we had meant to write there goes to the conflict log. */
async function keepReserved(pass: KindPass, pair: Pair, loser: Side, group: string, item: SideItem, withheld: boolean): Promise<void> {
  if (!withheld) await keepConflict(pass.services.blobs, pass.mailbox, { pairId: pair.pairId, kind: pass.kind.name, group, loser, why: 'writtenMeanwhile', value: item.content[group] ?? null, at: pass.now() });
  pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'conflict', side: loser, reason: 'writtenMeanwhile', pairId: pair.pairId, graphId: pair.graphId, crmId: pair.crmId, groups: [group] });
}
