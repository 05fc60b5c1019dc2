import { describe, expect, it } from 'vitest';
import { crmUnderTest } from './crm-under-test.ts';
import type { CrmUnderTest } from './crm-under-test.ts';

const KEYED = (key: string, more = ''): string =>
  `<ExtSystem matchup="true">M365</ExtSystem><ExtKey matchup="true">${key}</ExtKey>${more}`;

function activity(test: CrmUnderTest, inside: string, attributes = ''): string {
  const { statNo, seqNo } = test.jane.person;
  return `<Contact ${attributes}><PeGrp>${statNo}</PeGrp><PeNo>${seqNo}</PeNo>${inside}</Contact>`;
}

function create(test: CrmUnderTest, inside: string, children = '', attributes = 'force_internal_matchup="true"'): string {
  return `<import corr="i" ${attributes}><fields>${activity(test, inside)}${children}</fields></import>`;
}

const types = (text: string): string[] => [...text.matchAll(/<return type="(\w+)"/g)].map((found) => found[1] ?? '');
const living = (test: CrmUnderTest, table: string): number => test.crm.state().records[table]?.alive ?? -1;

describe('import (dialect 4)', () => {
  it('creates once by ExtSystem and ExtKey, then matches or updates', async () => {
    const test = crmUnderTest();
    const first = await test.send(create(test, KEYED('a1', '<Subject>One</Subject>')));
    expect(first).toBe('<import corr="i"><return type="insert"><Contact tableshort="MA" id="429496729601"/></return></import>');
    expect(types(await test.send(create(test, KEYED('A1', '<Subject>One</Subject>'))))).toEqual(['update']);
    const same = create(test, KEYED('A1', '<Subject>One</Subject>'));
    expect(types(await test.send(same))).toEqual(['match']);
    expect(types(await test.send(create(test, KEYED('A1', '<Subject>Two</Subject>'))))).toEqual(['update']);
    expect(living(test, 'Contact')).toBe(1);
  });

  it('stamps a record only where something changed, unless the CRM always does', async () => {
    for (const [stampUnchanged, time] of [[false, '10:00:00'], [true, '10:00:05']] as const) {
      const test = crmUnderTest({ quirks: { stampUnchanged } });
      await test.send(create(test, KEYED('a1')));
      test.clock.set(test.clock.now() + 5000);
      await test.send(create(test, KEYED('a1')));
      expect(test.crm.records('MA')[0]?.values.UpdTime).toBe(time);
    }
  });

  it('never matches a record that is marked as deleted', async () => {
    const test = crmUnderTest();
    await test.send(create(test, KEYED('a1')));
    test.crm.act('JDO').delete('Contact', test.crm.records('Contact')[0]?.id ?? '');
    expect(types(await test.send(create(test, KEYED('a1'))))).toEqual(['insert']);
  });

  it('answers 409 where the match is not unique', async () => {
    const test = crmUnderTest();
    const twice = `<import matchup="false"><fields>${activity(test, KEYED('a1'))}${activity(test, KEYED('a1'))}</fields></import>`;
    expect(types(await test.send(twice))).toEqual(['insert', 'insert']);
    expect(await test.send(create(test, KEYED('a1')))).toContain('<return type="error" code="409"');
  });

  it('does not match with matchup="false" on the record, nor with insert', async () => {
    const test = crmUnderTest();
    await test.send(create(test, KEYED('a1')));
    const again = activity(test, KEYED('a1'), 'matchup="false" corr="r"');
    expect(await test.send(`<import><fields>${again}</fields></import>`)).toContain(
      '<return type="insert"><Contact tableshort="MA" id="429496729602" corr="r"/></return>',
    );
    expect(types(await test.send(`<insert><fields>${activity(test, KEYED('a1'))}</fields></insert>`))).toEqual(['insert']);
  });

  it("falls back to the CRM's own matching without the forced internal one, and finds somebody else's record", async () => {
    const test = crmUnderTest();
    const theirs = test.seed.activity({ Subject: 'Theirs', Date: '2026-11-05', Time: '09:00' }, test.jane.person);
    const ours = KEYED('a1', '<Subject>Ours</Subject><Date>2026-11-05</Date><Time>09:00</Time>');
    expect(types(await test.send(create(test, ours)))).toEqual(['insert']);
    const key = ours.replace('a1', 'a2');
    expect(await test.send(create(test, key, '', ''))).toContain(`<return type="update"><Contact tableshort="MA" id="${theirs.id}"/>`);
    expect(test.crm.record('MA', theirs.id)?.values).toMatchObject({ Subject: 'Ours', ExtKey: 'a2' });
  });

  it('matches by StatNo and SeqNo as keys, but gives no record a number that a request chose', async () => {
    const test = crmUnderTest();
    const { id, statNo, seqNo } = test.seed.activity({ Subject: 'x' }, test.jane.person);
    const byKey = (number: number): string =>
      `<import><fields><Contact><StatNo matchup="true">${statNo}</StatNo><SeqNo matchup="true">${number}</SeqNo><Subject>y</Subject></Contact></fields></import>`;
    expect(await test.send(byKey(seqNo))).toContain(`<return type="update"><Contact tableshort="MA" id="${id}"/>`);
    expect(await test.send(byKey(77))).toContain('code="422"');
  });

  it('has no external matching configured', async () => {
    const test = crmUnderTest();
    expect(await test.send(create(test, KEYED('a'), '', 'use_configured_matchup="true"'))).toContain('code="500"');
  });
});

