import { describe, expect, it } from 'vitest';
import type { FieldValues, RecordView } from '../../local/crm/people.ts';
import { itemOf, world, type World } from './world.ts';

const VISIT: FieldValues = { Contact: 1, Subject: 'Visit', Text: 'Body', Location: 'Room 7', Reminder: 15, Categories: 'Blue', ShowAs: 3, Date: '2026-11-23', Time: '10:00', EndDate: '2026-11-23', EndTime: '11:00' };
const visit = ({ seeder, jane }: World, values: FieldValues = {}, participants: FieldValues[] = []): RecordView => seeder.activity({ ...VISIT, RepId: jane.repId, ...values }, jane.person, participants);
const itemAt = async (here: World, record: RecordView) => itemOf((await here.side().read([record.id])).get(record.id));
const peopleAt = async (here: World, participants: FieldValues[], values: FieldValues = {}) => (await itemAt(here, visit(here, values, participants))).content['participants'];
const guest = (here: World, email = 'guest@example.org') => here.seeder.person({ FirstName: 'Gus', LastName: 'Guest', Email1: email });
const byPerson = (person: RecordView): FieldValues => ({ PeGrp: person.statNo, PeNo: person.seqNo });

describe('Participants of an activity', () => {
  it('are keyed by rep, by person, or by the address of a row that names neither', async () => {
    const here = world();
    const person = guest(here);
    const people = await peopleAt(here, [{ RepId: here.john.repId, Email: 'john.roe@example.com', ...byPerson(here.john.person) }, { ...byPerson(person), Email: 'guest@example.org' }, { Email: ' Other.Guest@Example.ORG ' }]);
    expect(people).toEqual({
      [`rep:${here.john.repId}`]: { role: 'required', address: null, name: '' },
      [`person:${person.statNo}:${person.seqNo}`]: { role: 'required', address: null, name: '' },
      'mail:other.guest@example.org': { role: 'required', address: 'other.guest@example.org', name: '' },
    });
  });

  it('have the role of the catalog; an unknown or empty one is required', async () => {
    const here = world();
    const people = await peopleAt(here, [0, 1, 2, 3, null].map((role, index) => ({ Email: `guest${index}@example.org`, Role: role })));
    expect(Object.values(people as Record<string, { role: string }>).map(({ role }) => role)).toEqual(['required', 'optional', 'informational', 'resource', 'required']);
  });

  it('never hold the rep himself: neither by rep, nor by his own person, nor by any of his addresses', async () => {
    const here = world();
    const own = [{ RepId: here.jane.repId }, byPerson(here.jane.person), { Email: 'Jane.Doe@Example.com' }];
    expect(await peopleAt(here, own)).toEqual({});
    // Of another rep's activity it is that rep who is left out, and Jane who takes part.
    expect(Object.keys((await peopleAt(here, [{ RepId: here.jane.repId }, { RepId: here.john.repId }], { RepId: here.john.repId })) as object)).toEqual([`rep:${here.jane.repId}`]);
  });

  it('count once however many rows they have, with the strongest role', async () => {
    const here = world();
    const people = await peopleAt(here, [{ RepId: here.john.repId, Role: 2 }, { RepId: here.john.repId, Role: 1 }, { Email: 'GUEST@example.org', Role: 1 }, { Email: 'guest@example.org', Role: 3 }]);
    expect(people).toMatchObject({ [`rep:${here.john.repId}`]: { role: 'optional' }, 'mail:guest@example.org': { role: 'optional' } });
    expect(Object.keys(people as object)).toHaveLength(2);
  });

  it('whom an address cannot be made of are somebody without one', async () => {
    expect(await peopleAt(world(), [{ Email: 'The Board' }])).toEqual({ 'mail:the board': { role: 'required', address: null, name: '' } });
  });

  it('that were removed are not among them', async () => {
    const here = world();
    const record = visit(here, {}, [{ RepId: here.john.repId }, { Email: 'guest@example.org' }]);
    here.simulator.act('JOHN').delete('Participant', here.simulator.records('Participant')[1]?.id ?? '');
    expect(Object.keys((await itemAt(here, record)).content['participants'] as object)).toEqual([`rep:${here.john.repId}`]);
  });

  it('change version and date of the meeting, although the stamp of the activity did not move', async () => {
    const here = world();
    const record = visit(here, {}, [{ RepId: here.john.repId }]);
    const before = await itemAt(here, record);
    await here.clock.advance(60_000);
    here.simulator.act('JOHN').update('Participant', here.simulator.records('Participant')[0]?.id ?? '', { Role: 1 });
    const after = await itemAt(here, record);
    expect(after.version).not.toBe(before.version);
    expect(after.version.slice(0, 19)).toBe(before.version.slice(0, 19));
    expect(after.modified - before.modified).toBe(60_000);
  });
});

