import { describe, expect, it } from 'vitest';
import { cond, query } from '../../local/crm/crm-under-test.ts';
import { activity, fieldOf, importOf, KEY, outcomes, rawCrm, theReturn, updateOf } from './raw-interface.ts';
import type { RawCrm } from './raw-interface.ts';

const SYSTEM = 'StatNo SeqNo UpdDate UpdTime UpdBy';

/** Section 8 of the dialect, written down again: info area, then fields with their types. */
const PROFILE: Record<string, [short: string, fields: string]> = {
  Contact: [
    'MA',
    'Contact:X Subject:C Text:C Date:D Time:T EndDate:D EndTime:T Location:C RepId:L Status:X Priority:X Private:B Reminder:L ShowAs:X Categories:C CoGrp:S CoNo:L PeGrp:S PeNo:L ' +
      'OppStatNo:S OppSeqNo:L MainStatNo:S MainSeqNo:L ExtSystem:C ExtKey:C CreateToDo:B FreeC1:C FreeC2:C FreeL1:B FreeN1:L',
  ],
  Participant: ['MB', 'ActStatNo:S ActSeqNo:L PeGrp:S PeNo:L RepId:L Email:C Role:X Status:X IsToDo:B'],
  Person: [
    'KP',
    'PeGrp:S PeNo:L CoGrp:S CoNo:L FirstName:C LastName:C Email1:C Email2:C Email3:C Phone:C Mobile:C Fax:C Function:C Department:C Salutation:C Title:C Text:C Categories:C ' +
      'Street:C Zip:C City:C Country:C Birthday:D RepId:L',
  ],
  Company: ['FI', 'CoGrp:S CoNo:L Company:C Street:C Zip:C City:C Country:C Phone:C RepId:L'],
  Favorite: ['FV', 'RepId:L PeGrp:S PeNo:L'],
  RepUser: ['ID', 'Name:C Email1:C ConnectorSettings:B SyncEmails:B SyncAppointments:B PeGrp:S PeNo:L UserSettings:C Type:X SalesGroup:L Active:B'],
  Task: ['A1', 'RepId:L CreatedByRep:L StartDate:D DueDate:D Status:X Priority:X Complete:S Subject:C Text:C'],
  Absence: ['AB', 'RepId:L StartDate:D StartTime:T EndDate:D EndTime:T Subject:C Text:C Type:K Approval:X'],
  Document: ['D1', 'Title:C FileName:C MimeType:C Private:B Content:C ExtSystem:C ExtKey:C'],
  DocumentLink: ['D3', 'ParentInfoArea:C ParentId:C DocumentId:C'],
  Opportunity: ['Y1', ''],
};

/** The fields of a table as `<metainfo>` describes them. */
async function described(crm: RawCrm, table: string): Promise<Map<string, Record<string, string>>> {
  const answer = await crm.one(`<metainfo tablename="${table}"/>`);
  return new Map(answer.children[0]?.children.map(({ attributes }) => [attributes.fieldname ?? '', attributes]));
}

