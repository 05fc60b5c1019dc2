import { describe, expect, it } from 'vitest';
import { cond, crmUnderTest, query } from './crm-under-test.ts';
import type { CrmUnderTest } from './crm-under-test.ts';

/** What the answer lists under a table's name, by id order. */
function subjects(text: string): string[] {
  return [...text.matchAll(/<Subject>([^<]*)<\/Subject>/g)].map((found) => found[1] ?? '');
}

function withActivities(options: Parameters<typeof crmUnderTest>[0] = {}): CrmUnderTest & { ids: string[] } {
  const test = crmUnderTest(options);
  const make = (Subject: string, more: Record<string, string | number>): string =>
    test.seed.activity({ Subject, ...more }, test.jane.person).id;
  const ids = [
    make('Alpha', { Date: '2026-11-05', Time: '09:00', Contact: 1, RepId: 1, FreeN1: 5 }),
    make('beta meeting', { Date: '2026-11-06', Time: '10:30', Contact: 0, RepId: 1, Location: 'Room' }),
    make('Gamma', { Date: '2026-11-07', Contact: 1, RepId: 2, FreeN1: -3, Private: 'true' }),
    make('delta*', {}),
  ];
  return { ...test, ids };
}

describe('answers of a query (dialect 3)', () => {
  it('have one element per record with table code and id, and a count', async () => {
    const { send, ids } = withActivities();
    expect(await send(query('Contact', 'Subject,Date,Location', [cond('Contact', 'Subject', '=', 'ALPHA')], 'corr="q1"'))).toBe(
      `<query corr="q1"><return type="ok" count="1"><Contact tableshort="MA" id="${ids[0] ?? ''}">` +
        '<Subject>Alpha</Subject><Date>2026-11-05</Date><Location/></Contact></return></query>',
    );
  });

  it('leave an empty field out where the CRM does so', async () => {
    const { send } = withActivities({ quirks: { emptyFields: 'absent' } });
    const text = await send(query('Contact', 'Subject,Location', [cond('Contact', 'Subject', '=', 'Alpha')]));
    expect(text).not.toContain('Location');
    expect(text).toContain('<Subject>Alpha</Subject>');
  });

  it('have a count of 0 where nothing is found', async () => {
    const { send } = withActivities();
    expect(await send(query('Contact', 'Subject', [cond('Contact', 'Subject', '=', 'none')]))).toBe(
      '<query><return type="ok" count="0"/></query>',
    );
  });

  it('have ids of StatNo times 2^32 plus SeqNo, and reps on station 0', async () => {
    const { send } = withActivities();
    expect(await send(query('Contact', 'StatNo,SeqNo', [], 'maxrecords="1"'))).toContain(
      '<Contact tableshort="MA" id="429496729601"><StatNo>100</StatNo><SeqNo>1</SeqNo></Contact>',
    );
    expect(await send(query('RepUser', 'SeqNo', [cond('RepUser', 'Name', '=', 'john roe')]))).toContain(
      '<RepUser tableshort="ID" id="2"><SeqNo>2</SeqNo></RepUser>',
    );
    expect(await send(query('Person', 'PeGrp,PeNo,StatNo,SeqNo', [], 'maxrecords="1"'))).toContain(
      '<PeGrp>100</PeGrp><PeNo>1</PeNo><StatNo>100</StatNo><SeqNo>1</SeqNo>',
    );
  });

  it('take fields as a list, one by one with echoed attributes, or all', async () => {
    const { send } = withActivities();
    const start = '<query maxrecords="1"><tables><table tablename="Contact"/></tables>';
    const one = await send(`${start}<fields mine="a"><field tablename="Contact" fieldname="Subject" tag="7"/></fields></query>`);
    expect(one).toContain('<Subject tag="7">Alpha</Subject>');
    const listed = await send(`${start}<fields tablename="Contact" fields="Subject, Date" mine="a"/></query>`);
    expect(listed).toContain('<Contact tableshort="MA" id="429496729601" mine="a"><Subject>Alpha</Subject><Date>');
    const all = await send('<query maxrecords="1"><tables><table tablename="Contact" allfields="true"/></tables></query>');
    expect([...all.matchAll(/<(\w+)[^>]*\/?>/g)].length).toBeGreaterThan(36);
    expect(all).toContain('<UpdBy>SYNC</UpdBy>');
  });
});

