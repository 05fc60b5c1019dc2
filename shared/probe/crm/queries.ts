import { all, behind, both, theRecord } from '../../crm/key-pages.ts';
import { compareRecordIds } from '../../crm/record-id.ts';
import { PROBE_SYSTEM } from '../../config/names.ts';
import { doesNotHold, holds, judged, type Fact } from '../fact.ts';
import { errorIn, ofForm, recordsOf, type Bench } from './bench.ts';

export const deletedFlag: Fact<Bench> = {
  line: 'C3.8',
  says: 'the flag of crm.deletedFlag shows deleted records, and they carry deleted="true"',
  either: { holds: 'deletions in the CRM are followed', otherwise: 'crm.deletedFlag names the flag that shows them' },
  async try(bench) {
    const { activity } = bench.profile;
    const { id } = await bench.create();
    await bench.removed(id);
    const own = bench.rules.crm.deletedFlag;
    const shown: number[] = [];
    for (const flag of new Set([own, 16_384, 64])) {
      const [answer] = await bench.send({ kind: 'query', corr: 'gone', table: { table: activity.table, fields: [bench.name('SeqNo')], flags: flag }, where: theRecord(activity, id) ?? [] });
      if (errorIn(answer) === null && recordsOf(answer).some(({ deleted }) => deleted)) shown.push(flag);
    }
    if (shown.includes(own)) return holds(`${own} shows a deleted record`);
    const [other] = shown;
    return other === undefined ? doesNotHold(`neither ${own} nor another known flag shows a deleted record`) : doesNotHold(`${own} does not show a deleted record, ${other} does`, { crm: { deletedFlag: other } });
  },
};

export const order: Fact<Bench> = {
  line: 'C3.9',
  says: 'records come in the order of their keys, and maxrecords bounds them',
  either: { holds: 'large answers are read in pages by key', otherwise: 'a page out of order counts as a failure: report it' },
  try: (bench) =>
    ofForm(async () => {
      const { activity } = bench.profile;
      const ids: string[] = [];
      for (let turn = 0; turn < 3; turn += 1) ids.push((await bench.create()).id);
      const [first = ''] = [...ids].sort(compareRecordIds);
      const before = String(BigInt(first) - 1n);
      const where = both([all(activity, ['ExtSystem', '=', PROBE_SYSTEM])], behind(activity, before));
      const page = async (maxRecords: number) => recordsOf((await bench.send({ kind: 'query', corr: 'page', table: { table: activity.table, fields: [bench.name('SeqNo')] }, where, maxRecords }))[0]).map(({ id }) => id);
      const [two, many] = [await page(2), await page(50)];
      const inOrder = [two, many].every((found) => found.every((id, index) => index === 0 || compareRecordIds(found[index - 1] ?? '', id) < 0));
      return judged(inOrder && two.length === 2 && ids.every((id) => many.includes(id)), `two of ${many.length} records with maxrecords 2: ${two.length}, ${inOrder ? 'in order' : 'not in order'}`);
    }),
};

export const counted: Fact<Bench> = {
  line: 'C3.10',
  says: 'count equals the number of records',
  either: { holds: 'an answer is taken for whole', otherwise: 'it counts as none, and the mailbox waits: report it' },
  try: (bench) =>
    ofForm(async () => {
      const { activity } = bench.profile;
      const [answer] = await bench.send({ kind: 'query', corr: 'count', table: { table: activity.table, fields: [bench.name('SeqNo')] }, where: [], maxRecords: 10 });
      return errorIn(answer) === null ? holds('a query of several records') : { outcome: 'notTried', why: 'the query was refused' };
    }),
};

export const emptyFields: Fact<Bench> = {
  line: 'C3.11',
  says: 'an empty field is an empty element or absent',
  either: { holds: 'both mean empty', otherwise: 'what stands in its place is taken for content: report it' },
  async try(bench) {
    const { id } = await bench.create();
    const { fields } = await bench.read(id, ['Location', 'Text', 'Reminder', 'Categories']);
    const shown = (['Location', 'Text', 'Reminder', 'Categories'] as const).map((field) => [field, fields.get(bench.name(field))] as const);
    const odd = shown.filter(([, value]) => value !== undefined && value.trim() !== '').map(([field]) => field);
    return judged(odd.length === 0, odd.length > 0 ? `something stands in ${odd.join(', ')}` : shown.some(([, value]) => value === undefined) ? 'absent' : 'empty elements');
  },
};

export const nested: Fact<Bench> = {
  line: 'C3.12',
  says: 'nested tables stand inside their parent’s element, and flag 2048 keeps parents without children',
  either: { holds: 'participants are read together with their activity', otherwise: 'activities without participants are not seen: report it' },
  async try(bench) {
    const alone = await bench.create();
    const meeting = await bench.create({}, bench.row('Email', 'probe@example.invalid'));
    const without = await bench.rowsOf(alone.id).then(
      (rows) => rows.length,
      () => null,
    );
    const rows = await bench.rowsOf(meeting.id);
    return judged(without === 0 && rows.length === 1, `${without === null ? 'a parent without children is left out' : 'a parent without children is shown'}, ${rows.length} of 1 child inside its parent`);
  },
};
