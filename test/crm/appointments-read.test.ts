import { describe, expect, it } from 'vitest';
import type { FieldValues, RecordView } from '../../local/crm/people.ts';
import type { Span } from '../../shared/sync/ports.ts';
import { CONTENT, itemOf, PAIR, world, type World } from './world.ts';

const VISIT: FieldValues = { Contact: 1, Subject: 'Visit', Date: '2026-11-23', Time: '10:00', EndDate: '2026-11-23', EndTime: '11:00' };
const visit = ({ seeder, jane }: World, values: FieldValues = {}, participants: FieldValues[] = []): RecordView => seeder.activity({ ...VISIT, RepId: jane.repId, ...values }, jane.person, participants);
const itemAt = async (here: World, record: RecordView) => itemOf((await here.side().read([record.id])).get(record.id));
const YEAR: Span = { start: Date.parse('2026-01-01T00:00:00Z'), end: Date.parse('2027-01-01T00:00:00Z') };

describe('Reading activities by id', () => {
  it('asks for many in one request, and for the rep with the first', async () => {
    const here = world();
    const ids = Array.from({ length: 45 }, () => visit(here).id);
    const side = here.side();
    const found = await side.read(ids);
    expect([...found.values()].every((reading) => reading.state === 'present')).toBe(true);
    expect(here.requests.map((body) => body.split('<query ').length - 1)).toEqual([40, 6]);
  });

  it('translates a record with its stamp, its key and its span', async () => {
    const here = world();
    const item = await itemAt(here, visit(here, { ExtSystem: 'm365', ExtKey: PAIR, Location: 'Room 7' }));
    expect(item).toMatchObject({
      version: '2026-11-02 09:00:00', modified: here.clock.now(), key: PAIR, fuller: [], outOfScope: null,
      span: { start: Date.parse('2026-11-23T09:00:00Z'), end: Date.parse('2026-11-23T10:00:00Z') }, content: { subject: 'Visit', place: 'Room 7' },
    }); // prettier-ignore
    expect('modifiedAmbiguous' in item).toBe(false);
  });

  it('says that a stamp may mean two instants', async () => {
    const here = world({ start: '2026-10-25T01:30:00Z' });
    expect(await itemAt(here, visit(here))).toMatchObject({ version: '2026-10-25 02:30:00', modified: Date.parse('2026-10-25T00:30:00Z'), modifiedAmbiguous: true });
  });

  it('knows a deletion by the mark of the CRM and by the marker field, and no trace as unknown', async () => {
    const here = world();
    const [removed, marked] = [visit(here), visit(here)];
    here.simulator.act('JANE').delete('Contact', removed.id);
    here.simulator.act('JANE').markActivity(marked.id);
    const found = await here.side().read([removed.id, marked.id, '429496999999', 'no-id']);
    expect([...found.values()].map((reading) => reading.state)).toEqual(['deleted', 'deleted', 'unknown', 'unknown']);
  });

  it('knows deletions where the flag is that of an old build', async () => {
    const here = world({ crm: { deletedFlag: 64 }, simulator: { quirks: { deletedFlag: 64 } } });
    const record = visit(here);
    here.simulator.act('JANE').delete('Contact', record.id);
    expect((await here.side().read([record.id])).get(record.id)).toEqual({ state: 'deleted' });
  });

  it('reads the same content whatever the CRM makes of empty fields, times and line ends', async () => {
    const contents = [];
    for (const emptyFields of ['element', 'absent'] as const) {
      for (const times of ['hh:mm', 'hh:mm:ss'] as const) {
        const here = world({ simulator: { quirks: { emptyFields, times, lineEnds: times === 'hh:mm' ? 'lf' : 'crlf' } } });
        contents.push((await itemAt(here, visit(here, { Text: 'one\ntwo' }))).content);
      }
    }
    expect(new Set(contents.map((content) => JSON.stringify(content))).size).toBe(1);
  });

  it('tells one of a series by the main record that it names, and a main record by those that name it', async () => {
    const here = world();
    const main = visit(here);
    const generated = visit(here, { MainStatNo: main.statNo, MainSeqNo: main.seqNo });
    const alone = visit(here);
    expect((await itemAt(here, generated)).ofSeries).toBe(true);
    expect((await itemAt(here, main)).ofSeries).toBeUndefined();
    expect([...(await here.side().mainsOfSeries([main.id, generated.id, alone.id]))]).toEqual([main.id]);
  });

  it.each<[string, FieldValues, FieldValues[], string | null]>([
    ['a plain visit', {}, [], null],
    ['its rep as the only participant', {}, [{ RepId: 1 }], null],
    ['the rep by his address', {}, [{ Email: 'Jane.Doe@example.com' }], null],
    ['another participant', {}, [{ Email: 'guest@example.org' }], null],
    ['the rep and another', {}, [{ RepId: 1 }, { Email: 'guest@example.org' }], null],
    ['the private flag', { Private: true }, [], 'private'],
    ['a main record', { MainStatNo: 100, MainSeqNo: 7 }, [], null],
    ['a type that does not go out', { Contact: 2 }, [], 'otherType'],
    ['the published marker of his own', { FreeC2: 'Published', Contact: 6 }, [], null],
    ['the published marker and a type that does not go out', { FreeC2: 'Published', Contact: 2 }, [], 'otherType'],
    ['the published marker of another rep', { FreeC2: 'Published', Contact: 6, RepId: 2 }, [], 'published'],
    ['an end before its start', { EndTime: '09:00' }, [], 'invalid'],
  ])('judges the scope of a record with %s', async (_name, values, participants, expected) => {
    const here = world();
    expect(here.jane.repId).toBe(1);
    expect((await itemAt(here, visit(here, values, participants))).outOfScope).toBe(expected);
  });

  it('leaves the record of another rep alone', async () => {
    const here = world();
    expect(await itemAt(here, visit(here, { RepId: here.john.repId }))).toMatchObject({ outOfScope: 'otherRep', rep: here.john.repId });
  });

  it('says of a private record that it is out of scope unless the rule is full, and of one that is so anyway why else', async () => {
    for (const privacy of ['off', 'masked'] as const) {
      const here = world({ appointments: { privacy } });
      expect((await itemAt(here, visit(here, { Private: true }))).outOfScope).toBe('private');
      expect((await itemAt(here, visit(here, { Private: true, Contact: 2 }))).outOfScope).toBe('otherType');
    }
    const open = world({ appointments: { privacy: 'full' } });
    expect((await itemAt(open, visit(open, { Private: true }))).outOfScope).toBeNull();
  });

  it('takes the type of our own records for one in scope', async () => {
    const here = world({ appointments: { types: [3], typeForNew: 6 } });
    const side = here.side();
    const [written] = await side.write([{ kind: 'create', pairId: PAIR, content: CONTENT, repeated: false }]);
    expect(written).toMatchObject({ outcome: 'written', item: { outOfScope: null } });
    expect((await itemAt(here, visit(here, { Contact: 6 }))).outOfScope).toBe('otherType');
  });

  it('is refused for one record and goes on with the others', async () => {
    const here = world();
    const [first, second] = [visit(here), visit(here)];
    const side = here.side();
    await side.read([first.id]);
    here.simulator.setRights((_rep, record) => (record.id === first.id ? 'none' : 'write'));
    const found = await side.read([first.id, second.id]);
    expect([...found.values()].map((reading) => reading.state)).toEqual(['unknown', 'present']);
    here.simulator.setRights(undefined);
    here.simulator.addFault({ kind: 'commandError', code: 403 });
    expect((await side.read([first.id])).get(first.id)).toEqual({ state: 'refused', reason: 'recordRejected' });
    here.simulator.addFault({ kind: 'commandError', code: 511 });
    await expect(side.read([first.id])).rejects.toMatchObject({ reason: 'transient', details: { code: '511' } });
  });

  it('throws where the answer was lost', async () => {
    const here = world();
    here.simulator.addFault({ kind: 'garbage', form: 'wrongCount' });
    await expect(here.side().read([visit(here).id])).rejects.toMatchObject({ reason: 'transient', details: { code: 'answer' } });
  });
});

