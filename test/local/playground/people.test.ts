import { describe, expect, it } from 'vitest';
import type { Shown } from '../../../local/playground/page/appointment.ts';
import { invitedOf, namingValues, peopleOf } from '../../../local/playground/page/crm-people.ts';
import { requestForOne } from '../../../local/playground/page/dialog-requests.ts';
import { heldWords } from '../../../local/playground/page/guards.ts';
import { otherSideLines } from '../../../local/playground/page/other-side.ts';
import { addressIn, crowdOf, type Invited } from '../../../local/playground/page/people.ts';

const row = (statNo: number, seqNo: number, values: Record<string, string>) => ({ id: `${statNo}-${seqNo}`, statNo, seqNo, values });
const ilse: Invited = { key: 'person:100:7', name: 'Ilse Marten', address: 'ilse@quellfeld.example.com', role: 'optional', answer: 'accepted' };
const shown = (changes: Partial<Shown> = {}): Shown => ({
  id: 'o', madeFor: null, organizer: null, own: null, traits: [], looks: [], isAwaited: true, isPrivate: false, invited: [], subject: 'Visit', place: 'Kiel', body: '', showAs: 'busy', reminder: 15, categories: [],
  allDay: false, start: '2026-11-24T09:00', end: '2026-11-24T10:00', ...changes,
}); // prettier-ignore

describe('an address that somebody types', () => {
  it.each([
    ['Ilse@Quellfeld.example.com', 'ilse@quellfeld.example.com'],
    ['Ilse Marten <ilse@quellfeld.example.com>', 'ilse@quellfeld.example.com'],
    ['Ilse Marten', null],
    ['a@b, c@d', null],
  ])('is read from %s', (text, address) => {
    expect(addressIn(text)).toBe(address);
  });
});

describe('who takes part', () => {
  it('is the same whatever the order, the names and the answers, and another where a role is', () => {
    const tom: Invited = { key: 'rep:2', name: 'Tom', address: 'tom@example.com', role: 'required', answer: null };
    expect(crowdOf([ilse, tom])).toBe(crowdOf([tom, { ...ilse, name: '', answer: null }]));
    expect(crowdOf([ilse, tom])).not.toBe(crowdOf([ilse, { ...tom, role: 'optional' }]));
  });
});

describe('the people of the CRM', () => {
  const people = peopleOf([row(0, 2, { Name: 'Tom Keller', Email1: 'Tom@example.com' })], [row(100, 7, { FirstName: 'Ilse', LastName: 'Marten', Email1: ilse.address }), row(100, 8, { FirstName: 'Tom', LastName: 'Keller', Email1: 'tom@example.com' })]);

  it('are reps before persons, persons by their own key, and bare addresses where nobody is known', () => {
    const named = (address: string) => namingValues({ key: null, address }, people);
    expect(named('tom@example.com')).toEqual({ RepId: 2 });
    expect(named(ilse.address)).toEqual({ PeGrp: 100, PeNo: 7 });
    expect(named('kim@example.com')).toEqual({ Email: 'kim@example.com' });
  });

  it('are shown once where they have two rows, with the answer of either', () => {
    const rows = [row(100, 1, { PeGrp: '100', PeNo: '7', RepId: '', Email: '', Role: '1', Status: '0' }), row(100, 2, { PeGrp: '100', PeNo: '7', RepId: '', Email: '', Role: '1', Status: '1' })];
    expect(invitedOf(rows, people)).toEqual([ilse]);
  });
});

describe('what the dialog tells of the other side', () => {
  it('is the mask that the CRM shows, and the rule behind it', () => {
    const mask = shown({ subject: 'Private appointment', place: '', isPrivate: true, traits: ['private'] });
    expect(otherSideLines('outlook', shown({ isPrivate: true, isAwaited: false }), mask, 'masked')).toEqual([
      '“Private appointment”, Tue 24 Nov, 09:00 to 10:00, busy.', 'No place, no notes.', 'Nobody else.', 'It is private.',
      'Of this person’s private appointments the rule shows the CRM a mask: times and show-as under a neutral subject.',
    ]); // prettier-ignore
  });

  it('names people with roles and answers', () => {
    expect(otherSideLines('crm', shown(), shown({ invited: [ilse] }), 'off')).toContain('With Ilse Marten (optional, accepted).');
  });

  it('says why there is nothing', () => {
    expect(otherSideLines('outlook', shown(), null, 'off')).toEqual(['Nothing yet.']);
    const copy = shown({ isAwaited: false, own: { answer: null }, organizer: { name: 'Nina Brandt', address: 'nina@example.com' } });
    expect(otherSideLines('outlook', copy, null, 'off')).toEqual(['Nothing of this person’s: Nina Brandt organizes it, and it stands in the CRM once.']);
    expect(otherSideLines('outlook', shown({ isPrivate: true, isAwaited: false }), null, 'off')[0]).toBe('Nothing.');
  });
});

describe('the dialog of an invitation', () => {
  const ask = (address: string) => requestForOne('outlook', shown({ own: { answer: 'declined' }, organizer: { name: 'Lena', address } }), undefined, { mail: 'nina@example.com', privacy: 'off' }, new Set(['tom@example.com']), []);

  it('lets a stranger’s meeting be called off, and not a colleague’s, who has a calendar of his own here', () => {
    expect(ask('lena@outside.example.com')).toMatchObject({ organizer: 'Organizer: Lena.', invitation: { answer: 'declined', isFromOutside: true } });
    expect(ask('tom@example.com').invitation?.isFromOutside).toBe(false);
  });
});

describe('what a guard holds', () => {
  const ids = { pairId: 'p', graphId: 'g', crmId: 'c' };

  it('is told with what would happen and which limit it met', () => {
    expect(heldWords({ ...ids, side: 'crm', limit: 'mailbox' })).toBe('It would be marked as deleted in the CRM: more in a day than this mailbox may lose unasked.');
    expect(heldWords({ ...ids, side: 'graph', limit: 'emptied' })).toBe('It would be deleted in Outlook: the whole calendar was empty at once.');
    expect(heldWords({ ...ids, action: 'update', recipients: 1 })).toBe('Updating it in Outlook would mail 1 person.');
  });
});