describe('dialect 8: <metainfo>', () => {
  it.each(Object.entries(PROFILE))('%s has its info area, its fields and their types, and the system fields', async (table, [short, fields]) => {
    const crm = rawCrm();
    const answer = await crm.one(`<metainfo tablename="${table}"/>`);
    expect(answer.children.map(({ name, attributes }) => [name, attributes])[0]).toEqual(['table', { tablename: table, tableshort: short }]);
    const found = await described(crm, table);
    for (const word of fields.split(' ').filter((each) => each !== '')) {
      const [name = '', type] = word.split(':');
      expect([name, found.get(name)?.type]).toEqual([name, type]);
    }
    for (const name of SYSTEM.split(' ')) expect([name, found.get(name)?.ReadOnly]).toEqual([name, 'true']);
    expect(outcomes(await crm.ask(`<query maxrecords="1"><tables><table tablename="${table}" allfields="true"/></tables></query>`))).toEqual(['ok']);
  });

  it('a text has a length, the private flag and free fields are named as such, and rep fields, too', async () => {
    const fields = await described(rawCrm(), 'Contact');
    expect(fields.get('Subject')).toEqual({ fieldname: 'Subject', fnr: '12', type: 'C', length: '120' });
    expect([fields.get('Private')?.Private, fields.get('FreeC1')?.Free, fields.get('RepId')?.Rep, fields.get('Date')?.length]).toEqual(['true', 'true', 'true', undefined]);
    expect([fields.get('ExtSystem')?.length, fields.get('ExtKey')?.length]).toEqual(['10', '64']);
    expect((await described(rawCrm(), 'RepUser')).get('UserSettings')?.length).toBe('2048');
  });

  it.each([
    ['8.1.6.5854', false],
    ['8.1.6.5855', true],
    ['8.1.10.1', true],
    ['15.2.0.100', true],
    ['7.9.9.9999', false],
  ])('build %s stands behind the tables: 8.1.6.5855 or newer is %s', async (build, newer) => {
    const answer = await rawCrm({ build }).one('<metainfo tablename="Participant"/>');
    const { name = '', attributes = {} } = answer.children.at(-1) ?? {};
    expect([name, attributes]).toEqual(['build', { version: build }]);
    const parts = (text: string): number => text.split('.').reduce((sum, part) => sum * 100_000 + Number(part), 0);
    expect(parts(attributes.version ?? '') >= parts('8.1.6.5855')).toBe(newer);
  });

  it("a customer's field may be missing or of another length, and the CRM is what <metainfo> says", async () => {
    const crm = rawCrm({ fields: { 'RepUser.UserSettings': 'absent', 'Contact.Subject': { length: 20 }, 'Contact.Location': { readOnly: true } } });
    expect((await described(crm, 'RepUser')).has('UserSettings')).toBe(false);
    expect((await crm.one(query('RepUser', 'UserSettings'))).attributes).toMatchObject({ code: '422', fieldname: 'UserSettings' });
    expect((await described(crm, 'Contact')).get('Subject')?.length).toBe('20');
    const write = (inside: string) => crm.one(`<insert><fields>${activity(crm, inside)}</fields></insert>`);
    expect((await write(`<Subject>${'x'.repeat(21)}</Subject>`)).attributes.fieldname).toBe('Subject');
    expect((await write('<Location>x</Location>')).attributes.fieldname).toBe('Location');
    expect(() => rawCrm({ fields: { 'Contact.Sbject': 'absent' } })).toThrow('Contact.Sbject');
  });
});

describe('dialect 8: catalogs by number', () => {
  it.each([
    ['Contact', 'Contact', 8, 'activity types'],
    ['Contact', 'Status', 3, 'activity states'],
    ['Contact', 'Priority', 3, 'priorities'],
    ['Contact', 'ShowAs', 5, 'ways to show a time'],
    ['Task', 'Status', 5, 'task states'],
    ['Task', 'Priority', 3, 'priorities of tasks'],
    ['Absence', 'Approval', 3, 'approvals'],
    ['RepUser', 'Type', 3, 'kinds of reps'],
    ['Participant', 'Role', 4, 'roles'],
  ])('%s.%s takes the numbers below %i (%s) and no other', async (table, field, end) => {
    const crm = rawCrm();
    const record = crm.seed.activity({}, crm.jane.person, [{ Email: 'g@example.org' }]);
    const id =
      table === 'Contact' ? record.id : table === 'Participant' ? (crm.crm.records('MB')[0]?.id ?? '') : crm.crm.act('SYNC').create(table, {}).id;
    const all = Array.from({ length: end + 1 }, (_, number) => updateOf(table, id, `<${field}>${number}</${field}>`)).join('');
    expect(outcomes(await crm.ask(all))).toEqual([...Array<string>(end).fill('update'), '422']);
  });

  it.each([
    [true, 'update'],
    [false, '422'],
  ])('an answer may be tentative: %s', async (tentativeAnswer, outcome) => {
    const crm = rawCrm({ quirks: { tentativeAnswer } });
    crm.seed.activity({}, crm.jane.person, [{ RepId: 2 }]);
    const write = (status: number): string => updateOf('Participant', crm.crm.records('MB')[0]?.id ?? '', `<Status>${status}</Status>`);
    expect(outcomes(await crm.ask([1, 2, 3, 0, 4].map(write).join('')))).toEqual(['update', 'update', 'update', 'update', outcome]);
  });
});