describe('Finding activities by our key', () => {
  it('finds live and deleted ones, and no trace of others', async () => {
    const here = world();
    const [live, dead] = ['a1', 'b2'];
    visit(here, { ExtSystem: 'M365', ExtKey: live });
    const removed = visit(here, { ExtSystem: 'M365', ExtKey: dead });
    here.simulator.act('JANE').delete('Contact', removed.id);
    visit(here, { ExtSystem: 'SAP', ExtKey: 'c3' });
    const found = await here.side().findByKey(['a1', 'b2', 'c3']);
    expect([...found].map(([key, reading]) => [key, reading.state])).toEqual([['a1', 'present'], ['b2', 'deleted'], ['c3', 'unknown']]); // prettier-ignore
    expect(here.requests).toHaveLength(1);
  });

  it('prefers a live copy to a deleted original', async () => {
    const here = world();
    const removed = visit(here, { ExtSystem: 'M365', ExtKey: 'a1' });
    here.simulator.act('JANE').delete('Contact', removed.id);
    const copy = visit(here, { ExtSystem: 'M365', ExtKey: 'a1' });
    expect(itemOf((await here.side().findByKey(['a1'])).get('a1')).id).toBe(copy.id);
  });
});

describe('Listing a window', () => {
  it('goes through all pages in key order, deleted ones and other reps left out', async () => {
    const here = world({ crm: { pageSize: 10 } });
    const ids = Array.from({ length: 25 }, () => visit(here).id);
    here.simulator.act('JANE').markActivity(ids[3] ?? '');
    here.simulator.act('JANE').delete('Contact', ids[4] ?? '');
    visit(here, { RepId: here.john.repId });
    const side = here.side();
    const listed: string[] = [];
    let after: string | null = null;
    let pages = 0;
    do {
      const page: Awaited<ReturnType<typeof side.list>> = await side.list(YEAR, after);
      listed.push(...page.items.map((item) => item.id));
      after = page.next;
      pages += 1;
    } while (after !== null);
    expect(listed).toEqual(ids.filter((_, index) => index !== 3 && index !== 4));
    expect(pages).toBe(3);
  });

  it('takes what overlaps the window and nothing else', async () => {
    const here = world();
    const window: Span = { start: Date.parse('2026-11-22T23:00:00Z'), end: Date.parse('2026-11-23T23:00:00Z') };
    const inside: [string, FieldValues][] = [
      ['ends in it', { Date: '2026-11-20', EndDate: '2026-11-23', EndTime: '00:30' }],
      ['spans it', { Date: '2026-11-01', Time: '', EndDate: '2026-11-30', EndTime: '' }],
      ['begins in it', { Date: '2026-11-23', Time: '23:30', EndDate: '2026-11-24', EndTime: '01:00' }],
      ['has no end', { Date: '2026-11-23', Time: '10:00', EndDate: null, EndTime: null }],
      ['has no length', { Date: '2026-11-23', Time: '00:00', EndDate: '2026-11-23', EndTime: '00:00' }],
      ['is its day', { Date: '2026-11-23', Time: '', EndDate: '2026-11-23', EndTime: '' }],
    ];
    const outside: [string, FieldValues][] = [
      ['ends when it begins', { Date: '2026-11-22', EndDate: '2026-11-23', EndTime: '00:00' }],
      ['begins when it ends', { Date: '2026-11-24', Time: '00:00', EndDate: '2026-11-24', EndTime: '01:00' }],
      ['is the day before', { Date: '2026-11-22', Time: '', EndDate: '2026-11-22', EndTime: '' }],
      ['had no end the day before', { Date: '2026-11-22', Time: '', EndDate: null, EndTime: '' }],
    ];
    for (const [subject, values] of [...inside, ...outside]) visit(here, { ...values, Subject: subject });
    const { items } = await here.side().list(window, null);
    expect(items.map((item) => item.content['subject'])).toEqual(inside.map(([subject]) => subject));
  });

  it('says so where the profile does not fit the CRM', async () => {
    const here = world({ crm: { profile: { activity: { fields: { Location: 'Place' } } } } });
    await expect(here.side().list(YEAR, null)).rejects.toMatchObject({ reason: 'configuration', message: expect.stringContaining('Place') as string });
  });
});
