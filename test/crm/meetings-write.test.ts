import { describe, expect, it } from 'vitest';
import type { FieldValues, RecordView } from '../../local/crm/people.ts';
import { KnownBuilds } from '../../shared/crm/builds.ts';
import type { Content, Json } from '../../shared/model/content.ts';
import type { CrmSide, SideItem, Write, Written } from '../../shared/sync/ports.ts';
import { CONTENT, itemOf, PAIR, world, type World } from './world.ts';

const member = (role = 'required'): Json => ({ role, address: null, name: '' });
const create = (content: Content, more: Partial<Extract<Write, { kind: 'create' }>> = {}): Write => ({ kind: 'create', pairId: PAIR, content: { ...CONTENT, ...content }, repeated: false, ...more });
const update = (item: SideItem, content: Content, current: SideItem | null = item): Write => ({ kind: 'update', pairId: PAIR, id: item.id, version: item.version, content, current });
const person = ({ seeder }: World, email: string): RecordView => seeder.person({ FirstName: 'Gus', LastName: 'Guest', Email1: email });
const keyOf = ({ statNo, seqNo }: RecordView): string => `person:${statNo}:${seqNo}`;

function writtenItem(written: Written | undefined): SideItem {
  if (written?.outcome !== 'written' || written.item === null) throw new Error(`Expected a written item and found ${JSON.stringify(written)}.`);
  return written.item;
}

const roles = (item: SideItem): Record<string, string> => Object.fromEntries(Object.entries(item.content['participants'] as Record<string, { role: string }>).map(([key, { role }]) => [key, role]));
const rowsOf = ({ simulator }: World): Record<string, string>[] => simulator.records('Participant').filter((row) => !row.deleted).map((row) => row.values);
const only = ({ simulator }: World): Record<string, string> => simulator.records('Contact')[0]?.values ?? {};

/** A meeting of Jane's, read when its stamps had settled. */
async function meeting(here: World, side: CrmSide, participants: FieldValues[] = [], values: FieldValues = {}): Promise<SideItem> {
  const record = here.seeder.activity({ Contact: 1, Subject: 'Visit', Date: '2026-11-23', Time: '10:00', EndDate: '2026-11-23', EndTime: '11:00', RepId: here.jane.repId, ...values }, here.jane.person, participants);
  await here.clock.advance(10_000);
  return itemOf((await side.read([record.id])).get(record.id));
}

