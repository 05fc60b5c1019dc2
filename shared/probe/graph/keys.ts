import { GRAPH_PROBE_MARK } from '../../config/names.ts';
import { minute } from '../../model/time/instant.ts';
import { withQuery } from '../../graph/query.ts';
import { doesNotHold, holds, judged, seconds, type Fact } from '../fact.ts';
import { firstRound } from './delta.ts';
import { PATIENCE_MS, type MadeEvent, type ProbedMailbox } from './mailbox.ts';
import { member, rowsIn, said, textOf } from './way.ts';

const TRUSTED = { graph: { transactionIds: 'trusted' } };
const UNTRUSTED = { graph: { transactionIds: 'untrusted' } };
const TAKEN = 'ErrorDuplicateTransactionId';

export const transactionId: Fact<ProbedMailbox> = {
  line: 'G4',
  says: 'a repeated transactionId never makes a second event, and says that it was used or shows the event',
  either: { holds: 'a create without an answer is looked up, and repeated under the same key', otherwise: 'with graph.transactionIds "untrusted" it is repeated only when it could not be found for five minutes' },
  async try(mailbox) {
    const body = mailbox.body();
    const first = await mailbox.post(body);
    if (first.status !== 201) return { outcome: 'notTried', why: `an event could not be made (${said(first)})` };
    const second = await mailbox.post(body);
    const isAnother = second.status < 300 && textOf(second.json, 'id') !== textOf(first.json, 'id');
    const isKnown = second.status < 300 ? !isAnother : second.code === TAKEN;
    await mailbox.removed(textOf(first.json, 'id'));
    const third = await mailbox.post(body);
    const seen = `the second ${isAnother ? 'made another event' : second.status < 300 ? 'showed the first' : said(second)}; after its deletion ${third.status < 300 ? 'another could be made' : said(third)}`;
    return isKnown ? holds(seen, TRUSTED) : doesNotHold(seen, UNTRUSTED);
  },
};

export const keyReturned: Fact<ProbedMailbox> = {
  line: 'G5',
  says: 'transactionId comes back in delta and on reads, extended properties do not come back in delta',
  either: { holds: 'what comes back from our own create is known by its key', otherwise: 'it is looked up by its marker instead, a request more for each' },
  async try(mailbox) {
    const { id, key } = await mailbox.create();
    const alone = textOf((await mailbox.read(id, { $select: 'transactionId' })).json, 'transactionId') === key;
    const row = await mailbox.within(PATIENCE_MS, async () => (await firstRound(mailbox)).rows.find((one) => textOf(one, 'id') === id) ?? null);
    if (row === null) return { outcome: 'notTried', why: 'the delta did not show a new event within a minute' };
    const inDelta = textOf(row.value, 'transactionId') === key;
    const property = member(row.value, 'singleValueExtendedProperties') !== undefined;
    return judged(alone && inDelta && !property, `on a read ${alone ? 'yes' : 'no'}, in delta ${inDelta ? 'yes' : 'no'}; extended properties in delta ${property ? 'yes' : 'no'}`);
  },
};

/** So long a create whose key is taken is looked for (`sync/resolve.ts`). */
const SEARCH_LAG_MS = 5 * minute;

async function foundByMark(mailbox: ProbedMailbox, { id, mark }: Pick<MadeEvent, 'id' | 'mark'>): Promise<{ readonly refusal: string | null; readonly afterMs: number | null }> {
  const filter = `singleValueExtendedProperties/Any(ep: ep/id eq '${GRAPH_PROBE_MARK}' and ep/value eq '${mark}')`;
  const found = await mailbox.within(SEARCH_LAG_MS, async () => {
    const answer = await mailbox.ask(withQuery(mailbox.path('events'), { $filter: filter, $select: 'id' }));
    if (answer.status !== 200) return said(answer);
    return rowsIn(answer).some((row) => textOf(row, 'id') === id) ? true : null;
  });
  if (found === null) return { refusal: null, afterMs: null };
  return typeof found.value === 'string' ? { refusal: found.value, afterMs: null } : { refusal: null, afterMs: found.afterMs };
}

export const foundByMarker: Fact<ProbedMailbox> = {
  line: 'G6',
  says: 'events are found by an extended property, app-only',
  either: { holds: 'a create without an answer is found again by its marker', otherwise: 'such creates stay open and are told in the journal: report it' },
  async try(mailbox) {
    const { refusal, afterMs } = await foundByMark(mailbox, await mailbox.create());
    return judged(afterMs !== null, refusal ?? (afterMs === null ? 'not found within five minutes' : 'found'));
  },
};

export const searchLag: Fact<ProbedMailbox> = {
  line: 'G8',
  says: 'a search lags behind a write by five minutes at most',
  either: { holds: 'a create whose key is taken is looked for that long', otherwise: 'it is then taken for deleted by a person: report it' },
  async try(mailbox) {
    const { refusal, afterMs } = await foundByMark(mailbox, await mailbox.create());
    if (refusal !== null) return { outcome: 'notTried', why: `a search by an extended property is refused (${refusal})` };
    return afterMs === null ? doesNotHold('not found within five minutes') : holds(`found after ${seconds(afterMs)}`);
  },
};
