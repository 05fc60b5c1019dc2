import { describe, expect, it } from 'vitest';
import { cond, query } from '../../local/crm/crm-under-test.ts';
import { activity, fieldOf, importOf, KEY, outcomes, rawCrm, theReturn, updateOf } from './raw-interface.ts';
import type { RawCrm } from './raw-interface.ts';

const alive = ({ crm }: RawCrm, table: string): number => crm.state().records[table]?.alive ?? -1;

/** Guard, break, update and a look behind, as the dialect writes them. */
function guarded(id: string, stamp: { UpdDate?: string; UpdTime?: string }, inside: string): string {
  const seqNo = String(BigInt(id) & 0xffffffffn);
  const asRead = [cond('Contact', 'SeqNo', '=', seqNo), cond('Contact', 'UpdDate', '=', stamp.UpdDate ?? ''), cond('Contact', 'UpdTime', '=', stamp.UpdTime ?? '')];
  return (
    query('Contact', 'SeqNo', asRead, 'corr="g"') +
    `<break if="not(/root/response/query[@corr='g']/return/@count='1')"/>` +
    updateOf('Contact', id, inside) +
    query('Contact', 'Subject', [cond('Contact', 'SeqNo', '=', seqNo)], 'corr="b"')
  );
}

describe('dialect 4: write', () => {
  it('an import inserts, then updates, then matches, and answers the record with info area and id', async () => {
    const crm = rawCrm();
    const send = (subject: string) => crm.one(importOf(activity(crm, `${KEY('a')}<Subject>${subject}</Subject>`)));
    const seen = [await send('1'), await send('2'), await send('2')];
    expect(seen.map(({ attributes }) => attributes)).toEqual([{ type: 'insert' }, { type: 'update' }, { type: 'match' }]);
    expect(seen.map(({ children }) => children[0]?.attributes)).toEqual(Array(3).fill({ tableshort: 'MA', id: '429496729601' }));
    expect(alive(crm, 'Contact')).toBe(1);
  });

  it.each([
    ['on the command', (record: string) => importOf(record, 'matchup="false"')],
    ['on the record', (record: string) => importOf(record.replace('<Contact>', '<Contact matchup="false">'))],
  ])('matchup="false" %s switches matching off', async (_where, command) => {
    const crm = rawCrm();
    const record = activity(crm, KEY('a'));
    expect(outcomes(await crm.ask(command(record) + command(record)))).toEqual(['insert', 'insert']);
  });

  it("an unknown key without the forced internal match-up may find somebody else's record", async () => {
    const crm = rawCrm();
    const theirs = crm.seed.activity({ Subject: 'Theirs', Date: '2026-11-05', Time: '09:00' }, crm.jane.person);
    const ours = activity(crm, `${KEY('a')}<Subject>Ours</Subject><Date>2026-11-05</Date><Time>09:00</Time>`);
    expect((await crm.one(importOf(ours, ''))).children[0]?.attributes.id).toBe(theirs.id);
    const forced = rawCrm();
    forced.seed.activity({ Subject: 'Theirs', Date: '2026-11-05', Time: '09:00' }, forced.jane.person);
    expect(outcomes(await forced.ask(importOf(ours)))).toEqual(['insert']);
  });

  it.each([
    ['ignore', 'insert'],
    ['refuse', '409'],
  ] as const)('a deleted record is never matched, and its key meets: %s', async (deletedMatch, outcome) => {
    const crm = rawCrm({ quirks: { deletedMatch } });
    const record = importOf(activity(crm, `${KEY('a')}<Subject>x</Subject>`));
    await crm.ask(record);
    const [first] = crm.crm.records('Contact');
    crm.crm.act('JDO').delete('MA', first?.id ?? '');
    expect(outcomes(await crm.ask(record))).toEqual([outcome]);
    expect(crm.crm.record('MA', first?.id ?? '')?.deleted).toBe(true);
  });

  it('a look-up with deleted ones before the import shows a key that had its life, and the break keeps the import from running', async () => {
    const crm = rawCrm();
    const repeated =
      query('Contact', 'SeqNo', [cond('Contact', 'ExtSystem', '=', 'M365'), cond('Contact', 'ExtKey', '=', 'a')], 'corr="k"', '16384') +
      `<break if="not(/root/response/query[@corr='k']/return/@count='0')"/>${importOf(activity(crm, KEY('a')))}`;
    expect(outcomes(await crm.ask(repeated))).toEqual(['ok', 'ok', 'insert']);
    crm.crm.act('JDO').delete('MA', crm.crm.records('MA')[0]?.id ?? '');
    const again = await crm.ask(repeated);
    expect(again.map(({ name }) => name)).toEqual(['query', 'break']);
    expect(crm.crm.records('MA')).toHaveLength(1);
  });

  it.each([
    ['RepId', '<RepId matchup="true">2</RepId>'],
    ['PeGrp and PeNo', '<PeGrp matchup="true">100</PeGrp><PeNo matchup="true">2</PeNo>'],
    ['Email', '<Email matchup="true">G@example.org</Email>'],
  ])("a participant inherits the key of its activity and is matched by %s among that activity's own", async (_by, marked) => {
    const crm = rawCrm();
    const send = (key: string) => crm.ask(importOf(`${activity(crm, KEY(key))}<Participant>${marked}<Role>1</Role></Participant>`));
    expect([outcomes(await send('a')), outcomes(await send('b')), outcomes(await send('a'))]).toEqual([['insert', 'insert'], ['insert', 'insert'], ['match', 'match']]);
    expect(crm.crm.records('MB').map(({ values }) => values.ActSeqNo)).toEqual(['1', '2']);
  });

  it('an update and a delete address their record by id', async () => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    const answers = await crm.ask(`${updateOf('Contact', id, '<Subject>y</Subject>')}<delete><fields><Contact id="${id}"/></fields></delete>`);
    expect(outcomes(answers)).toEqual(['update', 'delete']);
    expect(answers.map((answer) => theReturn(answer).children[0]?.attributes.id)).toEqual([id, id]);
    expect(crm.crm.record('MA', id)).toMatchObject({ deleted: true, values: { Subject: 'y' } });
  });

  it('a guarded update is carried out where the stamp is still the one that was read', async () => {
    const crm = rawCrm();
    const { id, values } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    await crm.clock.advance(5000);
    const answers = await crm.ask(guarded(id, values, '<Subject>y</Subject>'));
    expect(outcomes(answers)).toEqual(['ok', 'ok', 'update', 'ok']);
    expect(fieldOf(theReturn(answers[3]), 'Subject')).toEqual(['y']);
  });

  it('a guarded update is not carried out where a person was faster', async () => {
    const crm = rawCrm();
    const { id, values } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    await crm.clock.advance(5000);
    crm.crm.addFault({ kind: 'edit', by: 'JRO', table: 'MA', id, values: { Subject: 'faster' }, match: { command: 'query' } });
    const answers = await crm.ask(guarded(id, values, '<Subject>y</Subject>'));
    expect(outcomes(answers)).toEqual(['ok', 'ok']);
    expect(theReturn(answers[1]).attributes.broken).toBe('true');
    expect(crm.crm.record('MA', id)?.values.Subject).toBe('faster');
  });

  it('a guard that failed itself stops the update, too', async () => {
    const crm = rawCrm();
    const { id, values } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    crm.crm.addFault({ kind: 'commandError', code: 500, match: { command: 'query' }, which: 1 });
    expect(outcomes(await crm.ask(guarded(id, values, '<Subject>y</Subject>')))).toEqual(['500', 'ok']);
    expect(crm.crm.record('MA', id)?.values.Subject).toBe('x');
  });

  it('two changes within one second bear one stamp: a guard alone cannot tell them apart', async () => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    const [read] = crm.crm.records('MA');
    crm.crm.act('JRO').update('MA', id, { Subject: 'same second' });
    expect(outcomes(await crm.ask(guarded(id, read?.values ?? {}, '<Subject>y</Subject>')))).toEqual(['ok', 'ok', 'update', 'ok']);
  });

  it('several commands of a request are judged alone', async () => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    crm.crm.addFault({ kind: 'commandError', code: 500, match: { command: 'update' }, which: 2 });
    const three = [1, 2, 3].map((number) => updateOf('Contact', id, `<FreeN1>${number}</FreeN1>`)).join('');
    expect(outcomes(await crm.ask(three))).toEqual(['update', '500', 'update']);
    expect(crm.crm.record('MA', id)?.values.FreeN1).toBe('3');
  });

  it('an error names its code and a text, and quotes nothing of what was sent', async () => {
    const crm = rawCrm();
    const { attributes } = await crm.one(importOf(activity(crm, `${KEY('a')}<Priority>secret</Priority>`)));
    expect(Object.keys(attributes)).toEqual(['type', 'code', 'text', 'fieldname']);
    expect(attributes).toMatchObject({ type: 'error', code: '422', fieldname: 'Priority' });
    expect(attributes.text).not.toContain('secret');
  });

  it('a query behind a write shows what triggers made of it', async () => {
    const crm = rawCrm({ quirks: { fightsBack: { table: 'Contact', field: 'Location', value: 'Head office' } } });
    const answers = await crm.ask(importOf(activity(crm, `${KEY('a')}<Location>Room 7</Location>`)) + query('Contact', 'Location'));
    expect(fieldOf(theReturn(answers[1]), 'Location')).toEqual(['Head office']);
  });
});