describe('Answers of participants', () => {
  const answersOf = async (here: World, participants: FieldValues[]) => (await itemAt(here, visit(here, {}, participants))).content['answers'];
  const FIVE: FieldValues[] = [0, 1, 2, 3, 4].map((status) => ({ Email: `guest${status}@example.org`, Status: status }));

  it('are accepted, declined and tentative; open and not relevant are none', async () => {
    expect(await answersOf(world(), FIVE)).toEqual({ 'mail:guest1@example.org': 'accepted', 'mail:guest2@example.org': 'declined', 'mail:guest4@example.org': 'tentative' });
  });

  it('are never tentative where the catalog has no number for it', async () => {
    expect(Object.values((await answersOf(world({ appointments: { tentativeStatus: null } }), FIVE)) as object)).toEqual(['accepted', 'declined']);
  });

  it('are those of the to-do where a person has rows besides', async () => {
    expect(await answersOf(world(), [{ Email: 'guest@example.org', Status: 1 }, { Email: 'guest@example.org', Status: 2, IsToDo: true }])).toEqual({ 'mail:guest@example.org': 'declined' });
  });
});

describe('A13: a private activity', () => {
  it.each(['off', 'masked'] as const)('is out of scope where the rule is %s, and shows what stands there: whether that is a mask of ours, the pair knows', async (privacy) => {
    const here = world({ appointments: { privacy } });
    expect((await itemAt(here, visit(here))).content['privacy']).toBe('normal');
    const item = await itemAt(here, visit(here, { Private: true }, [{ RepId: here.john.repId }]));
    expect(item).toMatchObject({ outOfScope: 'private', content: { subject: 'Visit', privacy: 'private', participants: { [`rep:${here.john.repId}`]: { role: 'required' } } } });
  });

  it('shows everything where the rule is full', async () => {
    const here = world({ appointments: { privacy: 'full' } });
    const item = await itemAt(here, visit(here, { Private: true }));
    expect(item).toMatchObject({ outOfScope: null, content: { subject: 'Visit', privacy: 'private', place: 'Room 7' } });
  });
});

describe('A5, A6: a published activity', () => {
  it('says so and is in scope where its rep is the mailbox owner', async () => {
    const here = world();
    expect(await itemAt(here, visit(here, { FreeC2: 'PUBLISHED', Contact: 6 }))).toMatchObject({ published: true, outOfScope: null, rep: here.jane.repId });
    expect('published' in (await itemAt(here, visit(here)))).toBe(false);
  });

  it('is left alone where it was published for somebody else', async () => {
    const here = world();
    expect(await itemAt(here, visit(here, { FreeC2: 'published', Contact: 6, RepId: here.john.repId }))).toMatchObject({ published: true, outOfScope: 'published', rep: here.john.repId });
  });

  it('has the marker and the type that the rules name', async () => {
    const here = world({ appointments: { published: { field: 'FreeC1', value: 'shown', type: 7 }, deletion: { field: 'FreeC2' } } });
    expect(await itemAt(here, visit(here, { FreeC1: 'shown', Contact: 7 }))).toMatchObject({ published: true, outOfScope: null });
    expect(await itemAt(here, visit(here, { FreeC1: 'shown', Contact: 6 }))).toMatchObject({ published: true, outOfScope: 'otherType' });
  });
});
