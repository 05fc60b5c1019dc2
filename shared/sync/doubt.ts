import { TABLES } from '../config/names.ts';
import { LOOK_AGAIN_MS, StopPass, type KindPass } from './context.ts';
import { PortFailure } from './failures.ts';
import { isMissed, type Pair } from './pair.ts';
import type { Reading } from './ports.ts';
import { keys, NO_ADOPTION, readRow, type Cursor } from './rows.ts';

/** So many known ids that answer 404 in one pass make us doubt the mailbox itself. */
const DOUBT_FROM = 10;
const SAMPLE = 20;

/** So many of these, drawn by seed. */
function draw(pass: KindPass, from: readonly string[], count: number): string[] {
  const left = [...from];
  const drawn: string[] = [];
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(Math.floor(pass.services.random() * left.length), 1));
  return drawn;
}

/**
 * A mailbox that was made anew answers 404 to everything it once held. Where many known ids are gone at once, others are drawn and asked; when
 * most of them are gone too, nothing is deleted: the mailbox waits for adoption (design 5.5). Where no round of changes went before, a single one is enough to
 * ask: a small mailbox never loses ten.
 */
export async function doubtMailbox(pass: KindPass, asked: ReadonlyMap<string, Pair>, readings: ReadonlyMap<string, Reading>): Promise<void> {
  const gone = [...asked].filter(([id, pair]) => pair.state === 'active' && readings.get(id)?.state === 'deleted').length;
  pass.count('graphGone', gone);
  if (gone > 0) await mustBeHome(pass);
  if (gone === 0 || (pass.counts['graphGone'] ?? 0) < DOUBT_FROM || pass.counts['mailboxSampled'] !== undefined) return;
  pass.count('mailboxSampled');
  const known = (await pass.pairs.all()).filter((pair) => pair.state === 'active' && !isMissed(pair, 'graph')).flatMap(({ graphId }) => (graphId === null ? [] : [graphId]));
  const others = draw(pass, known.filter((id) => !asked.has(id)), SAMPLE);
  // Where no others are left, those that were asked stand in for them: a mailbox that lost everything has no others.
  const again = others.length > 0 ? [] : draw(pass, known.filter((id) => asked.has(id)), SAMPLE);
  const sample = [...others, ...again];
  const sampled = others.length === 0 ? readings : new Map([...readings, ...(await pass.sides.graph.read(others))]);
  const sampleGone = sample.filter((id) => sampled.get(id)?.state === 'deleted').length;
  if (sampleGone * 2 <= sample.length) return;
  if ((await isSameMailbox(pass)) === true) {
    // Not made anew: somebody emptied this one. Whatever its number, that is a question to an admin (the deletion guard).
    pass.guard.emptied = true;
    return;
  }
  pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'held', side: 'graph', reason: 'mailboxMadeAnew', detail: `${gone} asked, ${sampleGone} of ${sample.length} drawn are gone` });
  throw madeAnew(pass);
}

/**
 * A token of a round of changes ends with its mailbox, so that whoever has followed one knows whose answers these are. A pass that looks before that, or
 * without it (the net alone, open reservations), asks once before it believes that anything is gone.
 */
export async function mustBeHome(pass: KindPass): Promise<void> {
  if (pass.isHome) return;
  const isHome = await isSameMailbox(pass);
  if (isHome === false) {
    pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'held', side: 'graph', reason: 'mailboxMadeAnew' });
    throw madeAnew(pass);
  }
  pass.isHome = true;
}

/** Nothing in this mailbox is what we knew: an admin says that it is adopted anew (adoption.ts). */
export function madeAnew(pass: KindPass): StopPass {
  pass.lease.note({ adoption: { ...(pass.lease.state.adoption ?? NO_ADOPTION), state: 'anew', at: pass.now() } });
  return new StopPass(new PortFailure('graph', 'mailboxUnavailable', 'This mailbox was made anew: nothing is deleted or created until an admin has it adopted (POST /api/admin/adoption/anew).'), pass.now() + LOOK_AGAIN_MS);
}

/** The default calendar keeps its id as long as its mailbox lives (design 5.5). Null where none was ever seen. */
async function isSameMailbox(pass: KindPass): Promise<boolean | null> {
  const row = await pass.services.tables.get(TABLES.mailbox, pass.lease.partition, keys.cursor(pass.kind.name));
  const cursor = row === null ? null : readRow<Cursor>(row);
  return cursor === null ? null : cursor.home === (await pass.sides.graph.home());
}
