import { describe, expect, it } from 'vitest';
import { attendee, forgetMails, invitedBy, mailed, office, ownEvents, troubles, type Office } from './office.ts';

const DN = '/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn=ben';

/** Ben has an alias in another domain, and an inner address from an older Exchange. */
async function withAliases(): Promise<Office> {
  return office({}, ({ world, ben }) => {
    const person = world.people.find(({ id }) => id === ben.id);
    if (person !== undefined) person.proxyAddresses = [`SMTP:${ben.mail}`, 'smtp:ben.alias@other.example', `X500:${DN}`];
  });
}

/** Reps and persons who take part, and whether the record says that somebody is missing. */
function participants({ world, ann }: Office): { people: string[]; missing: boolean } {
  const [activity, ...more] = world.crmUser(ann).activities();
  if (activity === undefined || more.length > 0) throw new Error('There is not just one activity.');
  const rows = world.crm.records('Participant').filter((row) => !row.deleted && row.values['ActSeqNo'] === String(BigInt(activity.id) & 0xffffffffn));
  return { people: rows.map(({ values }) => `${Number(values['RepId'] || 0) > 0 ? `rep ${values['RepId']}` : `person ${values['PeNo']}`} role ${values['Role']}`).sort(), missing: activity.values['FreeL1'] === 'true' };
}

describe('A7: whoever is invited under any of his addresses', () => {
  const cases = [
    { name: 'an alias', address: 'ben.alias@other.example' },
    { name: 'an alias in capital letters', address: 'Ben.Alias@OTHER.example' },
    { name: 'his own address in capital letters', address: 'EMPLOYEE1@EXAMPLE.COM' },
    { name: 'an inner address of Exchange', address: DN },
    { name: 'an inner address in other letters', address: DN.toUpperCase() },
  ] as const;

  it.each(cases)('$name: he is that rep', async ({ address }) => {
    const all = await withAliases();
    const { world, ann, ben } = all;
    await world.outlook(ann).create({ subject: 'With Ben', attendees: [attendee(address)] });
    await world.settle();
    expect(participants(all)).toEqual({ people: [`rep ${ben.rep.repId} role 0`], missing: false });
    forgetMails(world);
    // Taken away in the CRM and left in Outlook again: the list is written under the address that Outlook shows.
    const [event] = ownEvents(world, ann);
    await world.outlook(ann).patch(event?.id ?? '', { categories: ['Blue'] });
    await world.days(1);
    expect(participants(all).people).toHaveLength(1);
    expect(mailed(world)).toEqual([]);
    expect(troubles(world)).toEqual([]);
  });

  it('a name where the address should stand is nobody whom we could know: the record is marked', async () => {
    const all = await withAliases();
    const { world, ann } = all;
    await world.outlook(ann).create({ subject: 'With a name', attendees: [attendee('Employee 1')] });
    await world.settle();
    expect(participants(all)).toEqual({ people: [], missing: true });
  });

  it('the same person twice, under two addresses and in two roles, takes part once, with the stronger role', async () => {
    const all = await withAliases();
    const { world, ann, ben } = all;
    await world.outlook(ann).create({ subject: 'Twice', attendees: [attendee('ben.alias@other.example', { type: 'optional' }), attendee(ben.mail)] });
    await world.settle();
    expect(participants(all)).toEqual({ people: [`rep ${ben.rep.repId} role 0`], missing: false });
    const before = world.writes();
    forgetMails(world);
    await world.days(1);
    expect(world.writes()).toEqual(before);
    expect(mailed(world)).toEqual([]);
  });

  it('the same person twice, the stronger role first: it counts all the same, and both rows stay when somebody else is added in the CRM', async () => {
    const all = await withAliases();
    const { world, ann, ben, cem } = all;
    await world.outlook(ann).create({ subject: 'Twice', attendees: [attendee(ben.mail), attendee('ben.alias@other.example', { type: 'optional' })] });
    await world.settle();
    expect(participants(all)).toEqual({ people: [`rep ${ben.rep.repId} role 0`], missing: false });
    forgetMails(world);
    world.crm.act(ann.rep.user).addParticipant(world.crmUser(ann).activities()[0]?.id ?? '', { RepId: cem.rep.repId, Role: 0 });
    await world.settle();
    const rows = (ownEvents(world, ann)[0]?.['attendees'] ?? []) as { type: string; emailAddress: { address: string } }[];
    expect(rows.map(({ type, emailAddress }) => `${emailAddress.address} ${type}`)).toEqual([`${ben.mail} required`, 'ben.alias@other.example optional', `${cem.mail} required`]);
    expect(mailed(world)).toEqual([`invitation to ${cem.mail}`]);
    // Taken off in the CRM he is taken off under both.
    const row = world.crm.records('Participant').find(({ deleted, values }) => !deleted && values['RepId'] === String(ben.rep.repId));
    world.crm.act(ann.rep.user).delete('Participant', row?.id ?? '');
    await world.settle();
    expect(invitedBy(world, ann)).toEqual([cem.mail]);
    expect(mailed(world)).toHaveLength(3);
    expect(troubles(world)).toEqual([]);
  });

  it('the same address twice takes part once', async () => {
    const all = await withAliases();
    const { world, ann, customer } = all;
    await world.outlook(ann).create({ subject: 'Twice', attendees: [attendee('cora@customer.example'), attendee('CORA@customer.example')] });
    await world.settle();
    expect(participants(all)).toEqual({ people: [`person ${customer.seqNo} role 0`], missing: false });
  });

  it('a distribution list is nobody of the CRM: it stays invited, and the record is marked', async () => {
    const all = await withAliases();
    const { world, ann, ben } = all;
    const event = await world.outlook(ann).create({ subject: 'With all', attendees: [attendee('everybody@example.com'), attendee(ben.mail)] });
    await world.settle();
    expect(participants(all)).toEqual({ people: [`rep ${ben.rep.repId} role 0`], missing: true });
    forgetMails(world);
    const [activity] = world.crmUser(ann).activities();
    for (const row of world.crm.records('Participant')) world.crm.act('SYNC').delete('Participant', row.id);
    world.crmUser(ann).update(activity?.id ?? '', { Priority: 2 });
    await world.settle();
    const left = ownEvents(world, ann).find(({ id }) => id === event.id)?.['attendees'] as { emailAddress: { address: string } }[];
    expect(left.map(({ emailAddress }) => emailAddress.address)).toEqual(['everybody@example.com']);
    expect(mailed(world)).toHaveLength(2);
  });

  it('the organizer among his own attendees, by an alias too, takes no part', async () => {
    const all = await withAliases();
    const { world, ann, ben } = all;
    await world.outlook(ben).create({ subject: "Ben's", attendees: [attendee('Ben.Alias@other.example'), attendee(DN), attendee(ann.mail)] });
    await world.settle();
    expect(participants({ ...all, ann: ben })).toEqual({ people: [`rep ${ann.rep.repId} role 0`], missing: false });
  });

  it('an organizer who is told by an inner address alone is still himself: his meeting is not published', async () => {
    const all = await withAliases();
    const { world, ann } = all;
    world.graph.receiveInvitation(ann.id, { organizer: { name: 'Ben', address: DN }, iCalUId: 'of-ben', event: { subject: "Ben's", start: { dateTime: '2026-11-25T09:00:00', timeZone: 'UTC' }, end: { dateTime: '2026-11-25T10:00:00', timeZone: 'UTC' }, attendees: [attendee(ann.mail)] } });
    await world.settle();
    expect(world.crmUser(ann).activities()).toEqual([]);
  });
});
