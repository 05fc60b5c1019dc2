import { describe, expect, it } from 'vitest';
import { attendee, office, troubles } from './office.ts';

describe('A7: a role that changes', () => {
  it('in Outlook reaches the row in the CRM, and in the CRM the attendee', async () => {
    const { world, ann, ben, cem } = await office();
    const event = await world.outlook(ann).create({ subject: 'Roles', attendees: [attendee(ben.mail), attendee(cem.mail)] });
    await world.settle();
    const role = (of: typeof ben): string | undefined => world.crm.records('Participant').find(({ deleted, values }) => !deleted && values['RepId'] === String(of.rep.repId))?.values['Role'];
    expect([role(ben), role(cem)]).toEqual(['0', '0']);
    await world.outlook(ann).patch(event.id, { attendees: [attendee(ben.mail, { type: 'optional' }), attendee(cem.mail)] });
    await world.settle();
    expect([role(ben), role(cem)]).toEqual(['1', '0']);
    const row = world.crm.records('Participant').find(({ deleted, values }) => !deleted && values['RepId'] === String(cem.rep.repId));
    world.crm.act(ann.rep.user).update('Participant', row?.id ?? '', { Role: 1 });
    await world.settle();
    const shown = (world.outlook(ann).events()[0]?.['attendees'] ?? []) as { type: string; emailAddress: { address: string } }[];
    expect(shown.map(({ type, emailAddress }) => `${emailAddress.address} ${type}`).sort()).toEqual([`${ben.mail} optional`, `${cem.mail} optional`].sort());
    expect(world.crm.records('Participant').filter(({ deleted }) => !deleted)).toHaveLength(2);
    world.lookedAtMails();
    expect(troubles(world)).toEqual([]);
  });
});
