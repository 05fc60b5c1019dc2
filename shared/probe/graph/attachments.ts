import { withQuery } from '../../graph/query.ts';
import { CannotTry, doesNotHold, holds, judged, seconds, type Fact } from '../fact.ts';
import { PATIENCE_MS, type ProbedMailbox } from './mailbox.ts';
import { member, said, textOf } from './way.ts';

const LENGTH = 12_345;

async function attached(mailbox: ProbedMailbox, id: string, name: string): Promise<unknown> {
  const contentBytes = Buffer.alloc(LENGTH, 'probe ').toString('base64');
  const answer = await mailbox.ask(mailbox.path('events', id, 'attachments'), { method: 'POST', body: { '@odata.type': '#microsoft.graph.fileAttachment', name, contentType: 'text/plain', contentBytes } });
  if (answer.status !== 201) throw new CannotTry(`a file could not be attached (${said(answer)})`);
  return answer.json;
}

export const changeKeyMoves: Fact<ProbedMailbox> = {
  line: 'G48',
  says: 'a new attachment gives its event another change key',
  either: { holds: 'delta and notifications tell of it', otherwise: 'the daily net sees only whether an event has attachments at all; what is replaced comes with the next change of the event' },
  async try(mailbox) {
    const { id } = await mailbox.create();
    const before = textOf((await mailbox.read(id, { $select: 'changeKey' })).json, 'changeKey');
    await attached(mailbox, id, 'probe.txt');
    const moved = await mailbox.within(PATIENCE_MS, async () => (textOf((await mailbox.read(id, { $select: 'changeKey' })).json, 'changeKey') === before ? null : true));
    return moved === null ? doesNotHold('the same change key a minute later') : holds(`another one after ${seconds(moved.afterMs)}`);
  },
};

/** What a header around the content may add. */
const NEAR = 2_048;

export const size: Fact<ProbedMailbox> = {
  line: 'G50',
  says: 'the size of an attachment is near the length of its content',
  either: { holds: 'more than 8 MB by it is streamed', otherwise: 'a file may be streamed without need, or held in memory where it is somewhat larger' },
  async try(mailbox) {
    const { id } = await mailbox.create();
    const told = member(await attached(mailbox, id, 'probe.txt'), 'size');
    return typeof told === 'number' ? judged(Math.abs(told - LENGTH) <= NEAR, `${told} for ${LENGTH} bytes`) : doesNotHold('no size is told');
  },
};

const FILES = 5;

export const listLag: Fact<ProbedMailbox> = {
  line: 'G51',
  says: 'a list of attachments is behind by graph.readLagSeconds at most',
  either: { holds: 'nothing more to do', otherwise: 'a longer graph.readLagSeconds' },
  async try(mailbox) {
    const { id } = await mailbox.create();
    let worst = 0;
    for (let turn = 1; turn <= FILES; turn += 1) {
      await attached(mailbox, id, `probe-${turn}.txt`);
      const shown = await mailbox.within(LONGEST_MS, async () => ((await mailbox.list(withQuery(mailbox.path('events', id, 'attachments'), { $select: 'id' }))).length >= turn ? true : null));
      worst = Math.max(worst, shown?.afterMs ?? LONGEST_MS);
      if (shown === null) break;
    }
    const seen = `of ${FILES} lists just behind a new file the slowest showed it after ${seconds(worst)}`;
    return worst <= mailbox.rules.graph.readLagSeconds * 1_000 ? holds(seen) : doesNotHold(seen, { graph: { readLagSeconds: Math.min(600, Math.ceil(worst / 1_000) * 2) } });
  },
};

const LONGEST_MS = 300_000;