describe('Creating a meeting', () => {
  it('brings its participants behind it in the same import, each named by what the CRM knows him by', async () => {
    const here = world();
    const gus = person(here, 'gus@example.org');
    const participants = { [`rep:${here.john.repId}`]: member(), [keyOf(gus)]: member('optional'), 'mail:room@example.org': member('resource') };
    const item = writtenItem((await here.side().write([create({ participants })]))[0]);
    expect(roles(item)).toEqual({ [`rep:${here.john.repId}`]: 'required', [keyOf(gus)]: 'optional', 'mail:room@example.org': 'resource' });
    expect(here.requests).toHaveLength(2);
    expect(here.requests[1]).toContain(
      `<Participant><RepId matchup="true">${here.john.repId}</RepId><Role>0</Role></Participant>` +
        `<Participant><PeGrp matchup="true">${gus.statNo}</PeGrp><PeNo matchup="true">${gus.seqNo}</PeNo><Role>1</Role></Participant>` +
        '<Participant><Email matchup="true">room@example.org</Email><Role>3</Role></Participant></fields></import>',
    );
  });

  it('stands under the first person among the participants, required before optional, else under the rep himself', async () => {
    const here = world();
    const [first, second] = [person(here, 'a@example.org'), person(here, 'b@example.org')];
    const under = async (participants: Record<string, Json>) => {
      const item = writtenItem((await here.side().write([create({ participants }, { pairId: `${PAIR}${Object.keys(participants).length}` })]))[0]);
      const { PeGrp, PeNo } = here.simulator.record('Contact', item.id)?.values ?? {};
      return `person:${PeGrp}:${PeNo}`;
    };
    expect(await under({ [keyOf(first)]: member('optional'), [`rep:${here.john.repId}`]: member(), [keyOf(second)]: member() })).toBe(keyOf(second));
    expect(await under({ [keyOf(first)]: member('optional'), [keyOf(second)]: member('informational') })).toBe(keyOf(first));
    expect(await under({ [`rep:${here.john.repId}`]: member() })).toBe(keyOf(here.jane.person));
  });

  it('leaves out the rep himself and whom the CRM has no way to name', async () => {
    const here = world();
    const participants = { [`rep:${here.jane.repId}`]: member(), [keyOf(here.jane.person)]: member(), 'mail:jane.doe@example.com': member(), 'x500:/o=house/cn=john': member(), 'name:the board': member() };
    const side = here.side();
    expect(roles(writtenItem((await side.write([create({ participants })]))[0]))).toEqual({});
    expect(side.holds({ participants })).toEqual({ participants: {} });
  });

  it('is one meeting with one row for each however often it is sent', async () => {
    const here = world();
    const participants = { [`rep:${here.john.repId}`]: member(), [keyOf(person(here, 'gus@example.org'))]: member(), 'mail:guest@example.org': member() };
    await here.side().write([create({ participants })]);
    expect(await here.side().write([create({ participants })])).toEqual([{ outcome: 'exists' }]);
    expect(await here.side().write([create({ participants }, { repeated: true })])).toEqual([{ outcome: 'exists' }]);
    expect(here.simulator.records('Contact')).toHaveLength(1);
    expect(rowsOf(here)).toHaveLength(3);
  });

  it('is made where one of its participants is not taken, and shows that he is missing', async () => {
    const here = world();
    const [gone, gus] = [person(here, 'gone@example.org'), person(here, 'gus@example.org')];
    here.simulator.act('SYNC').delete('Person', gone.id);
    const participants = { [keyOf(gus)]: member(), [keyOf(gone)]: member('optional'), 'mail:guest@example.org': member() };
    const item = writtenItem((await here.side().write([create({ participants })]))[0]);
    expect(roles(item)).toEqual({ [keyOf(gus)]: 'required', 'mail:guest@example.org': 'required' });
  });

  it('is rejected where its parent is not taken, and nothing is made', async () => {
    const here = world();
    const gone = person(here, 'gone@example.org');
    here.simulator.act('SYNC').delete('Person', gone.id);
    const participants = { [keyOf(gone)]: member(), 'mail:guest@example.org': member() };
    expect(await here.side().write([create({ participants })])).toEqual([{ outcome: 'rejected', code: '422', field: 'PeNo' }]);
    expect([...here.simulator.records('Contact'), ...rowsOf(here)]).toEqual([]);
  });

  it('brings the answers that were given already', async () => {
    const here = world();
    const participants = { [`rep:${here.john.repId}`]: member(), 'mail:guest@example.org': member() };
    const item = writtenItem((await here.side().write([create({ participants, answers: { 'mail:guest@example.org': 'declined' } })]))[0]);
    expect(item.content['answers']).toEqual({ 'mail:guest@example.org': 'declined' });
    expect(rowsOf(here).map((row) => row['Status'])).toEqual(['0', '2']);
  });

  it('asks for to-do records where the rule says so and the meeting is ahead', async () => {
    const participants = { 'mail:guest@example.org': member() };
    const toDo = async (rule: boolean, start: string) => {
      const here = world({ appointments: { generateToDos: rule } });
      await here.side().write([create({ participants, time: { allDay: false, start, end: '2026-11-30T10:00:00Z' } })]);
      return [only(here)['CreateToDo'], rowsOf(here)[0]?.['IsToDo']];
    };
    expect(await toDo(true, '2026-11-23T09:00:00Z')).toEqual(['true', 'true']);
    expect(await toDo(true, '2026-11-02T07:59:00Z')).toEqual(['', '']);
    expect(await toDo(false, '2026-11-23T09:00:00Z')).toEqual(['', '']);
  });

  it('writes the private flag', async () => {
    const here = world({ appointments: { privacy: 'full' } });
    expect(writtenItem((await here.side().write([create({ privacy: 'private' })]))[0])).toMatchObject({ outOfScope: null, content: { privacy: 'private' } });
    expect(only(here)['Private']).toBe('true');
  });

  it('hangs on its owner where it is to tell nothing, and on the first of its people where it is shown again', async () => {
    const here = world({ appointments: { privacy: 'masked' } });
    const side = here.side();
    const gus = here.seeder.person({ FirstName: 'Gus', LastName: 'Guest', Email1: 'gus@example.org' }, here.seeder.company({ Company: 'Guests Ltd.' }));
    const links = (): string => ['PeGrp', 'PeNo', 'CoNo', 'OppSeqNo'].map((field) => only(here)[field] ?? '').join(' ').trim();
    const read = await meeting(here, side, [{ PeGrp: gus.statNo, PeNo: gus.seqNo, Role: 0 }], { PeGrp: gus.statNo, PeNo: gus.seqNo, CoGrp: gus.values['CoGrp'] ?? '', CoNo: gus.values['CoNo'] ?? '' });
    const shown = links();
    const hidden = writtenItem((await side.write([{ ...update(read, { subject: 'Private', participants: {} }), link: 'own' } as Write]))[0]);
    expect(links()).toBe(keyOf(here.jane.person).replace('person:', '').replace(':', ' '));
    await here.clock.advance(10_000);
    await side.write([{ ...update(itemOf((await side.read([hidden.id])).get(hidden.id)), { participants: { [keyOf(gus)]: member() } }), link: 'people' } as Write]);
    expect(links()).toBe(keyOf(gus).replace('person:', '').replace(':', ' '));
    expect(shown).toContain(links());
  });
});