describe('conditions (dialect 3)', () => {
  it.each<[string, string[], string[]]>([
    ['= ignores case', [cond('Contact', 'Subject', '=', 'gamma')], ['Gamma']],
    ['= takes * as a wildcard', [cond('Contact', 'Subject', '=', '*a*m*')], ['beta meeting', 'Gamma']],
    ['!= takes * as well', [cond('Contact', 'Subject', '!=', '*a')], ['beta meeting', 'delta*']],
    ['= of a catalog number', [cond('Contact', 'Contact', '=', '1')], ['Alpha', 'Gamma']],
    ['!= of a catalog number takes empty ones', [cond('Contact', 'Contact', '!=', '1')], ['beta meeting', 'delta*']],
    ['<> is !=', [cond('Contact', 'Contact', '<>', '1')], ['beta meeting', 'delta*']],
    ['< of a date leaves empty ones out', [cond('Contact', 'Date', '<', '2026-11-07')], ['Alpha', 'beta meeting']],
    ['<= of a date', [cond('Contact', 'Date', '<=', '2026-11-07')], ['Alpha', 'beta meeting', 'Gamma']],
    ['> of a date', [cond('Contact', 'Date', '>', '2026-11-05')], ['beta meeting', 'Gamma']],
    ['>= of a time', [cond('Contact', 'Time', '>=', '10:30')], ['beta meeting']],
    ['= of an empty date', [cond('Contact', 'Date', '=', '')], ['delta*']],
    ['an empty number is 0', [cond('Contact', 'FreeN1', '=', '0')], ['beta meeting', 'delta*']],
    ['numbers compare as numbers', [cond('Contact', 'FreeN1', '<', '5')], ['beta meeting', 'Gamma', 'delta*']],
    ['an empty flag is false', [cond('Contact', 'Private', '=', 'false')], ['Alpha', 'beta meeting', 'delta*']],
    ['() contains', [cond('Contact', 'Subject', '()', 'MEET')], ['beta meeting']],
    ['() takes * as it stands', [cond('Contact', 'Subject', '()', '*')], ['delta*']],
    [')( does not contain', [cond('Contact', 'Subject', ')(', 'a*')], ['Alpha', 'beta meeting', 'Gamma']],
    ['conds of a block are ANDed', [cond('Contact', 'Contact', '=', '1'), cond('Contact', 'RepId', '=', '2')], ['Gamma']],
  ])('%s', async (_what, conds, found) => {
    const { send } = withActivities();
    expect(subjects(await send(query('Contact', 'Subject', conds)))).toEqual(found);
  });

  it('are ORed over the blocks of one table, in the order of keys', async () => {
    const { send } = withActivities();
    const blocks = [cond('Contact', 'Subject', '=', 'Gamma'), cond('Contact', 'RepId', '=', '1') + cond('Contact', 'Contact', '=', '0')];
    const text = await send(
      `<query><tables><table tablename="Contact"/></tables>${blocks.map((block) => `<condition>${block}</condition>`).join('')}<fields tablename="Contact" fields="Subject"/></query>`,
    );
    expect(subjects(text)).toEqual(['beta meeting', 'Gamma']);
  });

  it('are ORed in the order of keys also where an index finds the records', async () => {
    const { send, seed, jane } = withActivities();
    for (let more = 0; more < 20; more += 1) seed.activity({ Subject: 'other' }, jane.person);
    const block = (rep: string): string => `<condition>${cond('Contact', 'RepId', '=', rep)}</condition>`;
    const text = await send(
      `<query><tables><table tablename="Contact"/></tables>${block('2')}${block('1')}<fields tablename="Contact" fields="Subject"/></query>`,
    );
    expect(subjects(text)).toEqual(['Alpha', 'beta meeting', 'Gamma']);
  });

  it('page by key, ascending, up to maxrecords', async () => {
    const { send } = withActivities();
    const page = (after: number): Promise<string> =>
      send(
        `<query maxrecords="3"><tables><table tablename="Contact"/></tables>` +
          `<condition>${cond('Contact', 'StatNo', '>', '100')}</condition>` +
          `<condition>${cond('Contact', 'StatNo', '=', '100')}${cond('Contact', 'SeqNo', '>', String(after))}</condition>` +
          '<fields tablename="Contact" fields="Subject"/></query>',
      );
    expect(subjects(await page(0))).toEqual(['Alpha', 'beta meeting', 'Gamma']);
    expect(subjects(await page(3))).toEqual(['delta*']);
  });

  it.each([
    ['an unknown table', query('Contract', 'Subject'), 'code="422"', 'Contract'],
    ['an unknown field asked for', query('Contact', 'Subject,Sbject'), 'code="422"', 'Sbject'],
    ['an unknown field in a condition', query('Contact', 'Subject', [cond('Contact', 'Nope', '=', '1')]), 'code="422"', 'fieldname="Nope"'],
    ['names in other case', query('Contact', 'subject'), 'code="422"', 'fieldname="subject"'],
    ['a condition on a table that is not read', query('Contact', 'Subject', [cond('Person', 'PeNo', '=', '1')]), 'code="422"', 'Person'],
    ['a value of another type', query('Contact', 'Subject', [cond('Contact', 'Date', '=', '5.13.2026')]), 'code="422"', 'fieldname="Date"'],
    ['an unknown operator', query('Contact', 'Subject', [cond('Contact', 'Subject', '~', 'x')]), 'code="500"', 'Subject'],
    ['() on a number', query('Contact', 'Subject', [cond('Contact', 'RepId', '()', '1')]), 'code="500"', 'RepId'],
    ['maxrecords of 0', query('Contact', 'Subject', [], 'maxrecords="0"'), 'code="500"', 'maxrecords'],
    ['unknown flags', query('Contact', 'Subject', [], '', '4'), 'code="500"', 'flags'],
    ['no table', '<query><fields tablename="Contact" fields="Subject"/></query>', 'code="500"', 'tables'],
  ])('refuse %s', async (_what, command, code, named) => {
    const { send } = withActivities();
    const text = await send(command);
    expect(text).toMatch(/^<query[^>]*><return type="error" /);
    expect(text).toContain(code);
    expect(text).toContain(named);
  });
});