describe('children (dialect 4, 9)', () => {
  const guest = (email: string): string => `<Participant><Email matchup="true">${email}</Email><Role>0</Role></Participant>`;

  it('inherit the key of their parent and are matched among its children only', async () => {
    const test = crmUnderTest();
    const send = (key: string): Promise<string> => test.send(create(test, KEYED(key), guest('g@example.org') + guest('h@example.org')));
    expect(types(await send('a1'))).toEqual(['insert', 'insert', 'insert']);
    expect(types(await send('a1'))).toEqual(['match', 'match', 'match']);
    expect(types(await send('a2'))).toEqual(['insert', 'insert', 'insert']);
    expect(test.crm.records('MB').map(({ values }) => `${values.ActStatNo ?? ''}/${values.ActSeqNo ?? ''} ${values.Email ?? ''}`)).toEqual([
      '100/1 g@example.org',
      '100/1 h@example.org',
      '100/2 g@example.org',
      '100/2 h@example.org',
    ]);
  });

  it('belong to the nearest parent before them', async () => {
    const test = crmUnderTest();
    const text = await test.send(
      `<import force_internal_matchup="true"><fields>${activity(test, KEYED('a'))}${guest('g@example.org')}${activity(test, KEYED('b'))}${guest('g@example.org')}</fields></import>`,
    );
    expect(types(text)).toEqual(['insert', 'insert', 'insert', 'insert']);
    expect(test.crm.records('MB').map(({ values }) => values.ActSeqNo)).toEqual(['1', '2']);
  });

  it('keep a parent that they name themselves', async () => {
    const test = crmUnderTest();
    const other = test.seed.activity({ Subject: 'other' }, test.jane.person);
    const child = `<Participant><ActStatNo>${other.statNo}</ActStatNo><ActSeqNo>${other.seqNo}</ActSeqNo><Email matchup="true">g@example.org</Email></Participant>`;
    expect(types(await test.send(create(test, KEYED('a'), child)))).toEqual(['insert', 'insert']);
    expect(types(await test.send(create(test, KEYED('a'), child)))).toEqual(['match', 'match']);
    test.crm.act('JDO').addParticipant(test.seed.activity({}, test.jane.person).id, { Email: 'h@example.org' });
    expect(types(await test.send(`<import force_internal_matchup="true"><fields>${child.replace('g@', 'h@')}</fields></import>`))).toEqual(['insert']);
    const mine = test.crm.records('MB').filter(({ values }) => values.ActSeqNo === String(other.seqNo));
    expect(mine.map(({ values }) => values.Email)).toEqual(['g@example.org', 'h@example.org']);
  });

  it('of a person are activities, too, unless they name another person', async () => {
    const test = crmUnderTest();
    const person = '<Person><LastName matchup="true">New</LastName></Person>';
    const loose = `<Contact>${KEYED('a')}</Contact>`;
    const send = (contact: string): Promise<string> => test.send(`<import force_internal_matchup="true"><fields>${person}${contact}</fields></import>`);
    expect(types(await send(loose))).toEqual(['insert', 'insert']);
    expect(types(await send(loose))).toEqual(['match', 'match']);
    expect(test.crm.records('MA').map(({ values }) => values.PeNo)).toEqual([String(test.crm.records('KP').at(-1)?.seqNo)]);
    expect(types(await send(activity(test, KEYED('b'))))).toEqual(['match', 'insert']);
    expect(types(await send(activity(test, KEYED('b'))))).toEqual(['match', 'match']);
  });

  it('answer 422 where their parent failed, while others are written', async () => {
    const test = crmUnderTest();
    const text = await test.send(
      `<import force_internal_matchup="true"><fields>${activity(test, KEYED('a', '<Nope/>'))}${guest('g@example.org')}${activity(test, KEYED('b'))}${guest('h@example.org')}</fields></import>`,
    );
    expect(text).toMatch(/code="422" text="[^"]*" fieldname="Nope"\/><return type="error" code="422" text="[^"]*" fieldname="ActSeqNo"\/><return type="insert"/);
    expect(test.crm.records('MB').map(({ values }) => values.Email)).toEqual(['h@example.org']);
  });

  it('link a document to an activity that exists; one of the same request has no id yet', async () => {
    const test = crmUnderTest();
    const { id } = test.seed.activity({ Subject: 'x' }, test.jane.person);
    const document = `<Document><Title>t</Title><FileName>f.txt</FileName><MimeType>text/plain</MimeType><Content>aGk=</Content>${KEYED('d1')}</Document>`;
    const link = (parent: string): string =>
      `<DocumentLink><ParentInfoArea matchup="true">MA</ParentInfoArea><ParentId matchup="true">${parent}</ParentId></DocumentLink>`;
    const send = (parent: string): Promise<string> =>
      test.send(`<import force_internal_matchup="true"><fields>${document}${link(parent)}</fields></import>`);
    expect(types(await send(id))).toEqual(['insert', 'insert']);
    expect(types(await send(id))).toEqual(['match', 'match']);
    expect(test.crm.records('D3')[0]?.values).toMatchObject({ ParentId: id, DocumentId: test.crm.records('D1')[0]?.id });
    expect(await send('429496729999')).toMatch(/<return type="error" code="422" text="[^"]*" fieldname="ParentId"\/>/);
    expect(await send('')).toContain('code="422"');
  });

  it('start open, with a to-do where the activity asks for one and the role is required or optional', async () => {
    const test = crmUnderTest();
    const child = (role: number): string => `<Participant><RepId matchup="true">${role}</RepId><Role>${role}</Role></Participant>`;
    await test.send(create(test, KEYED('a', '<CreateToDo>true</CreateToDo>'), child(1) + child(2)));
    expect(test.crm.records('MB').map(({ values }) => [values.Role, values.Status, values.IsToDo])).toEqual([
      ['1', '0', 'true'],
      ['2', '0', ''],
    ]);
  });
});

