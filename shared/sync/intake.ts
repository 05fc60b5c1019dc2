import { begunAnew } from './anew.ts';
import type { KindPass } from './context.ts';
import { madeAnew } from './doubt.ts';
import { PortFailure, REPEATED_PAGE } from './failures.ts';
import { takeBeyond, takePage, takeReadings } from './questions.ts';
import { hasSeries } from './series-known.ts';
import { takeSeries, untold } from './series.ts';
import type { PulledPage, RowChange, Side, Span, StoredRow } from './ports.ts';
import { isMissed, type Pair } from './pair.ts';
import { encodeRow, keys, readRow, type Cursor, type Pending } from './rows.ts';
import { settle } from './settle.ts';
import { seriesIn, seriesOfPage, viewOf, type Work } from './work.ts';

const DAY_MS = 86_400_000;
/** A token's window is frozen: it reaches this far beyond the rule's, and is made anew monthly (design 2). */
const WINDOW_RESERVE_DAYS = 60;
const REBASE_AFTER_DAYS = 30;
/** A pending row with the ETag it was read with: deleted only with that. */
interface Question {
  readonly pending: Pending;
  readonly rowKey: string;
  readonly etag: string;
}

/** Reads what both sides have to tell since the last pass, and brings each item in step. Returns the pending rows that are answered. */
export async function takeIn(pass: KindPass, rows: readonly StoredRow[]): Promise<RowChange[]> {
  const cursorRow = rows.find((row) => row.rowKey === keys.cursor(pass.kind.name));
  const cursor = cursorRow === undefined ? null : readRow<Cursor>(cursorRow, OLDER_CURSOR);
  const questions = rows.filter((row) => row.rowKey.startsWith('pending|')).map((row) => asQuestion(row)).filter(({ pending }) => pending.kind === pass.kind.name);
  const brought = new Map<string, string>();
  pass.firstSync = cursor?.crmAfter !== 'done';
  pass.asksOpen = questions.some(({ pending }) => isNotified(pending) && pending.due <= pass.now());
  const after = await pullGraph(pass, cursor, brought);
  const answered = await answer(pass, questions, brought);
  // There was no subscription for a while: what the delta's window does not show has to be asked for, too.
  if (questions.some(({ pending }) => pending.reason === 'again' && pending.due <= pass.now())) {
    await takeBeyond(pass, after.windowEnd);
    // Nor does it always show that an occurrence was taken out: the calendar itself does.
    if (await hasSeries(pass)) pass.wantsNet = true;
  }
  await listCrm(pass, after);
  pass.firstSync = false;
  return answered;
}

/** What a row of an older version may lack. */
const OLDER_CURSOR: Partial<Cursor> = { listing: false, relisting: false, oldLink: null, crmAfter: null };
const OLDER_PENDING: Partial<Pending> = { reason: 'retry', due: 0, etag: null };

function asQuestion(row: StoredRow): Question {
  return { pending: readRow<Pending>(row, OLDER_PENDING), rowKey: row.rowKey, etag: row.etag };
}

function cursorChange(pass: KindPass, cursor: Cursor): RowChange {
  return { op: 'put', row: encodeRow(keys.cursor(pass.kind.name), cursor) };
}

/** The rule's window and the reserve ahead of it. */
export function listingWindow(pass: KindPass): Span {
  return { start: pass.rules.window.start, end: pass.rules.window.end + WINDOW_RESERVE_DAYS * DAY_MS };
}

function freshCursor(pass: KindPass, home: string, before: Cursor | null, oldLink: string | null): Cursor {
  const window = listingWindow(pass);
  return { link: null, windowStart: window.start, windowEnd: window.end, listing: true, relisting: before !== null, startedAt: pass.now(), home, oldLink, crmAfter: before?.crmAfter ?? null };
}

