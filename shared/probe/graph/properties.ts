import { GRAPH_PROBE_MARK } from '../../config/names.ts';
import { withQuery } from '../../graph/query.ts';
import { CannotTry, judged, type Fact } from '../fact.ts';
import { firstRound, toldWithin } from './delta.ts';
import { PATIENCE_MS, type ProbedMailbox } from './mailbox.ts';
import { member, said, textOf } from './way.ts';

const SECOND = GRAPH_PROBE_MARK.replace('ConnectorProbe', 'ConnectorProbeSecond');
const BOTH = `singleValueExtendedProperties($filter=id eq '${GRAPH_PROBE_MARK}' or id eq '${SECOND}')`;

/** Values by the end of their names. */
async function valuesOf(mailbox: ProbedMailbox, id: string): Promise<ReadonlyMap<string, string>> {
  const answer = await mailbox.ask(withQuery(mailbox.path('events', id), { $select: 'id', $expand: BOTH }));
  if (answer.status !== 200) throw new CannotTry(`two extended properties cannot be read at once (${said(answer)})`);
  const rows = member(answer.json, 'singleValueExtendedProperties');
  return new Map((Array.isArray(rows) ? rows : []).map((row: unknown) => [textOf(row, 'id').split(' ').at(-1) ?? '', textOf(row, 'value')]));
}

const write = (value: string) => ({ singleValueExtendedProperties: [{ id: SECOND, value }] });

export const partOfVersion: Fact<ProbedMailbox> = {
  line: 'G52',
  says: 'a write of an extended property moves the change key and is told by the delta, and several are read at once',
  either: { holds: 'additional fields in properties are followed like others', otherwise: 'they are found by the daily net' },
  async try(mailbox) {
    const { id } = await mailbox.create();
    const before = textOf((await mailbox.read(id, { $select: 'changeKey' })).json, 'changeKey');
    const { link } = await firstRound(mailbox);
    await mailbox.patched(id, write('one'));
    const told = await toldWithin(mailbox, link, PATIENCE_MS, (rows) => (rows.some((row) => textOf(row, 'id') === id && textOf(row, 'changeKey') !== before) ? true : null));
    const moved = textOf((await mailbox.read(id, { $select: 'changeKey' })).json, 'changeKey') !== before;
    const values = await valuesOf(mailbox, id);
    return judged(told !== null && moved && values.size === 2, `change key ${moved ? 'moved' : 'stayed'}, delta ${told === null ? 'silent' : 'told'}, ${values.size} of 2 read at once`);
  },
};

export const emptied: Fact<ProbedMailbox> = {
  line: 'G53',
  says: 'no answer to a write shows extended properties, and an empty text can be written',
  either: { holds: 'what was sent is taken as stored, and an emptied text is written as an empty one', otherwise: 'an emptied field stays in Outlook as it was, until it is written again' },
  async try(mailbox) {
    const { id } = await mailbox.create();
    await mailbox.patched(id, write('one'));
    const answer = await mailbox.patch(id, write(''));
    if (answer.status !== 200) return judged(false, `an empty text: ${said(answer)}`);
    const shown = member(answer.json, 'singleValueExtendedProperties') !== undefined;
    const empty = await mailbox.within(PATIENCE_MS, async () => ((await valuesOf(mailbox, id)).get('ConnectorProbeSecond') ?? '') === '' ? true : null);
    return judged(!shown && empty !== null, `the answer shows ${shown ? 'them' : 'none'}; an empty text ${empty === null ? 'is not kept' : 'is kept'}`);
  },
};
