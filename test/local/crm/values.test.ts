import { describe, expect, it } from 'vitest';
import { cond, crmUnderTest, query } from './crm-under-test.ts';
import type { CrmUnderTest } from './crm-under-test.ts';

async function written(test: CrmUnderTest, inside: string, attributes = ''): Promise<string> {
  const { statNo, seqNo } = test.jane.person;
  const text = await test.send(
    `<insert ${attributes}><fields><Contact><PeGrp>${statNo}</PeGrp><PeNo>${seqNo}</PeNo>${inside}</Contact></fields></insert>` +
      query('Contact', 'Subject,Text,Date,Time,EndDate,EndTime,Contact,Private,Reminder,UpdTime', [], attributes),
  );
  return text.slice(text.indexOf('<query'));
}

describe('values (dialect 5)', () => {
  it('come back in their formats', async () => {
    const text = await written(
      crmUnderTest(),
      '<Subject>a &lt; b &amp; "c"</Subject><Date>2026-11-05</Date><Time>09:05</Time><Contact>1</Contact><Private>true</Private><Reminder>15</Reminder>',
    );
    expect(text).toContain('<Subject>a &lt; b &amp; "c"</Subject><Text/><Date>2026-11-05</Date><Time>09:05</Time><EndDate/><EndTime/><Contact>1</Contact><Private>true</Private><Reminder>15</Reminder><UpdTime>10:00:00</UpdTime>');
  });

  it('keep an all-day activity: no times, an inclusive last day', async () => {
    const text = await written(crmUnderTest(), '<Date>2026-11-05</Date><Time/><EndDate>2026-11-06</EndDate><EndTime/>');
    expect(text).toContain('<Date>2026-11-05</Date><Time/><EndDate>2026-11-06</EndDate><EndTime/>');
  });

  it('hold times with or without seconds', async () => {
    const inside = '<Time>09:05:07</Time><EndTime>10:00</EndTime>';
    const test = crmUnderTest();
    expect(await written(test, inside)).toMatch(/<Time>09:05<\/Time>.*<EndTime>10:00<\/EndTime>/);
    expect(test.crm.records('MA')[0]?.values.Time).toBe('09:05:00');
    expect(await written(crmUnderTest({ quirks: { times: 'hh:mm:ss' } }), inside)).toMatch(/<Time>09:05:07<\/Time>.*<EndTime>10:00:00<\/EndTime>/);
  });

  it('may bring line ends back as CRLF', async () => {
    const inside = '<Text>a\nb&#13;&#10;c</Text>';
    expect(await written(crmUnderTest(), inside)).toContain('<Text>a\nb\nc</Text>');
    const test = crmUnderTest({ quirks: { lineEnds: 'crlf-entity' } });
    expect(await written(test, inside)).toContain('<Text>a&#xD;\nb&#xD;\nc</Text>');
    expect(test.crm.records('MA')[0]?.values.Text).toBe('a\nb\nc');
  });

  it('take and give catalog texts without catbynum', async () => {
    expect(await written(crmUnderTest(), '<Contact>visit</Contact>', 'catbynum="false"')).toContain('<Contact>Visit</Contact>');
  });

  it('take and give dates in the order that is asked for', async () => {
    expect(await written(crmUnderTest(), '<Date>5.11.2026</Date>', 'dateformatin="dmy" dateformatout="mdy"')).toContain('<Date>11-05-2026</Date>');
    expect(await crmUnderTest().send('<nop dateformatin="dym"/>')).toContain('code="500"');
  });

  it('of the answers have 4, tentative, unless the catalog lacks it', async () => {
    for (const [tentativeAnswer, expected] of [[true, 'update'], [false, 'error']] as const) {
      const test = crmUnderTest({ quirks: { tentativeAnswer } });
      const activity = test.seed.activity({}, test.jane.person);
      const { id } = test.crm.act('JDO').addParticipant(activity.id, { RepId: 2 });
      const text = await test.send(`<update><fields><Participant id="${id}"><Status>4</Status></Participant></fields></update>`);
      expect(text).toContain(`<return type="${expected}"`);
    }
  });
});

