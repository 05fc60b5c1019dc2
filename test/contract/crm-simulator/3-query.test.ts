import { describe, expect, it } from 'vitest';
import { cond, query } from '../../local/crm/crm-under-test.ts';
import { activity, commandsIn, fieldOf, importOf, KEY, outcomes, rawCrm, updateOf } from './raw-interface.ts';
import type { RawCrm } from './raw-interface.ts';

const at = (crm: RawCrm, instant: string): void => crm.clock.set(Date.parse(instant));

/** What a poll asks for: stamped at or behind that reading of the wall clock. */
function since(table: string, date: string, time: string, flags = ''): string {
  const block = (conds: string): string => `<condition>${conds}</condition>`;
  return (
    `<query><tables><table tablename="${table}" flags="${flags || '0'}"/></tables>` +
    block(cond(table, 'UpdDate', '>', date)) +
    block(cond(table, 'UpdDate', '=', date) + cond(table, 'UpdTime', '>=', time)) +
    `<fields tablename="${table}" fields="StatNo,SeqNo,UpdDate,UpdTime"/></query>`
  );
}

describe('dialect 3: query', () => {
  it('a record stands in the element of its table with info area and id, inside a return with the count', async () => {
    const crm = rawCrm();
    crm.seed.activity({ Subject: 'a & <b>' }, crm.jane.person);
    const answer = await crm.one(query('Contact', 'Subject'));
    expect(answer.attributes).toEqual({ type: 'ok', count: '1' });
    expect(answer.children.map(({ name, attributes }) => [name, attributes])).toEqual([['Contact', { tableshort: 'MA', id: '429496729601' }]]);
    expect(answer.children[0]?.children.map(({ name, attributes }) => [name, attributes])).toEqual([['Subject', {}]]);
  });

  it.each([
    ['or', ['a', 'b']],
    ['and', []],
  ] as const)('several conditions on one table are combined by %s, those of one by and', async (conditionBlocks, found) => {
    const crm = rawCrm({ quirks: { conditionBlocks } });
    for (const Subject of ['a', 'b', 'c']) crm.seed.activity({ Subject, RepId: 1 }, crm.jane.person);
    const block = (subject: string): string => `<condition>${cond('Contact', 'Subject', '=', subject)}${cond('Contact', 'RepId', '=', '1')}</condition>`;
    const answer = await crm.one(`<query><tables><table tablename="Contact"/></tables>${block('a')}${block('b')}<fields tablename="Contact" fields="Subject"/></query>`);
    expect(fieldOf(answer, 'Subject')).toEqual(found);
  });

  it("lupd compares one field's own stamp, which other fields do not touch", async () => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    await crm.clock.advance(60_000);
    crm.crm.act('JDO').update('MA', id, { Location: 'y' });
    const changed = (field: string): string => query('Contact', 'Subject', [cond('Contact', field, '>=', '2026-11-02 10:00:30', 'lupd="true"')]);
    expect(outcomes(await crm.ask(changed('Subject') + changed('Location')))).toEqual(['ok', 'ok']);
    expect(fieldOf(await crm.one(changed('Subject')), 'Subject')).toEqual([]);
    expect(fieldOf(await crm.one(changed('Location')), 'Subject')).toEqual(['x']);
  });

  it.each([
    [true, '10:01:00'],
    [false, '10:00:00'],
  ])('making a record stamps it, and marking it as deleted does: %s', async (stampDeleted, stamp) => {
    const crm = rawCrm({ quirks: { stampDeleted } });
    const { id, values } = crm.seed.activity({}, crm.jane.person);
    expect([values.UpdDate, values.UpdTime]).toEqual(['2026-11-02', '10:00:00']);
    await crm.clock.advance(60_000);
    crm.crm.act('JDO').delete('MA', id);
    const answer = await crm.one(query('Contact', 'UpdTime', [], '', '16384'));
    expect([answer.children[0]?.attributes.deleted, fieldOf(answer, 'UpdTime')]).toEqual(['true', [stamp]]);
  });

  it('stamps are whole seconds of the wall clock in the zone of the CRM, summer and winter', async () => {
    const crm = rawCrm();
    for (const instant of ['2026-07-01T22:15:30.999Z', '2026-12-01T22:15:30.001Z']) {
      at(crm, instant);
      crm.seed.activity({}, crm.jane.person);
    }
    const answer = await crm.one(query('Contact', 'UpdDate,UpdTime'));
    expect([fieldOf(answer, 'UpdDate'), fieldOf(answer, 'UpdTime')]).toEqual([['2026-07-02', '2026-12-01'], ['00:15:30', '23:15:30']]);
  });

  it('an hour of the year occurs twice: a poll from the last reading loses what is stamped in it, one from the smallest reading does not', async () => {
    const crm = rawCrm();
    at(crm, '2026-10-25T00:59:00Z');
    const before = crm.seed.activity({}, crm.jane.person);
    // 02:59 summer time; a minute later the wall shows 02:00 again.
    at(crm, '2026-10-25T01:05:00Z');
    const again = crm.seed.activity({}, crm.jane.person);
    const found = async (time: string) => fieldOf(await crm.one(since('Contact', '2026-10-25', time)), 'SeqNo');
    expect(await found('02:59:00')).toEqual([String(before.seqNo)]);
    expect(await found('02:00:00')).toEqual([before, again].map(({ seqNo }) => String(seqNo)));
  });

  it.each([90_000, 0, -90_000])('the Date of an answer is the clock that stamps, %i ms off', async (clockSkewMs) => {
    const crm = rawCrm({ quirks: { clockSkewMs } });
    const response = await crm.post(`<request user="SYNC" pwd="secret-pwd">${importOf(activity(crm, KEY('a')))}${query('Contact', 'UpdDate,UpdTime')}</request>`);
    const date = new Date(response.headers.get('date') ?? '');
    const answers = commandsIn(await response.text());
    expect(date.getTime()).toBe(crm.clock.now() + clockSkewMs);
    expect(fieldOf(answers[1]?.children[0], 'UpdTime')).toEqual([new Date(date.getTime() + 3_600_000).toISOString().slice(11, 19)]);
  });

  it.each([true, false])('an answer has a Date: %s', async (dateHeader) => {
    const { post } = rawCrm({ quirks: { dateHeader } });
    expect((await post('<request user="SYNC" pwd="secret-pwd"><nop/></request>')).headers.has('date')).toBe(dateHeader);
  });

  it('what a long transaction stamped early is seen late: by a poll that overlaps, not by one that does not', async () => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    await crm.clock.advance(300_000);
    expect(fieldOf(await crm.one(since('Contact', '2026-11-02', '10:03:00')), 'SeqNo')).toEqual([]);
    crm.crm.act('JDO', { stampedMsAgo: 60_000 }).update('MA', id, { Subject: 'y' });
    expect(fieldOf(await crm.one(since('Contact', '2026-11-02', '10:05:00')), 'SeqNo')).toEqual([]);
    expect(fieldOf(await crm.one(since('Contact', '2026-11-02', '10:03:00')), 'UpdTime')).toEqual(['10:04:00']);
  });

  it.each([16384, 64] as const)('flag %i adds records marked as deleted, and only they are marked so', async (deletedFlag) => {
    const crm = rawCrm({ quirks: { deletedFlag } });
    const [gone] = [crm.seed.activity({}, crm.jane.person), crm.seed.activity({}, crm.jane.person)];
    crm.crm.act('JDO').delete('MA', gone.id);
    const marks = async (flags: string) => (await crm.one(query('Contact', 'Subject', [], '', flags))).children.map(({ attributes }) => attributes.deleted ?? 'no');
    expect(await marks('')).toEqual(['no']);
    expect(await marks(String(deletedFlag))).toEqual(['true', 'no']);
  });

  it('pages by key go through all stations, each record once, in order', async () => {
    const crm = rawCrm();
    const key = { PeGrp: crm.jane.person.statNo, PeNo: crm.jane.person.seqNo };
    for (const [statNo, seqNo] of [[200, 1], [100, 7], [100, 3], [200, 2], [100, 9]] as const) crm.crm.act('SYNC').create('Contact', key, { statNo, seqNo });
    const seen: string[] = [];
    let after = [0, 0];
    for (let page = 0; page < 5; page += 1) {
      const [station = 0, serial = 0] = after;
      const answer = await crm.one(
        '<query maxrecords="2"><tables><table tablename="Contact"/></tables>' +
          `<condition>${cond('Contact', 'StatNo', '>', String(station))}</condition>` +
          `<condition>${cond('Contact', 'StatNo', '=', String(station))}${cond('Contact', 'SeqNo', '>', String(serial))}</condition>` +
          '<fields tablename="Contact" fields="StatNo,SeqNo"/></query>',
      );
      const stations = fieldOf(answer, 'StatNo');
      const serials = fieldOf(answer, 'SeqNo');
      stations.forEach((station, index) => seen.push(`${station}/${serials[index] ?? ''}`));
      if (stations.length < 2) break;
      after = [Number(stations.at(-1)), Number(serials.at(-1))];
    }
    expect(seen).toEqual(['100/3', '100/7', '100/9', '200/1', '200/2']);
  });

  it('person and company are known by StatNo and SeqNo as by their own key fields', async () => {
    const crm = rawCrm();
    const people = await crm.one(query('Person', 'PeGrp,PeNo,StatNo,SeqNo'));
    expect(fieldOf(people, 'PeNo')).toEqual(fieldOf(people, 'SeqNo'));
    expect(fieldOf(people, 'PeGrp')).toEqual(fieldOf(people, 'StatNo'));
    const company = await crm.one(query('Company', 'CoGrp,CoNo,StatNo,SeqNo'));
    expect([fieldOf(company, 'CoGrp'), fieldOf(company, 'CoNo')]).toEqual([fieldOf(company, 'StatNo'), fieldOf(company, 'SeqNo')]);
  });

  it.each([
    ['element', true],
    ['absent', false],
  ] as const)('an empty field is an empty element or absent: %s', async (emptyFields, present) => {
    const crm = rawCrm({ quirks: { emptyFields } });
    crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    const [record] = (await crm.one(query('Contact', 'Subject,Location'))).children;
    expect(record?.children.map(({ name }) => name)).toEqual(present ? ['Subject', 'Location'] : ['Subject']);
  });

  it('the count is that of the records, unless a fault makes the answer a wrong one', async () => {
    const crm = rawCrm();
    const count = async () => {
      const answer = await crm.one(query('RepUser', 'Name'));
      return [Number(answer.attributes.count), answer.children.length];
    };
    expect(await count()).toEqual([2, 2]);
    crm.crm.addFault({ kind: 'garbage', form: 'wrongCount' });
    expect(await count()).toEqual([3, 2]);
  });

  it('a nested table leaves parents without children out, and 2048 keeps them', async () => {
    const crm = rawCrm();
    crm.seed.activity({ Subject: 'meeting' }, crm.jane.person, [{ Email: 'g@example.org' }]);
    crm.seed.activity({ Subject: 'alone' }, crm.jane.person);
    const nested = (flags: string): string =>
      `<query><tables><table tablename="Contact"><table tablename="Participant" flags="${flags}"/></table></tables><fields tablename="Contact" fields="Subject"/><fields tablename="Participant" fields="Email"/></query>`;
    expect(fieldOf(await crm.one(nested('0')), 'Subject')).toEqual(['meeting']);
    const all = await crm.one(nested('2048'));
    expect(fieldOf(all, 'Subject')).toEqual(['meeting', 'alone']);
    expect(all.children.map((record) => fieldOf({ ...record, children: record.children.filter(({ name }) => name === 'Participant') }, 'Email'))).toEqual([['g@example.org'], []]);
  });

  it.each([
    [false, '10:00:00'],
    [true, '10:01:00'],
  ])('a write that changes nothing stamps the record: %s', async (stampUnchanged, stamp) => {
    const crm = rawCrm({ quirks: { stampUnchanged } });
    const { id } = crm.seed.activity({ Subject: 'same' }, crm.jane.person);
    await crm.clock.advance(60_000);
    const answers = await crm.ask(updateOf('Contact', id, '<Subject>same</Subject>') + query('Contact', 'UpdTime'));
    expect(fieldOf(answers[1]?.children[0], 'UpdTime')).toEqual([stamp]);
  });
});