describe('A5, A6: publishing', () => {
  it('makes a record of the type Info with the marker, under the own person, without participants and to-dos', async () => {
    const here = world({ appointments: { generateToDos: true } });
    const participants = { [keyOf(person(here, 'gus@example.org'))]: member() };
    const item = writtenItem((await here.side().write([create({ participants, answers: {} }, { mode: 'published' })]))[0]);
    expect(item).toMatchObject({ published: true, outOfScope: null, rep: here.jane.repId, content: { subject: CONTENT.subject } });
    expect(item.content['participants']).toEqual({});
    expect(only(here)).toMatchObject({ Contact: '6', FreeC2: 'published', PeNo: String(here.jane.person.seqNo), RepId: String(here.jane.repId), CreateToDo: '', ExtKey: PAIR });
    expect(rowsOf(here)).toHaveLength(0);
  });

  it('never writes participants into a published record', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, [], { FreeC2: 'published', Contact: 6 });
    const written = writtenItem((await side.write([update(item, { subject: 'Moved', participants: { 'mail:guest@example.org': member() } })]))[0]);
    expect([written.content['subject'], written.content['participants']]).toEqual(['Moved', {}]);
    expect(here.requests.at(-1)).not.toContain('<Participant>');
  });
});

describe('Changing the participants of a meeting', () => {
  const JOHN: FieldValues = { RepId: 2 };
  const GUEST: FieldValues = { Email: 'guest@example.org' };

  it('adds whom it must behind the activity, which is matched and not changed', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, [JOHN]);
    const before = only(here);
    here.requests.length = 0;
    const written = writtenItem((await side.write([update(item, { participants: { 'rep:2': member(), 'mail:guest@example.org': member('optional') } })]))[0]);
    expect(roles(written)).toEqual({ 'rep:2': 'required', 'mail:guest@example.org': 'optional' });
    expect(only(here)).toEqual(before);
    expect(here.requests).toHaveLength(1);
    expect(here.requests[0]).toMatch(
      /<query corr="w0g">.*<break corr="w0b" if="[^"]*"\/><import corr="w0i" force_internal_matchup="true"><fields><Contact><StatNo matchup="true">100<\/StatNo><SeqNo matchup="true">1<\/SeqNo><\/Contact><Participant><Email matchup="true">guest@example.org<\/Email><Role>1<\/Role><\/Participant><\/fields><\/import><query corr="w0r">/,
    );
  });

  it('removes whom it must by the ids of his rows, and nobody else', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, [JOHN, GUEST, { ...GUEST, IsToDo: true }]);
    const kept = here.simulator.records('Participant')[0];
    const written = writtenItem((await side.write([update(item, { participants: { 'rep:2': member() } })]))[0]);
    expect(roles(written)).toEqual({ 'rep:2': 'required' });
    expect(here.simulator.records('Participant')[0]).toEqual(kept);
    expect(here.requests.at(-1)).not.toContain('<import');
    expect(here.requests.at(-1)?.match(/<Participant id=/g)).toHaveLength(2);
  });

  it('changes a role in the row that is there', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, [JOHN, GUEST]);
    const written = writtenItem((await side.write([update(item, { participants: { 'rep:2': member('optional'), 'mail:guest@example.org': member() } })]))[0]);
    expect(roles(written)).toEqual({ 'rep:2': 'optional', 'mail:guest@example.org': 'required' });
    expect(here.requests.at(-1)?.match(/<Participant id="\d+"><Role>1<\/Role><\/Participant>/g)).toHaveLength(1);
    expect(rowsOf(here)).toHaveLength(2);
  });

  it('leaves alone whom somebody added meanwhile, and answers him', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, [JOHN, GUEST]);
    here.simulator.act('JOHN').addParticipant(item.id, { Email: 'new@example.org' });
    const written = writtenItem((await side.write([update(item, { participants: { 'rep:2': member() } })]))[0]);
    expect(roles(written)).toEqual({ 'rep:2': 'required', 'mail:new@example.org': 'required' });
  });

  it('adds nobody twice whom somebody added meanwhile', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, [JOHN]);
    here.simulator.act('JOHN').addParticipant(item.id, GUEST);
    await side.write([update(item, { participants: { 'rep:2': member(), 'mail:guest@example.org': member() } })]);
    expect(rowsOf(here)).toHaveLength(2);
  });

  it('adds nobody again whom somebody removed meanwhile: that is read and merged first', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, [JOHN]);
    here.simulator.act('JOHN').delete('Participant', here.simulator.records('Participant')[0]?.id ?? '');
    expect(await side.write([update(item, { participants: { 'rep:2': member('optional') } })])).toEqual([{ outcome: 'conflict' }]);
    expect(rowsOf(here)).toHaveLength(0);
  });

  it('removes without complaint whom somebody removed meanwhile', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, [JOHN, GUEST]);
    here.simulator.act('JOHN').delete('Participant', here.simulator.records('Participant')[0]?.id ?? '');
    expect(roles(writtenItem((await side.write([update(item, { participants: { 'mail:guest@example.org': member() } })]))[0]))).toEqual({ 'mail:guest@example.org': 'required' });
  });

  it('stands behind the guard: where the activity was changed meanwhile nothing of it is done', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, [JOHN]);
    here.simulator.act('JOHN').update('Contact', item.id, { Subject: "John's edit" });
    expect(await side.write([update(item, { participants: { 'mail:guest@example.org': member() } })])).toEqual([{ outcome: 'conflict' }]);
    expect(rowsOf(here).map((row) => row['RepId'])).toEqual(['2']);
  });

  it('reads the rows first where an earlier pass had read the meeting', async () => {
    const here = world();
    const item = await meeting(here, here.side(), [JOHN, GUEST]);
    const written = writtenItem((await here.side().write([update(item, { participants: { 'rep:2': member() } })]))[0]);
    expect(roles(written)).toEqual({ 'rep:2': 'required' });
  });

  it('writes nothing where nothing is to be changed', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, [JOHN, { ...JOHN, Role: 1 }, { ...GUEST, Status: 1 }]);
    await side.write([update(item, { participants: item.content['participants'] ?? {}, answers: item.content['answers'] ?? {} })]);
    expect(here.requests.at(-1)).not.toMatch(/<import|<update|<delete/);
  });

  it('takes nothing back that somebody changed meanwhile and we did not', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, [{ ...GUEST, Status: 1 }]);
    here.simulator.act('JOHN').update('Participant', here.simulator.records('Participant')[0]?.id ?? '', { Role: 1, Status: 2 });
    await side.read([item.id]);
    const participants = { 'mail:guest@example.org': member(), 'rep:2': member() };
    const written = writtenItem((await side.write([update(item, { participants, answers: { 'mail:guest@example.org': 'accepted' } })]))[0]);
    expect([roles(written), written.content['answers']]).toEqual([{ 'mail:guest@example.org': 'optional', 'rep:2': 'required' }, { 'mail:guest@example.org': 'declined' }]);
  });

  it('is refused where the CRM takes no participant of it, and goes on with the rest', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side);
    const gone = person(here, 'gone@example.org');
    here.simulator.act('SYNC').delete('Person', gone.id);
    const participants = { [keyOf(gone)]: member() };
    expect(await side.write([update(item, { participants })])).toEqual([{ outcome: 'rejected', code: '422', field: 'PeNo' }]);
    const both = writtenItem((await side.write([update(item, { subject: 'Ours', participants: { ...participants, 'rep:2': member() } })]))[0]);
    expect([both.content['subject'], roles(both)]).toEqual(['Ours', { 'rep:2': 'required' }]);
  });

  it('is not sent where the CRM failed and no row was written', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side);
    here.simulator.addFault({ kind: 'commandError', code: 500, match: { command: 'import' } });
    expect((await side.write([update(item, { participants: { 'rep:2': member() } })]))[0]).toMatchObject({ outcome: 'notSent' });
  });

  it('can be sent again after its answer was lost', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, [GUEST]);
    const write = update(item, { participants: { 'rep:2': member() } });
    here.simulator.addFault({ kind: 'lostAnswer', match: { command: 'import' } });
    expect((await side.write([write]))[0]?.outcome).toBe('lost');
    await here.clock.advance(300_000);
    expect(roles(writtenItem((await side.write([write]))[0]))).toEqual({ 'rep:2': 'required' });
    expect(rowsOf(here)).toHaveLength(1);
  });
});

