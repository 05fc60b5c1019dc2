import { describe, expect, it } from 'vitest';
import { cond, query } from '../../local/crm/crm-under-test.ts';
import { activity, commandsIn, fieldOf, importOf, KEY, outcomes, rawCrm, theReturn, updateOf } from './raw-interface.ts';

describe('dialect 9: settled details', () => {
  it('a refused login is answered on every command', async () => {
    const { post } = rawCrm();
    const body = `<request user="SYNC" pwd="wrong">${query('Contact', 'Subject')}<nop/><break if="/root"/><metainfo/></request>`;
    const answers = commandsIn(await (await post(body)).text());
    expect(answers.map(({ name }) => name)).toEqual(['query', 'nop', 'break', 'metainfo']);
    expect(outcomes(answers)).toEqual(['401', '401', '401', '401']);
  });

  it.each([
    ['2026-11-02 10:00:00', 'ok'],
    ['2026-11-02T10:00:00', '422'],
    ['2026-11-02', '422'],
  ])('lupd takes a stamp like %j: %s', async (value, outcome) => {
    const crm = rawCrm();
    expect(outcomes(await crm.ask(query('Contact', 'Subject', [cond('Contact', 'Subject', '>=', value, 'lupd="true"')])))).toEqual([outcome]);
  });

  it.each([
    [false, ['10:00:00', '10:00:00', '10:00:00']],
    [true, ['10:01:00', '10:02:00', '10:03:00']],
  ])('a participant stamps its own row, and its activity: %s', async (stampParent, expected) => {
    const crm = rawCrm({ quirks: { stampParent } });
    const { id, statNo, seqNo } = crm.seed.activity({}, crm.jane.person);
    const stamps: string[] = [];
    const step = async (command: string) => {
      await crm.clock.advance(60_000);
      await crm.ask(command);
      stamps.push(crm.crm.record('MA', id)?.values.UpdTime ?? '');
    };
    await step(`<insert><fields><Participant><ActStatNo>${statNo}</ActStatNo><ActSeqNo>${seqNo}</ActSeqNo><RepId>2</RepId></Participant></fields></insert>`);
    const row = crm.crm.records('MB')[0];
    await step(updateOf('Participant', row?.id ?? '', '<Status>1</Status>'));
    expect(crm.crm.records('MB')[0]?.values.UpdTime).toBe('10:02:00');
    await step(`<delete><fields><Participant id="${row?.id ?? ''}"/></fields></delete>`);
    expect(crm.crm.records('MB')[0]?.values.UpdTime).toBe('10:03:00');
    expect(stamps).toEqual(expected);
  });

  it('RepId is the SeqNo of a rep, whose id is the same number', async () => {
    const crm = rawCrm();
    const reps = await crm.one(query('RepUser', 'StatNo,SeqNo'));
    expect(reps.children.map(({ attributes }) => attributes.id)).toEqual(fieldOf(reps, 'SeqNo'));
    expect(fieldOf(reps, 'StatNo')).toEqual(['0', '0']);
    expect(outcomes(await crm.ask(importOf(activity(crm, `${KEY('a')}<RepId>2</RepId>`)) + importOf(activity(crm, `${KEY('b')}<RepId>3</RepId>`))))).toEqual(['insert', '422']);
  });

  it.each([
    ['Contact', true],
    ['Document', true],
    ['Person', false],
    ['Participant', false],
    ['Task', false],
    ['Absence', false],
    ['DocumentLink', false],
  ])('an external key exists on %s: %s', async (table, known) => {
    const { one } = rawCrm();
    const { attributes } = await one(query(table, 'ExtSystem,ExtKey'));
    if (known) expect(attributes).toEqual({ type: 'ok', count: '0' });
    else expect(attributes).toMatchObject({ type: 'error', code: '422', fieldname: 'ExtSystem' });
  });

  it('an external key is found whatever its letter case', async () => {
    const crm = rawCrm();
    await crm.ask(importOf(activity(crm, KEY('abc'))));
    expect(outcomes(await crm.ask(importOf(activity(crm, KEY('ABC')))))).toEqual(['update']);
  });

  it.each([
    ['a person', '<PeGrp>100</PeGrp><PeNo>1</PeNo>', 'insert'],
    ['a company alone', '<CoGrp>100</CoGrp><CoNo>1</CoNo>', 'insert'],
    ['nobody', '', '422'],
    ['the empty person', '<PeGrp>0</PeGrp><PeNo>0</PeNo>', '422'],
  ])('an activity that belongs to %s', async (_whom, inside, outcome) => {
    const crm = rawCrm();
    expect(outcomes(await crm.ask(`<insert><fields><Contact>${inside}</Contact></fields></insert>`))).toEqual([outcome]);
  });

  it.each([
    ['ParentInfoArea', '<ParentId>{activity}</ParentId><DocumentId>{document}</DocumentId>'],
    ['ParentId', '<ParentInfoArea>MA</ParentInfoArea><DocumentId>{document}</DocumentId>'],
    ['DocumentId', '<ParentInfoArea>MA</ParentInfoArea><ParentId>{activity}</ParentId>'],
  ])('a document link without %s is refused with that name', async (missing, inside) => {
    const crm = rawCrm();
    const activityId = crm.seed.activity({}, crm.jane.person).id;
    const documentId = crm.crm.act('JDO').create('Document', { Title: 't' }).id;
    const fields = inside.replace('{activity}', activityId).replace('{document}', documentId);
    const { attributes } = await crm.one(`<insert><fields><DocumentLink>${fields}</DocumentLink></fields></insert>`);
    expect([attributes.code, attributes.fieldname]).toEqual(['422', missing]);
  });

  it('a deleted record answers 404 to an update, and deleting it again is no error', async () => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({}, crm.jane.person);
    const remove = `<delete><fields><Contact id="${id}"/></fields></delete>`;
    expect(outcomes(await crm.ask(remove + updateOf('Contact', id, '<Subject>x</Subject>') + remove))).toEqual(['delete', '404', 'delete']);
  });

  it('each record of a command has its own return, in order', async () => {
    const crm = rawCrm();
    const records = activity(crm, KEY('a')) + activity(crm, `${KEY('b')}<Nope/>`) + activity(crm, KEY('c'));
    const [answer] = await crm.ask(importOf(records));
    expect(outcomes(answer === undefined ? [] : [answer])).toEqual(['insert', '422', 'insert']);
    expect(answer?.children.map(({ children }) => children.length)).toEqual([1, 0, 1]);
  });

  it('a break that does not fire answers ok', async () => {
    const answers = await rawCrm().ask('<break if="/root/response/query"/>');
    expect(theReturn(answers[0]).attributes).toEqual({ type: 'ok' });
  });

  it('a child whose parent failed is refused, and a child belongs to the nearest parent before it', async () => {
    const crm = rawCrm();
    const guest = '<Participant><Email matchup="true">g@example.org</Email></Participant>';
    const answers = await crm.ask(importOf(`${activity(crm, KEY('a'))}${guest}${activity(crm, `${KEY('b')}<Nope/>`)}${guest}${activity(crm, KEY('c'))}${guest}`));
    expect(outcomes(answers)).toEqual(['insert', 'insert', '422', '422', 'insert', 'insert']);
    expect(crm.crm.records('MB').map(({ values }) => values.ActSeqNo)).toEqual(['1', '2']);
  });
});