/** All pages of this round. The cursor moves past a page only when every item of it is confirmed, quarantined or pending. */
async function pullGraph(pass: KindPass, stored: Cursor | null, brought: Map<string, string>): Promise<Cursor> {
  let cursor = await startingCursor(pass, stored);
  let seen = new Set<string>();
  /** Of all pages of this round: one may continue what another cuts off. */
  let series = new Map<string, string | null>();
  const written = new Set<string>();
  let restarts = 0;
  if (cursor.circling !== undefined && pass.now() - cursor.circling < DAY_MS) {
    pass.wantsNet = true;
    return cursor;
  }
  for (;;) {
    pass.checkBudget();
    let page: PulledPage;
    try {
      page = await pass.sides.graph.pull(cursor.link === null ? { window: { start: cursor.windowStart, end: cursor.windowEnd } } : { link: cursor.link });
    } catch (failure) {
      if (!(failure instanceof PortFailure) || failure.reason !== 'gone') throw failure;
      if (restarts === 1 && failure.details.code === REPEATED_PAGE) return listInstead(pass, cursor);
      if (restarts === 1) throw new PortFailure('graph', 'transient', 'Graph gives no complete list of this calendar at the moment: it is asked again later.');
      restarts += 1;
      // Tokens end with their mailbox: whether this is still the same one is asked before its list is believed.
      cursor = freshCursor(pass, await sameHome(pass, cursor.home), cursor, null);
      seen = new Set();
      series = new Map();
      continue;
    }
    pass.isHome = true;
    for (const [masterId, version] of await takePage(pass, page, brought)) series.set(masterId, version);
    for (const item of [...page.items, ...(page.series ?? []), ...(page.unread ?? [])]) seen.add(item.id);
    if (page.next !== null) {
      cursor = { ...cursor, link: page.next };
      // Before the cursor moves past a page, what it says of series is written down (design 2).
      const rows = [...series.keys()].filter((masterId) => !written.has(masterId)).map((masterId) => pass.pending('graph', seriesOfPage(masterId), 'series', 0));
      for (const masterId of series.keys()) written.add(masterId);
      pass.defer(cursorChange(pass, cursor), ...rows);
      continue;
    }
    await takeSeries(pass, series);
    for (const masterId of written) pass.answered('graph', seriesOfPage(masterId));
    if (cursor.listing && cursor.relisting) await askForAbsent(pass, cursor, seen);
    if (cursor.oldLink !== null) await drainOldLink(pass, cursor.oldLink, brought);
    const { circling: _over, ...rest } = cursor;
    cursor = { ...rest, link: page.delta, listing: false, relisting: false, oldLink: null };
    pass.defer(cursorChange(pass, cursor));
    return cursor;
  }
}

/** Graph's round of changes has no end at the moment (sdk-dotnet 3070): the calendar itself is read, as the daily net reads it. */
function listInstead(pass: KindPass, { circling: _before, ...cursor }: Cursor): Cursor {
  pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'held', side: 'graph', reason: 'deltaRunsInCircles' });
  pass.wantsNet = true;
  const waiting: Cursor = { ...cursor, link: null, listing: true, circling: pass.now() };
  pass.defer(cursorChange(pass, waiting));
  return waiting;
}

async function startingCursor(pass: KindPass, stored: Cursor | null): Promise<Cursor> {
  if (stored === null) return freshCursor(pass, await pass.sides.graph.home(), null, null);
  // A listing that replaces another is judged as a whole: one that was interrupted begins anew, and the mailbox may be another one since.
  if (stored.listing && stored.relisting) return { ...stored, home: await sameHome(pass, stored.home), link: null };
  const spreadDays = Number.parseInt(pass.mailbox.mailboxId.slice(0, 2), 16) % 5;
  if (!stored.listing && pass.now() - stored.startedAt > (REBASE_AFTER_DAYS + (Number.isNaN(spreadDays) ? 0 : spreadDays)) * DAY_MS) {
    return freshCursor(pass, await sameHome(pass, stored.home), stored, stored.link);
  }
  return stored;
}

/** The default calendar's id; where it is another than before, the mailbox was made anew and nothing in it is what we knew (design 5.5). */
async function sameHome(pass: KindPass, before: string): Promise<string> {
  const home = await pass.sides.graph.home();
  if (home === before) return home;
  pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'held', side: 'graph', reason: 'mailboxMadeAnew' });
  throw madeAnew(pass);
}

/** Before a new token replaces an old one, the old one is read once more: it may know a deletion that the new list cannot show. */
async function drainOldLink(pass: KindPass, oldLink: string, brought: Map<string, string>): Promise<void> {
  let link: string | null = oldLink;
  while (link !== null) {
    pass.checkBudget();
    try {
      const page: PulledPage = await pass.sides.graph.pull({ link });
      await takeSeries(pass, await takePage(pass, page, brought));
      link = page.next;
    } catch (failure) {
      if (failure instanceof PortFailure && failure.reason === 'gone') return;
      throw failure;
    }
  }
}