describe('update and delete (dialect 4, 9)', () => {
  it('address a record by id', async () => {
    const test = crmUnderTest();
    const { id } = test.seed.activity({ Subject: 'x' }, test.jane.person);
    const update = (of: string): string => `<update corr="u"><fields><Contact id="${of}"><Subject>y</Subject></Contact></fields></update>`;
    expect(await test.send(update(id))).toBe(`<update corr="u"><return type="update"><Contact tableshort="MA" id="${id}"/></return></update>`);
    expect(test.crm.record('MA', id)?.values.Subject).toBe('y');
    for (const wrong of ['1', 'abc', '', '99999999999999999999']) expect(await test.send(update(wrong))).toContain('code="404"');
    expect(await test.send('<update><fields><Contact><Subject>y</Subject></Contact></fields></update>')).toContain('code="422"');
  });

  it('mark as deleted; again is no error and no new stamp; an update of it is a 404', async () => {
    const test = crmUnderTest();
    const { id } = test.seed.activity({ Subject: 'x' }, test.jane.person);
    const remove = `<delete corr="d"><fields><Contact id="${id}"/></fields></delete>`;
    test.clock.set(test.clock.now() + 60_000);
    expect(await test.send(remove)).toBe(`<delete corr="d"><return type="delete"><Contact tableshort="MA" id="${id}"/></return></delete>`);
    expect(test.crm.record('MA', id)).toMatchObject({ deleted: true, values: { UpdTime: '10:01:00' } });
    test.clock.set(test.clock.now() + 60_000);
    expect(types(await test.send(remove))).toEqual(['delete']);
    expect(test.crm.record('MA', id)?.values.UpdTime).toBe('10:01:00');
    expect(await test.send(`<update><fields><Contact id="${id}"><Subject>y</Subject></Contact></fields></update>`)).toContain('code="404"');
    expect(await test.send('<delete><fields><Contact id="5"/></fields></delete>')).toContain('code="404"');
  });

  it('judge every record alone', async () => {
    const test = crmUnderTest();
    const { id } = test.seed.activity({ Subject: 'x' }, test.jane.person);
    const text = await test.send(
      `<update><fields><Contact id="7"><Subject>y</Subject></Contact><Contact id="${id}"><Subject>y</Subject></Contact></fields></update>`,
    );
    expect(types(text)).toEqual(['error', 'update']);
  });
});