describe('records marked as deleted (dialect 3)', () => {
  it.each([
    [16384, '16384', true],
    [16384, '64', false],
    [16384, '', false],
    [64, '64', true],
    [64, '16384', false],
  ] as const)('of a CRM with flag %i come back for %j: %s', async (deletedFlag, flags, shown) => {
    const { send, crm, ids } = withActivities({ quirks: { deletedFlag } });
    crm.act('JDO').delete('Contact', ids[0] ?? '');
    const text = await send(query('Contact', 'Subject', [cond('Contact', 'Subject', '=', 'Alpha')], '', flags));
    expect(text.includes(`<Contact tableshort="MA" id="${ids[0] ?? ''}" deleted="true">`)).toBe(shown);
  });
});

describe('nested tables (dialect 3, 9)', () => {
  const nested = (flags: string, conds = ''): string =>
    `<query><tables><table tablename="Contact"><table tablename="Participant" flags="${flags}"/></table></tables>${conds}` +
    '<fields tablename="Contact" fields="Subject"/><fields tablename="Participant" fields="Email"/></query>';

  async function withParticipants(): Promise<CrmUnderTest & { ids: string[] }> {
    const test = withActivities();
    test.crm.act('JDO').addParticipant(test.ids[1] ?? '', { Email: 'b@example.org' });
    test.crm.act('JDO').addParticipant(test.ids[0] ?? '', { Email: 'a1@example.org' });
    const gone = test.crm.act('JDO').addParticipant(test.ids[0] ?? '', { Email: 'a2@example.org' });
    test.crm.act('JDO').addParticipant(test.ids[0] ?? '', { Email: 'a3@example.org' });
    test.crm.act('JDO').delete('Participant', gone.id);
    await Promise.resolve();
    return test;
  }

  it('stand inside their parent; a parent without one is left out', async () => {
    const { send } = await withParticipants();
    const text = await send(nested('0'));
    expect(text).toMatch(
      /^<query><return type="ok" count="2"><Contact [^>]*><Subject>Alpha<\/Subject><Participant [^>]*><Email>a1@example.org<\/Email><\/Participant><Participant [^>]*><Email>a3@example.org<\/Email><\/Participant><\/Contact><Contact /,
    );
    expect(subjects(text)).toEqual(['Alpha', 'beta meeting']);
  });

  it('are optional with 2048, and show deleted ones with the flag on the inner table', async () => {
    const { send } = await withParticipants();
    expect(subjects(await send(nested('2048')))).toEqual(['Alpha', 'beta meeting', 'Gamma', 'delta*']);
    expect(await send(nested(String(2048 + 16384)))).toMatch(/deleted="true"><Email>a2@example\.org/);
  });

  it('only test for children with 256+512, and for none with 1024', async () => {
    const { send } = await withParticipants();
    const existing = await send(nested('768'));
    expect(subjects(existing)).toEqual(['Alpha', 'beta meeting']);
    expect(existing).not.toContain('Email');
    expect(subjects(await send(nested('1024')))).toEqual(['Gamma', 'delta*']);
  });

  it('have conditions of their own', async () => {
    const { send } = await withParticipants();
    const text = await send(nested('0', `<condition>${cond('Participant', 'Email', '=', 'a*')}</condition>`));
    expect(subjects(text)).toEqual(['Alpha']);
  });

  it('lead from the participant to its activity, person and rep, and need an alias to be read twice', async () => {
    const { send, jane } = await withParticipants();
    const text = await send(
      '<query maxrecords="1"><tables><table tablename="Contact"><table tablename="Person"><table tablename="Company"/></table>' +
        '<table tablename="RepUser"><table tablename="Person" alias="Own"/></table></table></tables>' +
        '<fields tablename="Person" fields="LastName"/><fields tablename="Person" alias="Own" fields="LastName"/></query>',
    );
    expect(text).toContain(`<Person tableshort="KP" id="${jane.person.id}"><LastName>Doe</LastName><Company tableshort="FI"`);
    expect(text).toContain(`<Own tableshort="KP" id="${jane.person.id}"><LastName>Doe</LastName></Own>`);
    expect(await send('<query><tables><table tablename="Contact"><table tablename="Contact"/></table></tables></query>')).toContain('alias');
  });

  it('tie records by station and number, and document links by info area and id', async () => {
    const { send, crm, ids, jane } = await withParticipants();
    const other = crm.act('SYNC').create('Contact', { Subject: 'Other station', PeGrp: 100, PeNo: 1 }, { statNo: 200, seqNo: 1 });
    crm.act('SYNC').addParticipant(other.id, { Email: 'o@example.org' });
    const text = await send(nested('0'));
    expect(text).toMatch(/<Subject>Alpha<\/Subject><Participant [^>]*><Email>a1@example.org<\/Email><\/Participant><Participant [^>]*><Email>a3@example.org<\/Email><\/Participant><\/Contact>/);
    expect(text).toMatch(/<Subject>Other station<\/Subject><Participant [^>]*><Email>o@example.org<\/Email><\/Participant><\/Contact>/);
    expect(jane.person.id).toBe(ids[0]);
    const document = crm.act('JDO').create('Document', { Title: 't' });
    crm.act('JDO').create('DocumentLink', { ParentInfoArea: 'KP', ParentId: jane.person.id, DocumentId: document.id });
    const links = (table: string): Promise<string> =>
      send(`<query><tables><table tablename="${table}"><table tablename="DocumentLink"><table tablename="Document" allfields="true"/></table></table></tables></query>`);
    expect(await links('Contact')).toContain('count="0"');
    expect(await links('Person')).toMatch(/count="1".*<Title>t<\/Title>/);
  });

  it('must be related', async () => {
    const { send } = withActivities();
    expect(
      await send('<query><tables><table tablename="Company"><table tablename="Task"/></table></tables></query>'),
    ).toContain('not related');
  });
});

describe('rights', () => {
  it('hide a record from queries unless the check is skipped, and answer 403 to writes', async () => {
    const { send, crm, ids } = withActivities();
    const [hidden = '', readable = ''] = ids;
    crm.setRights((rep, record) => {
      if (rep !== 2) return 'write';
      return record.id === hidden ? 'none' : record.id === readable ? 'read' : 'write';
    });
    const as = 'impersonate="user=JRO"';
    expect(subjects(await send(query('Contact', 'Subject'), as))).toEqual(['beta meeting', 'Gamma', 'delta*']);
    expect(subjects(await send(query('Contact', 'Subject', [], '', '32'), as))).toHaveLength(4);
    for (const id of [hidden, readable]) {
      const write = `<update><fields><Contact id="${id}"><Subject>x</Subject></Contact></fields></update><delete><fields><Contact id="${id}"/></fields></delete>`;
      expect(await send(write, as)).toMatch(/^<update><return type="error" code="403".*<delete><return type="error" code="403"/);
    }
    expect(subjects(await send(query('Contact', 'Subject')))[0]).toBe('Alpha');
  });
});