describe('stamps (dialect 3, 9)', () => {
  it('are the wall clock of the CRM: an hour of the year happens twice', () => {
    const test = crmUnderTest();
    const readings: string[] = [];
    for (const instant of ['2026-10-25T00:30:00.999Z', '2026-10-25T01:30:00Z', '2027-03-28T01:00:00Z', '2026-07-01T22:00:00Z', '2026-12-01T14:15:16Z']) {
      test.clock.set(Date.parse(instant));
      const { values } = test.seed.activity({}, test.jane.person);
      readings.push(`${values.UpdDate ?? ''} ${values.UpdTime ?? ''}`);
    }
    expect(readings).toEqual(['2026-10-25 02:30:00', '2026-10-25 02:30:00', '2027-03-28 03:00:00', '2026-07-02 00:00:00', '2026-12-01 15:15:16']);
  });

  it('of a participant leave the activity as it was, and name who wrote', async () => {
    const test = crmUnderTest();
    const activity = test.seed.activity({}, test.jane.person);
    const participant = test.crm.act('JDO').addParticipant(activity.id, { RepId: 2 });
    test.clock.set(test.clock.now() + 3600_000);
    await test.send(`<update><fields><Participant id="${participant.id}"><Status>1</Status></Participant></fields></update>`, 'impersonate="user=JRO"');
    expect(test.crm.record('MB', participant.id)?.values).toMatchObject({ UpdTime: '11:00:00', UpdBy: 'JRO' });
    expect(test.crm.record('MA', activity.id)?.values).toMatchObject({ UpdTime: '10:00:00', UpdBy: 'SYNC' });
    expect(test.crm.state().stampsBy.JRO).toEqual({ Participant: 1 });
  });

  it('answer the question what changed since, by date and time of day', async () => {
    const test = crmUnderTest();
    const times = ['2026-11-01T22:59:59Z', '2026-11-02T09:00:00Z', '2026-11-02T09:00:01Z', '2026-11-03T00:00:00Z'];
    for (const instant of times) {
      test.clock.set(Date.parse(instant));
      test.seed.activity({ Subject: instant }, test.jane.person);
    }
    const poll = await test.send(
      '<query><tables><table tablename="Contact"/></tables>' +
        `<condition>${cond('Contact', 'UpdDate', '>', '2026-11-02')}</condition>` +
        `<condition>${cond('Contact', 'UpdDate', '=', '2026-11-02')}${cond('Contact', 'UpdTime', '>=', '10:00:01')}</condition>` +
        '<fields tablename="Contact" fields="Subject"/></query>',
    );
    const since = await test.send(query('Contact', 'Subject', [cond('Contact', 'UpdDate', '>=', '2026-11-02')]));
    expect(since).toContain('count="3"');
    expect([...poll.matchAll(/<Subject>(.*?)</g)].map((found) => found[1])).toEqual(times.slice(2));
  });

  it('are kept for each field, for conditions with lupd', async () => {
    const test = crmUnderTest();
    const { id } = test.seed.activity({ Subject: 'a', Location: 'b' }, test.jane.person);
    test.clock.set(test.clock.now() + 60_000);
    test.crm.act('JDO').update('MA', id, { Location: 'c' });
    const since = async (field: string, stamp: string): Promise<boolean> =>
      (await test.send(query('Contact', 'Subject', [cond('Contact', field, '>=', stamp, 'lupd="true"')]))).includes('count="1"');
    expect(await since('Location', '2026-11-02 10:01:00')).toBe(true);
    expect(await since('Subject', '2026-11-02 10:01:00')).toBe(false);
    expect(await since('Subject', '2026-11-02 10:00:00')).toBe(true);
    expect(await test.send(query('Contact', 'Subject', [cond('Contact', 'Subject', '>=', '2026-11-02T10:00:00Z', 'lupd="true"')]))).toContain('code="422"');
  });
});

describe('metainfo (dialect 8)', () => {
  it('describes a table and the build', async () => {
    const { send } = crmUnderTest({ build: '10.1.2.3' });
    const text = await send('<metainfo corr="m" tablename="Contact"/>');
    expect(text).toMatch(/^<metainfo corr="m"><return type="ok"><table tablename="Contact" tableshort="MA"><field fieldname="StatNo" fnr="0" type="S" ReadOnly="true"\/>/);
    expect(text).toContain('<field fieldname="Subject" fnr="12" type="C" length="120"/>');
    expect(text).toContain('<field fieldname="Private" fnr="');
    expect(text).toContain('Private="true"');
    expect(text).toMatch(/<\/table><build version="10\.1\.2\.3"\/><\/return><\/metainfo>$/);
  });

  it('has the documented field numbers, each number once', async () => {
    const { send } = crmUnderTest();
    const text = await send('<metainfo/>');
    const tables = [...text.matchAll(/<table tablename="(\w+)" tableshort="(\w+)">(.*?)<\/table>/g)];
    expect(tables.map((table) => table[2])).toEqual(['MA', 'MB', 'KP', 'FI', 'FV', 'ID', 'A1', 'AB', 'D1', 'D3', 'Y1']);
    const numbers = (name: string): Map<string, string> =>
      new Map([...(tables.find((table) => table[1] === name)?.[3] ?? '').matchAll(/fieldname="(\w+)" fnr="(\d+)"/g)].map((found) => [found[1] ?? '', found[2] ?? '']));
    expect([numbers('RepUser').get('Name'), numbers('RepUser').get('Email1')]).toEqual(['3', '27']);
    expect(Object.fromEntries(numbers('Task'))).toMatchObject({ RepId: '4', CreatedByRep: '10', StartDate: '38', DueDate: '14', Status: '2', Priority: '5', Complete: '56' });
    for (const table of tables) {
      const all = [...numbers(table[1] ?? '').values()];
      expect(new Set(all).size).toBe(all.length);
    }
    expect(await send('<metainfo tablename="Nope"/>')).toContain('code="422"');
  });
});