describe('refusals name the field (dialect 4, 5, 9)', () => {
  it.each([
    ['an unknown field', '<Sbject>x</Sbject>', 'Sbject'],
    ['a text that is too long', `<Subject>${'x'.repeat(121)}</Subject>`, 'Subject'],
    ['a key that is too long', `<ExtKey>${'x'.repeat(65)}</ExtKey>`, 'ExtKey'],
    ['a date that is none', '<Date>2026-02-30</Date>', 'Date'],
    ['a date in another order', '<Date>05.11.2026</Date>', 'Date'],
    ['a time that is none', '<Time>24:00</Time>', 'Time'],
    ['a number that is none', '<Reminder>soon</Reminder>', 'Reminder'],
    ['a number that is too large', '<Reminder>3000000000</Reminder>', 'Reminder'],
    ['a flag that is none', '<Private>1</Private>', 'Private'],
    ['a catalog number that is none', '<Contact>8</Contact>', 'Contact'],
    ['a catalog text where numbers are asked for', '<Contact>Visit</Contact>', 'Contact'],
    ['a stamp', '<UpdBy>me</UpdBy>', 'UpdBy'],
    ['a key of its own', '<SeqNo>7</SeqNo>', 'SeqNo'],
    ['a field that stands twice', '<Subject>x</Subject><Subject>y</Subject>', 'Subject'],
    ['a field with elements', '<Subject><b/></Subject>', 'Subject'],
    ['a rep that is none', '<RepId>99</RepId>', 'RepId'],
    ['an opportunity that is none', '<OppStatNo>100</OppStatNo><OppSeqNo>9</OppSeqNo>', 'OppSeqNo'],
  ])('%s', async (_what, inside, field) => {
    const test = crmUnderTest();
    const text = await test.send(`<insert><fields>${activity(test, inside)}</fields></insert>`);
    expect(text).toMatch(new RegExp(`^<insert><return type="error" code="422" text="[^"]+" fieldname="${field}"/></insert>$`));
    expect(living(test, 'Contact')).toBe(0);
  });

  it.each([
    ['an activity without person and company', '<Contact><Subject>x</Subject></Contact>', 'PeNo'],
    ['an activity of a person that is none', '<Contact><PeGrp>100</PeGrp><PeNo>99</PeNo></Contact>', 'PeNo'],
    ['an activity of a company that is none', '<Contact><CoGrp>100</CoGrp><CoNo>99</CoNo></Contact>', 'CoNo'],
    ['a participant of nothing', '<Participant><Email>g@example.org</Email></Participant>', 'ActSeqNo'],
    ['a participant of an activity that is none', '<Participant><ActStatNo>100</ActStatNo><ActSeqNo>9</ActSeqNo><RepId>1</RepId></Participant>', 'ActSeqNo'],
    ['a key on a table without one', '<Person><ExtKey>x</ExtKey></Person>', 'ExtKey'],
    ['a link without a document', '<DocumentLink><ParentInfoArea>MA</ParentInfoArea><ParentId>1</ParentId></DocumentLink>', 'DocumentId'],
    ['an unknown table', '<Contract><Subject>x</Subject></Contract>', 'Contract'],
  ])('%s', async (_what, record, field) => {
    const { send } = crmUnderTest();
    expect(await send(`<insert><fields>${record}</fields></insert>`)).toMatch(new RegExp(`code="422" text="[^"]+" fieldname="${field}"/>`));
  });

  it('an activity of a person that is marked as deleted', async () => {
    const test = crmUnderTest();
    const gone = test.seed.person({ LastName: 'Gone' });
    test.crm.act('JDO').delete('Person', gone.id);
    const of = (inside: string): Promise<string> => test.send(`<insert><fields><Contact>${inside}</Contact></fields></insert>`);
    expect(await of(`<PeGrp>${gone.statNo}</PeGrp><PeNo>${gone.seqNo}</PeNo>`)).toContain('fieldname="PeNo"');
  });

  it('an activity may belong to a company alone, and not be cut loose later', async () => {
    const test = crmUnderTest();
    const company = test.crm.records('Company')[0];
    const text = await test.send(`<insert><fields><Contact><CoGrp>${company?.statNo ?? 0}</CoGrp><CoNo>${company?.seqNo ?? 0}</CoNo></Contact></fields></insert>`);
    expect(types(text)).toEqual(['insert']);
    const id = /id="(\d+)"/.exec(text)?.[1] ?? '';
    expect(await test.send(`<update><fields><Contact id="${id}"><CoNo/></Contact></fields></update>`)).toContain('fieldname="PeNo"');
  });
});

describe('triggers', () => {
  it('change what was written', async () => {
    const test = crmUnderTest({
      quirks: {
        beforeStore(change) {
          if (change.table === 'Contact' && change.values.Subject !== undefined) change.values.Subject = change.values.Subject.slice(0, 3);
        },
      },
    });
    await test.send(create(test, KEYED('a', '<Subject>Quarterly</Subject>')));
    expect(test.crm.records('MA')[0]?.values.Subject).toBe('Qua');
  });

  it('refuse a record by throwing', async () => {
    const test = crmUnderTest({
      quirks: {
        beforeStore(change) {
          if (change.table === 'Contact') throw new Error('a text that stays inside');
        },
      },
    });
    const text = await test.send(create(test, KEYED('a')));
    expect(text).toContain('code="500"');
    expect(text).not.toContain('stays inside');
  });
});
