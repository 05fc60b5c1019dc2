import { TABLES } from '../config/names.ts';
import { fingerprint } from '../model/content.ts';
import type { Instant } from '../model/time/instant.ts';
import { matchUp, type Match, type Matching, type Undecided } from './adoption-match.ts';
import type { KindPass } from './context.ts';
import { indexCrmRecords } from './crm-index.ts';
import { planWhose } from './given-away.ts';
import type { Marked } from './lease.ts';
import { bornAs, newPair, pairIdFor, type Base, type Pair } from './pair.ts';
import { publishedGroups } from './plan.ts';
import type { RowChange, Side, SideItem, Span, StoredRow } from './ports.ts';
import { keys, NO_ADOPTION, prefixBounds, type Adoption } from './rows.ts';
import { observed } from './settle.ts';
import { countedAnew, EMPTY_TALLY } from './tally.ts';
import type { Work } from './work.ts';

/** The mark by which an admin answers; `why` is the answer: `adopt`, `separate` or `anew`. */
export const ADOPT_MARK = 'adopt';

export const ADOPTION_ANSWERS = ['adopt', 'separate', 'anew'] as const;
export type AdoptionAnswer = (typeof ADOPTION_ANSWERS)[number];

const CHUNK = 150;

/**
 * Before a mailbox is synchronized for the first time, what stands on both sides already is recognised and adopted without a write, a mail or a second
 * copy: the predecessor's pairs, and ours where the state was lost or the mailbox was made anew. Where the rules say so, an admin is asked first, with
 * the numbers. Returns the work rows to go on with; null while the answer is waited for. Where rules take in more than those by which was looked, both
 * sides may hold what nobody looked for: it is looked again before anything of it counts as new.
 */
export async function adoptFirst(pass: KindPass, rows: readonly StoredRow[], marks: readonly Marked[], window: Span): Promise<readonly StoredRow[] | null> {
  const answer = answerIn(pass, marks);
  const before = pass.lease.state.adoption;
  const link = keys.cursor(pass.kind.name);
  const isFirst = !rows.some(({ rowKey }) => rowKey === link);
  if (answer?.verdict === 'anew') {
    await forget(pass, isFirst ? [] : [link], answer.at);
    return adoptFirst(pass, rows.filter(({ rowKey }) => rowKey !== link), [], window);
  }
  const isWider = !isFirst && answer === null && before?.state !== 'anew' && lookedBy(pass) !== undefined && lookedBy(pass) !== pass.rules.intake;
  if (!isFirst && answer === null && !isWider) {
    if (lookedBy(pass) === undefined) noteLooked(pass);
    return rows;
  }
  if (isFirst && before?.state === 'asks' && answer === null) return null;
  // What was not decided is looked at again, or each is taken in as a thing of its own.
  const put = answer === null ? [] : (await pass.pairs.all()).filter(({ state }) => state === 'undecided');
  await drop(pass, put);
  if (answer?.verdict === 'separate') {
    pass.lease.note({ adoption: { ...(before ?? NO_ADOPTION), state: 'done', undecided: 0, answered: answer.at } });
    pass.wantsNet = true;
    return rows;
  }
  const { span } = pass.rules.adoption;
  const all = await look(pass, { start: Math.min(window.start, span.start), end: Math.max(window.end, span.end) });
  const found = isWider ? await withoutOpen(pass, all) : all;
  const adopted = found.adopted.map((match) => ({ ...match, different: differences(pass, match) }));
  const met = countsOf(pass, found, adopted.filter(({ different }) => different.length > 0).length);
  const counts = isWider && before !== undefined ? { ...met, adopted: before.adopted + met.adopted, different: before.different + met.different, undecided: before.undecided + met.undecided } : met;
  if (isFirst && answer === null && pass.rules.adoption.asks && counts.adopted + counts.undecided > 0) {
    pass.lease.note({ adoption: { ...counts, state: 'asks', at: pass.now(), answered: before?.answered ?? 0 } });
    pass.services.report('adoption.asks', { tenant: pass.mailbox.tenantId, mailbox: pass.mailbox.mailboxId, ...counts });
    return null;
  }
  for (let start = 0; start < adopted.length; start += CHUNK) {
    pass.checkBudget();
    await adopt(pass, adopted.slice(start, start + CHUNK));
  }
  await setAside(pass, found.undecided);
  // What was set aside before and is not any more is new.
  if (!isFirst) pass.wantsNet = true;
  noteLooked(pass);
  if (met.adopted + met.undecided > 0 || answer !== null) {
    pass.lease.note({ adoption: { ...counts, state: 'done', at: pass.now(), answered: answer?.at ?? before?.answered ?? 0 } });
    pass.services.report('adoption.done', { tenant: pass.mailbox.tenantId, mailbox: pass.mailbox.mailboxId, ...counts });
  }
  return rows;
}

