import { userPath, withQuery } from '../../graph/query.ts';
import { CannotTry, doesNotHold, holds, judged, type Fact } from '../fact.ts';
import { PATIENCE_MS, type ProbedMailbox } from './mailbox.ts';
import { said, textOf, type GraphAnswer } from './way.ts';

/** The first answer other than 200 to the id of a deleted event through the default calendar; null where it goes on answering. */
async function throughCalendar(mailbox: ProbedMailbox, id: string): Promise<GraphAnswer | null> {
  const home = textOf((await mailbox.ask(withQuery(mailbox.path('calendar'), { $select: 'id' }))).json, 'id');
  if (home === '') throw new CannotTry('the default calendar cannot be read');
  const gone = await mailbox.within(PATIENCE_MS, async () => {
    const answer = await mailbox.ask(withQuery(userPath(mailbox.mailboxId, 'calendars', home, 'events', id), { $select: 'id' }));
    return answer.status === 200 ? null : answer;
  });
  return gone?.value ?? null;
}

export const deletedItems: Fact<ProbedMailbox> = {
  line: 'G2',
  says: 'a deleted event may still answer by its immutable id, and answers through no calendar',
  either: { holds: 'whether it is deleted is asked through the calendars, whatever its id alone answers', otherwise: 'it is taken for alive, and its activity stays: report it, deletions in Outlook are not followed' },
  async try(mailbox) {
    const { id } = await mailbox.create();
    await mailbox.removed(id);
    const gone = await throughCalendar(mailbox, id);
    const alone = await mailbox.read(id, { $select: 'id' });
    const seen = `through its calendar ${gone === null ? 200 : said(gone)}, by its id alone ${said(alone)}`;
    return judged(gone?.status === 404, seen);
  },
};

export const absence: Fact<ProbedMailbox> = {
  line: 'G3',
  says: 'a 404 that proves an absence says ErrorItemNotFound',
  either: { holds: 'that word alone counts as an absence', otherwise: 'no deletion is believed, and activities of deleted events stay: report it' },
  async try(mailbox) {
    const { id } = await mailbox.create();
    await mailbox.removed(id);
    const gone = await throughCalendar(mailbox, id);
    if (gone === null) return { outcome: 'notTried', why: 'a deleted event goes on answering (G2)' };
    return judged(gone.status === 404 && gone.code === 'ErrorItemNotFound', said(gone));
  },
};

export const secondDelete: Fact<ProbedMailbox> = {
  line: 'G22',
  says: 'a second DELETE is answered 404, or 403 ErrorCannotDeleteObject',
  either: { holds: 'either is taken for "gone before"', otherwise: 'the deletion counts as refused, and is told in the journal' },
  async try(mailbox) {
    const { id } = await mailbox.create();
    await mailbox.removed(id);
    const again = await mailbox.remove(id);
    const isKnown = again.status === 404 || (again.status === 403 && again.code === 'ErrorCannotDeleteObject');
    return isKnown ? holds(said(again)) : doesNotHold(said(again));
  },
};