describe('dialect 8: participants and to-dos', () => {
  const toDos = ({ crm }: RawCrm): [string, boolean][] => crm.records('MB').map(({ values }) => [values.Role ?? '', values.IsToDo === 'true']);
  const EVERYBODY = [0, 1, 2, 3].map((Role) => ({ Email: `r${Role}@example.org`, Role }));

  it('a participant begins open, whatever the role', async () => {
    const crm = rawCrm();
    await crm.ask(importOf(`${activity(crm, KEY('a'))}${EVERYBODY.map(({ Email, Role }) => `<Participant><Email matchup="true">${Email}</Email><Role>${Role}</Role></Participant>`).join('')}`));
    expect(crm.crm.records('MB').map(({ values }) => values.Status)).toEqual(['0', '0', '0', '0']);
  });

  it('an activity that asks for to-dos gives them to its required and optional participants', () => {
    const crm = rawCrm();
    crm.seed.activity({ CreateToDo: true, Date: '2026-11-02' }, crm.jane.person, EVERYBODY);
    expect(toDos(crm)).toEqual([['0', true], ['1', true], ['2', false], ['3', false]]);
  });

  it('an activity that asks later gives them then, and its participants are stamped', async () => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({ Date: '2026-11-05' }, crm.jane.person, EVERYBODY);
    await crm.clock.advance(60_000);
    await crm.ask(updateOf('Contact', id, '<CreateToDo>true</CreateToDo>'));
    expect(toDos(crm)).toEqual([['0', true], ['1', true], ['2', false], ['3', false]]);
    expect(crm.crm.records('MB').map(({ values }) => values.UpdTime)).toEqual(['10:01:00', '10:01:00', '10:00:00', '10:00:00']);
  });

  it('an activity that is over gives none', () => {
    const crm = rawCrm();
    crm.seed.activity({ CreateToDo: true, Date: '2026-11-01' }, crm.jane.person, EVERYBODY);
    expect(toDos(crm).some(([, toDo]) => toDo)).toBe(false);
  });

  it.each([true, false])('the interface makes to-dos that nobody asked for: %s', async (generateToDos) => {
    const crm = rawCrm({ quirks: { generateToDos } });
    await crm.ask(importOf(`${activity(crm, KEY('a'))}<Participant><Email matchup="true">g@example.org</Email></Participant>`));
    crm.seed.activity({}, crm.jane.person, [{ Email: 'typed@example.org' }]);
    expect(toDos(crm)).toEqual([['', generateToDos], ['', false]]);
  });
});

describe('dialect 8: persons, reps and what belongs to them', () => {
  it.each(['Email1', 'Email2', 'Email3'])('a person is found by %s, whatever the letter case, and two with one address are both found', async (field) => {
    const crm = rawCrm();
    for (const LastName of ['Guest', 'Twin']) crm.seed.person({ LastName, [field]: 'Guest@Example.org' });
    const answer = await crm.one(query('Person', 'LastName', [cond('Person', field, '=', 'guest@example.ORG')]));
    expect(fieldOf(answer, 'LastName')).toEqual(['Guest', 'Twin']);
  });

  it('a rep is found by address, with person, kind and switches', async () => {
    const crm = rawCrm();
    const fields = 'SeqNo,Name,PeGrp,PeNo,Type,Active,ConnectorSettings,SyncEmails,SyncAppointments';
    const answer = await crm.one(query('RepUser', fields, [cond('RepUser', 'Email1', '=', 'JANE.DOE@example.com')]));
    expect(fields.split(',').map((field) => fieldOf(answer, field)[0])).toEqual(['1', 'Jane Doe', '100', '1', '0', 'true', 'true', 'true', 'true']);
    expect(answer.children[0]?.attributes).toEqual({ tableshort: 'ID', id: '1' });
  });

  it("a rep's favourites, persons of a company and activities of a person are read by their relation", async () => {
    const crm = rawCrm();
    crm.seed.favorite(crm.jane.repId, crm.john.person);
    const answer = await crm.one(
      '<query><tables><table tablename="Favorite"><table tablename="Person"><table tablename="Company"/></table></table></tables>' +
        `<condition>${cond('Favorite', 'RepId', '=', '1')}</condition><fields tablename="Person" fields="LastName"/><fields tablename="Company" fields="Company"/></query>`,
    );
    const person = answer.children[0]?.children[0];
    expect([person?.attributes.id, fieldOf({ ...answer, children: person ? [person] : [] }, 'LastName')]).toEqual([crm.john.person.id, ['Roe']]);
    expect(person?.children.map(({ name }) => name)).toEqual(['LastName', 'Company']);
  });

  it('what is private may be hidden from other reps by their rights, and is a flag like any other where it is not', async () => {
    const crm = rawCrm();
    crm.seed.activity({ Subject: 'mine', Private: true, RepId: 1 }, crm.jane.person);
    const asJohn = async () => fieldOf(await crm.one(query('Contact', 'Private'), 'JRO'), 'Private');
    expect(await asJohn()).toEqual(['true']);
    crm.crm.setRights((rep, { values }) => (values.Private === 'true' && values.RepId !== String(rep) ? 'none' : 'write'));
    expect(await asJohn()).toEqual([]);
    expect(fieldOf(await crm.one(query('Contact', 'Private'), 'JDO'), 'Private')).toEqual(['true']);
  });
});

