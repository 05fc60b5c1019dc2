import { describe, expect, it } from 'vitest';
import type { FieldValues, RecordView } from '../../local/crm/people.ts';
import type { AnswerRecord, CommandAnswer } from '../../shared/crm/answer.ts';
import { crmPeople } from '../../shared/crm/people.ts';
import { schemaProfile } from '../../shared/crm/profile.ts';
import { world, type World } from './world.ts';

const person = ({ seeder }: World, email: string, values: FieldValues = {}): RecordView => seeder.person({ FirstName: 'Gus', LastName: 'Guest', Email1: email, ...values });
const keyOf = ({ statNo, seqNo }: RecordView): string => `person:${statNo}:${seqNo}`;

async function found(here: World, address: string) {
  const { people } = here.side();
  await people.acquaint([address], []);
  return people.byAddress(address);
}

describe('Who an address is in the CRM', () => {
  it('is a rep by his address 1, active or not, whatever the letter case', async () => {
    const here = world();
    const old = here.seeder.rep({ user: 'OLD', firstName: 'Old', lastName: 'Rep', email: 'Old.Rep@Example.com', rep: { Active: false } });
    expect(await found(here, 'JOHN.ROE@example.com')).toEqual({ key: `rep:${here.john.repId}` });
    expect(await found(here, 'old.rep@example.com')).toEqual({ key: `rep:${old.repId}` });
  });

  it('is a person by any of three addresses', async () => {
    const here = world();
    const gus = person(here, 'gus@example.org', { Email2: 'Gus@Work.example', Email3: 'gus@home.example' });
    for (const address of ['gus@example.org', 'gus@work.example', 'gus@home.example']) expect(await found(here, address)).toEqual({ key: keyOf(gus) });
  });

  it('is the rep and not the person who belongs to him, also where only the person has the address', async () => {
    const here = world();
    here.simulator.act('SYNC').update('Person', here.john.person.id, { Email2: 'john@home.example' });
    expect(await found(here, 'john.roe@example.com')).toEqual({ key: `rep:${here.john.repId}` });
    expect(await found(here, 'john@home.example')).toEqual({ key: `rep:${here.john.repId}` });
  });

  it('is ambiguous between two persons, two reps, or a rep and a person who is not his own', async () => {
    const here = world();
    person(here, 'twin@example.org');
    person(here, 'other@example.org', { Email3: 'TWIN@example.org' });
    here.seeder.rep({ user: 'TWIN1', firstName: 'Twin', lastName: 'One', email: 'twins@example.com' });
    here.seeder.rep({ user: 'TWIN2', firstName: 'Twin', lastName: 'Two', email: 'twins@example.com' });
    person(here, 'john.roe@example.com');
    for (const address of ['twin@example.org', 'twins@example.com', 'john.roe@example.com']) expect(await found(here, address)).toBe('ambiguous');
  });

  it('is unknown where nobody has it, or who had it was deleted', async () => {
    const here = world();
    here.simulator.act('SYNC').delete('Person', person(here, 'gone@example.org').id);
    for (const address of ['nobody@example.org', 'gone@example.org', 'The Board', '']) expect(await found(here, address)).toBe('unknown');
  });

  it('lets no wildcard slip in', async () => {
    const here = world();
    person(here, 'guest@example.org');
    for (const address of ['*@example.org', 'gu*t@example.org', '*']) expect(await found(here, address)).toBe('unknown');
    expect(here.requests).toHaveLength(0);
  });

  it('is compared again, whatever the CRM takes for equal', async () => {
    const rep: AnswerRecord = { table: 'RepUser', id: '9', deleted: false, fields: new Map([['SeqNo', '9'], ['Email1', 'other@example.org']]), nested: [] }; // prettier-ignore
    const answer: CommandAnswer = { state: 'answered', returns: [{ type: 'ok', code: null, field: null, broken: false, records: [rep] }] };
    const people = crmPeople({ profile: schemaProfile({ profile: {}, lengths: {} }), aliases: async () => new Map(), ask: (queries) => Promise.resolve(queries.map(() => answer)) });
    await people.acquaint(['guest@example.org'], []);
    expect(people.byAddress('guest@example.org')).toBe('unknown');
  });

  it('knows a domain with letters of its own in both spellings', async () => {
    const here = world();
    const gus = person(here, 'gus@xn--mller-kva.example');
    expect(await found(here, 'gus@müller.example')).toEqual({ key: keyOf(gus) });
  });

  it('is the rep of a synchronized mailbox by each of its addresses, without asking', async () => {
    const here = world({ aliases: [['j.roe@example.com', 2]] });
    person(here, 'j.roe@example.com');
    expect(here.john.repId).toBe(2);
    expect(await found(here, 'J.Roe@example.com')).toEqual({ key: 'rep:2' });
    expect(await found(here, 'jane.doe@example.com')).toEqual({ key: `rep:${here.jane.repId}` });
    expect(here.requests).toHaveLength(0);
  });

  it('costs one request for ten attendees, and none when they are asked for again', async () => {
    const here = world();
    const addresses = Array.from({ length: 10 }, (_, index) => `guest${index}@example.org`);
    const keys = addresses.map((address) => ({ key: keyOf(person(here, address)) }));
    const { people } = here.side();
    await people.acquaint(addresses, [`rep:${here.john.repId}`]);
    expect(addresses.map((address) => people.byAddress(address))).toEqual(keys);
    await people.acquaint(['GUEST1@example.org', ...addresses], ['person:100:1', `rep:${here.john.repId}`].slice(1));
    expect(here.requests).toHaveLength(1);
  });

  it('goes into as many requests as the commands need', async () => {
    const here = world({ crm: { commandsPerRequest: 10 } });
    const { people } = here.side();
    await people.acquaint(Array.from({ length: 10 }, (_, index) => `guest${index}@example.org`), []);
    expect(here.requests.map((body) => body.split('<query ').length - 1)).toEqual([10, 10, 1]);
  });

  it('says so where the table cannot be read', async () => {
    const here = world();
    here.simulator.addFault({ kind: 'commandError', code: 403 });
    await expect(found(here, 'guest@example.org')).rejects.toMatchObject({ reason: 'permission' });
  });
});

describe('The address of somebody in the CRM', () => {
  it('is the first one filled that is an address, in lower case', async () => {
    const here = world();
    const [gus, nobody, odd] = [person(here, '', { Email2: 'Gus@Example.org' }), person(here, ''), person(here, 'no address', { Email3: 'odd@example.org' })];
    const { people } = here.side();
    await people.acquaint([], [keyOf(gus), keyOf(nobody), keyOf(odd), `rep:${here.john.repId}`, 'person:100:999', 'nonsense']);
    expect([keyOf(gus), keyOf(nobody), keyOf(odd), `rep:${here.john.repId}`, 'person:100:999', 'mail:guest@example.org', 'mail:the board', 'nonsense'].map((key) => people.addressOf(key))).toEqual([
      'gus@example.org', null, 'odd@example.org', 'john.roe@example.com', null, 'guest@example.org', null, null,
    ]); // prettier-ignore
    expect([keyOf(gus), `rep:${here.john.repId}`, 'person:100:999'].map((key) => people.nameOf(key))).toEqual(['Gus Guest', 'John Roe', '']);
    expect(here.requests).toHaveLength(1);
  });
});