/** Absence from a complete list is a question, not an answer (design 5.5). */
async function askForAbsent(pass: KindPass, cursor: Cursor, seen: ReadonlySet<string>): Promise<void> {
  const absent = (await pass.pairs.all()).filter(
    (pair) => pair.state === 'active' && !isMissed(pair, 'graph') && pair.graphId !== null && !seen.has(pair.graphId) && pair.span.end > cursor.windowStart && pair.span.start < cursor.windowEnd,
  );
  await takeReadings(pass, 'graph', absent.flatMap((pair) => (pair.graphId === null ? [] : [pair.graphId])));
}

/** Works the pending rows that are due; those that a pull brought with the notified ETag are answered already. */
async function answer(pass: KindPass, questions: readonly Question[], brought: ReadonlyMap<string, string>): Promise<RowChange[]> {
  const now = pass.now();
  const due = questions.filter(({ pending }) => pending.due <= now);
  await takeSeries(pass, untold(due.flatMap(({ pending }) => seriesIn(pending.id) ?? [])));
  for (const { pending } of questions) if (pending.due > now) pass.look(pending.due);
  const known = await pass.pairs.byIds('graph', due.filter(({ pending }) => isNotified(pending) && isOpen(pending, brought)).map(({ pending }) => pending.id));
  // Of what was told of one item only what no reading has shown yet, in this pass or before; whoever was told to be removed is so, in whatever order it was told.
  const open = due.filter(({ pending }) => pending.side === 'graph' && pending.reason === 'notified' && isOpen(pending, brought) && !isWorked(pending, known));
  const told = new Map(open.sort((a, b) => Number(a.pending.etag === null) - Number(b.pending.etag === null)).map(({ pending }) => [pending.id, pending.etag]));
  pass.asksOpen = false;
  for (const side of ['graph', 'crm'] as const) {
    // Two versions may have asked for the same item, each in a row of its own.
    const ids = [...new Set(due.filter(({ pending }) => pending.side === side && pending.reason !== 'again' && pending.reason !== 'series' && isOpen(pending, brought) && !isWorked(pending, known)).map(({ pending }) => pending.id))];
    for (let start = 0; start < ids.length; start += 200) {
      pass.checkBudget();
      await takeReadings(pass, side, ids.slice(start, start + 200), told);
    }
  }
  return due.filter(({ rowKey }) => !pass.renewed.has(rowKey)).map(({ rowKey, etag }) => ({ op: 'delete', rowKey, etag }));
}

function isNotified(pending: Pending): boolean {
  return pending.side === 'graph' && pending.reason === 'notified' && pending.etag !== null;
}

function isOpen(pending: Pending, brought: ReadonlyMap<string, string>): boolean {
  return !isNotified(pending) || brought.get(pending.id) !== pending.etag;
}

/** A pass before this one has worked the very version that was notified: the echo of our own write, told late. */
function isWorked(pending: Pending, known: ReadonlyMap<string, Pair>): boolean {
  const pair = known.get(pending.id);
  return isNotified(pending) && pair !== undefined && !pair.unsettled && pair.seen.graph?.version === pending.etag;
}

/** Without history the CRM side is read by rep and window, in key pages. Afterwards the poll tells. */
async function listCrm(pass: KindPass, cursor: Cursor): Promise<void> {
  if (cursor.crmAfter === 'done') return;
  let after = cursor.crmAfter;
  const side: Side = 'crm';
  for (;;) {
    pass.checkBudget();
    const page = await pass.sides.crm.list(listingWindow(pass), after);
    const pairs = await pass.pairs.byIds(side, page.items.map((item) => item.id));
    const works: Work[] = [];
    for (const item of page.items) {
      const pair = pairs.get(item.id) ?? null;
      if (pair?.state === 'ended') {
        const work = begunAnew(pass, pair, side, item);
        if (work !== null) works.push(work);
        continue;
      }
      if (pair !== null && pair.seen.crm?.version === item.version && !pair.unsettled && !isMissed(pair, side)) continue;
      works.push({ pair, crm: viewOf({ state: 'present', item }), graph: { state: pair === null ? 'unknown' : 'asBase' } });
    }
    await settle(pass, works);
    after = page.next;
    pass.defer(cursorChange(pass, { ...cursor, crmAfter: after ?? 'done' }));
    if (after === null) return;
  }
}