describe('dialect 8: series', () => {
  const OWN = { Subject: 'Weekly', Date: '2026-11-03', EndDate: '2026-11-04', Time: '09:00', Status: 1, CreateToDo: true };

  function series(crm: RawCrm, participants = [{ Email: 'g@example.org' }]) {
    const { statNo: PeGrp, seqNo: PeNo } = crm.jane.person;
    return crm.crm.act('JDO').createSeries({ ...OWN, PeGrp, PeNo }, ['2026-11-10', '2026-11-17'], participants);
  }

  it.each([
    ['empty', ''],
    ['itself', '1'],
  ] as const)('generated records name their main record, which names: %s', async (seriesMain, named) => {
    const crm = rawCrm({ quirks: { seriesMain } });
    series(crm);
    const answer = await crm.one(query('Contact', 'MainStatNo,MainSeqNo,Date,EndDate,Time,Subject,Status'));
    expect(fieldOf(answer, 'MainSeqNo')).toEqual([named, '1', '1']);
    expect(fieldOf(answer, 'Date')).toEqual(['2026-11-03', '2026-11-10', '2026-11-17']);
    expect(fieldOf(answer, 'EndDate')).toEqual(['2026-11-04', '2026-11-11', '2026-11-18']);
    expect([fieldOf(answer, 'Subject'), fieldOf(answer, 'Status')]).toEqual([['Weekly', 'Weekly', 'Weekly'], ['1', '', '']]);
    const generated = query('Contact', 'SeqNo', [cond('Contact', 'MainStatNo', '=', '100'), cond('Contact', 'MainSeqNo', '=', '1'), cond('Contact', 'SeqNo', '!=', '1')]);
    expect(fieldOf(await crm.one(generated), 'SeqNo')).toEqual(['2', '3']);
  });

  it.each(['empty', 'itself'] as const)('only the main record has to-dos, and an answer there counts for all (it names: %s)', async (seriesMain) => {
    const crm = rawCrm({ quirks: { seriesMain } });
    series(crm, [{ Email: 'g@example.org' }, { Email: 'h@example.org' }]);
    const rows = crm.crm.records('MB');
    expect(rows.map(({ values }) => values.IsToDo)).toEqual(['true', 'true', '', '', '', '']);
    await crm.ask(updateOf('Participant', rows[0]?.id ?? '', '<Status>1</Status>'));
    await crm.ask(updateOf('Participant', rows[3]?.id ?? '', '<Status>2</Status>'));
    expect(crm.crm.records('MB').map(({ values }) => values.Status)).toEqual(['1', '0', '1', '2', '1', '0']);
  });
});

describe('dialect 8: documents', () => {
  const document = (content: string): string => `<Document><Title>t</Title><FileName>f.txt</FileName><MimeType>text/plain</MimeType><Content>${content}</Content>${KEY('d')}</Document>`;

  it('a document is base64, is found by its external key and linked to an activity', async () => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({}, crm.jane.person);
    const link = `<DocumentLink><ParentInfoArea matchup="true">MA</ParentInfoArea><ParentId matchup="true">${id}</ParentId></DocumentLink>`;
    const send = () => crm.ask(importOf(document('aGk=') + link));
    expect([outcomes(await send()), outcomes(await send())]).toEqual([['insert', 'insert'], ['match', 'match']]);
    const read = await crm.one(
      `<query><tables><table tablename="DocumentLink"><table tablename="Document"/></table></tables><condition>${cond('DocumentLink', 'ParentId', '=', id)}</condition><fields tablename="Document" fields="Content,Private"/></query>`,
    );
    expect(read.children[0]?.children[0]?.children.map(({ text }) => text)).toEqual(['aGk=', '']);
    expect(theReturn((await crm.ask(importOf(document('not base64'))))[0]).attributes).toMatchObject({ code: '422', fieldname: 'Content' });
  });
});