describe('A8: writing answers', () => {
  const THREE: FieldValues[] = [1, 2, 3].map((number) => ({ Email: `guest${number}@example.org`, IsToDo: true, Status: number === 3 ? 1 : 0 }));
  const key = (number: number): string => `mail:guest${number}@example.org`;
  const states = (here: World) => rowsOf(here).map((row) => row['Status']);

  it('sets the status of that participant, and takes back none that was given', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, THREE);
    const written = writtenItem((await side.write([update(item, { answers: { [key(1)]: 'accepted', [key(2)]: 'tentative' } })]))[0]);
    expect(states(here)).toEqual(['1', '4', '1']);
    expect(written.content['answers']).toEqual({ [key(1)]: 'accepted', [key(2)]: 'tentative', [key(3)]: 'accepted' });
  });

  it('goes to the to-do of a person who has another row besides', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, [{ Email: 'guest1@example.org' }, ...THREE.slice(0, 1)]);
    await side.write([update(item, { answers: { [key(1)]: 'declined' } })]);
    expect(states(here)).toEqual(['0', '2']);
  });

  it('comes with a member who is added, and with a role that is changed', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, THREE.slice(0, 1));
    await side.write([update(item, { participants: { [key(1)]: member('optional'), [key(2)]: member() }, answers: { [key(1)]: 'accepted', [key(2)]: 'declined' } })]);
    expect(rowsOf(here).map((row) => [row['Role'], row['Status']])).toEqual([['1', '1'], ['0', '2']]); // prettier-ignore
  });

  it('is not tentative where the catalog has no number for it', async () => {
    const here = world({ appointments: { tentativeStatus: null }, simulator: { quirks: { tentativeAnswer: false } } });
    const side = here.side();
    const item = await meeting(here, side, THREE);
    await side.write([update(item, { answers: { [key(1)]: 'tentative', [key(2)]: 'accepted' } })]);
    expect(states(here)).toEqual(['0', '1', '1']);
    expect(side.holds({ answers: { [key(1)]: 'tentative', [key(2)]: 'accepted' } })).toEqual({ answers: { [key(2)]: 'accepted' } });
  });

  it.each([
    ['8.1.6.5855', true],
    ['8.1.6.5854', false],
    ['8.1.7.1', true],
    ['10.0', true],
    ['unknown', false],
  ])('of a CRM of build %s: %s', async (build, taken) => {
    const here = world({ simulator: { build } });
    const side = here.side();
    const item = await meeting(here, side, THREE);
    const answers = { [key(1)]: 'accepted' };
    expect((await side.write([update(item, { subject: 'Ours', answers })]))[0]?.outcome).toBe('written');
    expect(states(here)[0]).toBe(taken ? '1' : '0');
    expect(side.holds({ answers })).toEqual({ answers: taken ? answers : {} });
    expect(await side.build()).toBe(build === 'unknown' ? null : build);
  });

  it('asks for the build once a day for all passes of a tenant, and only where an answer is to be written', async () => {
    let hours = 0;
    const here = world({ builds: new KnownBuilds({ monotonic: () => hours * 3_600_000 }) });
    const asked = (): number => here.requests.join('').split('<metainfo ').length - 1;
    const pass = async (content: Content): Promise<void> => {
      const side = here.side();
      await side.write([update(await meeting(here, side, THREE), content)]);
    };
    await pass({ subject: 'No answer' });
    expect(asked()).toBe(0);
    for (hours of [0, 12, 23]) await pass({ answers: { [key(1)]: 'accepted' } });
    expect(asked()).toBe(1);
    hours = 24;
    await pass({ answers: { [key(1)]: 'accepted' } });
    expect(asked()).toBe(2);
    expect(states(here).filter((state) => state === '1')).toHaveLength(5 + 4);
  });

  it('writes no answer where the question for the build failed, and asks again', async () => {
    const here = world();
    const side = here.side();
    const item = await meeting(here, side, THREE);
    here.simulator.addFault({ kind: 'commandError', code: 500, match: { command: 'metainfo' } });
    await side.write([update(item, { answers: { [key(1)]: 'accepted' } })]);
    expect(states(here)[0]).toBe('0');
    await side.write([update(item, { answers: { [key(1)]: 'accepted' } })]);
    expect(states(here)[0]).toBe('1');
  });

  it('is told to doctor, too', async () => {
    expect(await world({ simulator: { build: '8.1.6.6000' } }).examination().schema()).toMatchObject({ build: '8.1.6.6000', takesAnswers: true });
  });
});