function lookedBy(pass: KindPass): string | undefined {
  return pass.lease.state.lookedBy?.[pass.kind.name];
}

function noteLooked(pass: KindPass): void {
  pass.lease.note({ lookedBy: { ...pass.lease.state.lookedBy, [pass.kind.name]: pass.rules.intake } });
}

/** In the middle of a mailbox's life the key of a pair means a create of ours that is not confirmed yet: that is for whoever resolves it. */
async function withoutOpen(pass: KindPass, found: Matching): Promise<Matching> {
  const known = await pass.pairs.byPairIds(found.adopted.flatMap(({ key }) => (key === null ? [] : [key.pairId])));
  return { ...found, adopted: found.adopted.filter(({ key }) => key === null || !known.has(key.pairId)) };
}

/** Its pairs are to be forgotten: what was reserved in the mailbox of before is resolved by nobody. */
export function isAdoptedAnew(pass: KindPass, marks: readonly Marked[]): boolean {
  return answerIn(pass, marks)?.verdict === 'anew';
}

/**
 * An answer counts once, whatever the pass that worked it came to. That the mailbox was made anew counts only where it waits for that word: said again while
 * the first is worked, it would take what was edited since for what both sides had always shown.
 */
function answerIn(pass: KindPass, marks: readonly Marked[]): { readonly verdict: AdoptionAnswer; readonly at: Instant } | null {
  const mark = marks.find(({ mark: { kind } }) => kind === ADOPT_MARK)?.mark;
  const verdict = ADOPTION_ANSWERS.find((one) => one === mark?.why);
  if (verdict === 'anew' && pass.lease.state.adoption?.state !== 'anew') return null;
  return mark === undefined || verdict === undefined || mark.at <= (pass.lease.state.adoption?.answered ?? 0) ? null : { verdict, at: mark.at };
}

/** Both sides as they are listed, without what pairs know already: a pass before this one may not have come to its end. */
async function look(pass: KindPass, window: Span): Promise<Matching> {
  const records: SideItem[] = [];
  for (let after: string | null = null; ; ) {
    pass.checkBudget();
    const page: { readonly items: readonly SideItem[]; readonly next: string | null } = await pass.sides.crm.list(window, after);
    records.push(...page.items);
    after = page.next;
    if (after === null) break;
  }
  const events: SideItem[] = [];
  // Nothing in the CRM, nothing to recognise: the first round brings the events.
  for (let link: string | null = null; records.length > 0; ) {
    pass.checkBudget();
    const page: { readonly items: readonly SideItem[]; readonly next: string | null } = await pass.sides.graph.list(link === null ? { window } : { link });
    events.push(...page.items);
    link = page.next;
    if (link === null) break;
  }
  const unknown = async (side: Side, items: readonly SideItem[]): Promise<SideItem[]> => {
    const pairs = await pass.pairs.byIds(side, items.map(({ id }) => id));
    return items.filter(({ id }) => !pairs.has(id));
  };
  const { tenantId, mailboxId } = pass.mailbox;
  return matchUp({
    events: await unknown('graph', events),
    records: await unknown('crm', records),
    keyOf: (origin, id, generation) => pairIdFor(tenantId, mailboxId, pass.kind.name, origin, id, generation),
    holds: pass.holds,
  });
}

type Counts = Omit<Adoption, 'state' | 'at' | 'answered'>;

function countsOf(pass: KindPass, { adopted, undecided, unmatched }: Matching, different: number): Counts {
  const isMade = (work: Work): boolean => {
    const { graph } = pass.sides;
    return planWhose({ ...work, kind: pass.kind, rules: pass.rules, mayInvite: () => false, holds: pass.holds, canEdit: (item, group, value) => graph.canEdit(item, group, value) }).verdict === 'write';
  };
  const toCrm = unmatched.graph.filter((item) => isMade({ pair: null, graph: { state: 'present', item }, crm: { state: 'unknown' } })).length;
  const toOutlook = unmatched.crm.filter((item) => isMade({ pair: null, crm: { state: 'present', item }, graph: { state: 'unknown' } })).length;
  return { adopted: adopted.length, different, undecided: undecided.length, toCrm, toOutlook, left: unmatched.graph.length + unmatched.crm.length - toCrm - toOutlook };
}