describe('Participants that could not be found', () => {
  const ONE = ['lost@example.org'];

  it('mark the record, and unmark it when they exist', async () => {
    const here = world();
    const side = here.side();
    const made = writtenItem((await side.write([create({ missing: ONE })]))[0]);
    expect([made.content['missing'], only(here)['FreeL1']]).toEqual(['marked', 'true']);
    expect([side.holds({ missing: ONE }), side.holds({ missing: 'marked' }), side.holds({ missing: [] })]).toEqual([{ missing: 'marked' }, { missing: 'marked' }, { missing: 'unmarked' }]);
    await here.clock.advance(10_000);
    const item = itemOf((await side.read([made.id])).get(made.id));
    expect(writtenItem((await side.write([update(item, { missing: [] })]))[0]).content['missing']).toBe('unmarked');
    expect(only(here)['FreeL1']).toBe('');
  });

  it('touch no field of a record that is complete when it is made', async () => {
    const here = world();
    await here.side().write([create({ missing: [] })]);
    expect(here.requests.at(-1)).not.toContain('<FreeL1>');
  });

  it('are listed where a field is named, sorted and cut by whole addresses', async () => {
    const here = world({ appointments: { missing: { addressesField: 'FreeC1', flags: [{ field: 'FreeL1', value: 'true' }, { field: 'FreeN1', value: '7', cleared: '0' }] }, deletion: { field: 'FreeC2' }, published: { field: 'Categories' } } });
    const side = here.side();
    const made = writtenItem((await side.write([create({ missing: ['b@example.org', 'A@example.org'], categories: [] })]))[0]);
    expect(made.content['missing']).toEqual(['a@example.org', 'b@example.org']);
    expect(only(here)).toMatchObject({ FreeC1: 'a@example.org; b@example.org', FreeL1: 'true', FreeN1: '7' });
    const many = side.holds({ missing: ['c@example.org', 'a@example.org', 'b@example.org', 'd@example.org'] });
    expect(many).toEqual({ missing: ['a@example.org', 'b@example.org', '…'] });
    expect(side.holds(many)).toEqual(many);
    await here.clock.advance(10_000);
    const item = itemOf((await side.read([made.id])).get(made.id));
    expect(writtenItem((await side.write([update(item, many)]))[0]).content['missing']).toEqual(many['missing']);
    await here.clock.advance(10_000);
    const again = itemOf((await side.read([made.id])).get(made.id));
    expect(writtenItem((await side.write([update(again, { missing: [] })]))[0]).content['missing']).toBe('unmarked');
    expect(only(here)).toMatchObject({ FreeC1: '', FreeL1: '', FreeN1: '0' });
  });

  it('are not marked where no field is named', async () => {
    const here = world({ appointments: { missing: { flags: [] } } });
    const side = here.side();
    expect(writtenItem((await side.write([create({ missing: ONE })]))[0]).content['missing']).toBe('unmarked');
    expect(side.holds({ missing: ONE })).toEqual({ missing: 'unmarked' });
  });

  it('count as found where a person took the mark away', async () => {
    const here = world({ appointments: { missing: { addressesField: 'FreeC1' }, deletion: { field: 'FreeC2' }, published: { field: 'Categories' } } });
    const side = here.side();
    expect((await meeting(here, side, [], { FreeC1: 'lost@example.org', FreeL1: false })).content['missing']).toBe('unmarked');
    expect((await meeting(here, side, [], { FreeC1: '', FreeL1: true })).content['missing']).toBe('marked');
  });
});