/** Groups of which neither side would hold what the other shows. */
function differences(pass: KindPass, { event, record }: Match): string[] {
  const [onCrm, onGraph] = [pass.sides.crm.holds(event.content), pass.sides.graph.holds(record.content)];
  const shows = (content: SideItem['content'], name: string): string => fingerprint(content[name] ?? null);
  return groupsOf(pass, event)
    .filter(({ name, derived, members }) => derived !== true && members !== true && shows(onCrm, name) !== shows(record.content, name) && shows(onGraph, name) !== shows(event.content, name))
    .map(({ name }) => name);
}

function groupsOf(pass: KindPass, event: SideItem): ReturnType<typeof publishedGroups> {
  return event.meeting?.role === 'attendee' ? publishedGroups(pass.kind) : [...pass.kind.groups];
}

/** What both sides show is the common base, each in its own form: what differs stays until a person edits it. */
async function adopt(pass: KindPass, matches: readonly (Match & { readonly different: readonly string[] })[]): Promise<void> {
  const pairs = matches.map((match) => ({ match, pair: pairOf(pass, match) }));
  await indexCrmRecords(pass, matches.map(({ record }) => record.id));
  for (const { match: { key, different: groups }, pair: { pairId, graphId, crmId } } of pairs) {
    pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'adopted', reason: key === null ? 'sameContent' : 'sameKey', pairId, graphId, crmId, ...(groups.length === 0 ? {} : { groups, detail: 'different' }) });
  }
  await writeDown(pass, pairs.map(({ pair }) => pair));
  pass.count('adopted', pairs.length);
}

function pairOf(pass: KindPass, { event, record, key }: Match): Pair {
  const { tenantId, mailboxId } = pass.mailbox;
  const pairId = key?.pairId ?? pairIdFor(tenantId, mailboxId, pass.kind.name, 'graph', event.id, 1);
  const shows = (item: SideItem, name: string): string => fingerprint(item.content[name] ?? null);
  const base: Record<string, Base> = {};
  // Of what is private now the record may show everything: both are read and brought in step as any change is.
  if (event.masked !== true) for (const { name } of groupsOf(pass, event)) base[name] = { graph: shows(event, name), crm: shows(record, name) };
  const pair: Pair = { ...newPair(pairId, pass.kind.name, 'graph', event, pass.rules.normaliser), generation: key?.generation ?? 1, crmId: record.id, ...bornAs(pairId, record), base, ...(key === null ? { filesLeft: true as const } : {}), unsettled: event.masked === true };
  return observed(pass, pair, { pair, crm: { state: 'present', item: record }, graph: { state: 'present', item: event } });
}

/** Known and left alone: neither is made a second time on the other side, until an admin says what they are. */
async function setAside(pass: KindPass, undecided: readonly Undecided[]): Promise<void> {
  const { tenantId, mailboxId } = pass.mailbox;
  const pairs = undecided.map(({ side, item, why }): Pair => {
    const pairId = pairIdFor(tenantId, mailboxId, pass.kind.name, side, item.id, 1);
    pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'left', side, reason: 'undecided', detail: why, pairId, graphId: side === 'graph' ? item.id : null, crmId: side === 'crm' ? item.id : null });
    return { ...newPair(pairId, pass.kind.name, side, item, pass.rules.normaliser), state: 'undecided' };
  });
  if (pairs.length === 0) return;
  await writeDown(pass, pairs);
  pass.count('undecided', pairs.length);
}

async function writeDown(pass: KindPass, pairs: readonly Pair[]): Promise<void> {
  await pass.commit(pairs.map((pair) => pass.pairs.changes(pair)));
  for (const pair of pairs) pass.pairs.remember(pair);
}

/** A mailbox made anew holds nothing of what we knew: pairs, series and cursor go; what is over stays over. */
async function forget(pass: KindPass, cursor: readonly string[], answered: Instant): Promise<void> {
  await drop(pass, (await pass.pairs.all()).filter(({ state }) => state !== 'ended'));
  const { rows: series } = await pass.services.tables.range(TABLES.mailbox, pass.lease.partition, prefixBounds(keys.allSeries(pass.kind.name)));
  const gone = [...series.map(({ rowKey }) => rowKey), ...cursor];
  pass.lease.note({ guard: countedAnew(pass.lease.state.guard ?? EMPTY_TALLY, pass.kind.name, await pass.pairs.all()) });
  // The cursor goes last: a pass that dies before begins from the start.
  if (gone.length > 0) await pass.commit(gone.map((rowKey): RowChange[] => [{ op: 'delete', rowKey }]));
  pass.lease.note({ adoption: { ...NO_ADOPTION, at: pass.now(), answered } });
  pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'adopted', side: 'graph', reason: 'mailboxMadeAnew' });
}

async function drop(pass: KindPass, pairs: readonly Pair[]): Promise<void> {
  if (pairs.length > 0) await pass.commit(pairs.map((pair) => pass.pairs.removal(pair)));
}
