import { describe, expect, it } from 'vitest';
import { tell } from '../../../local/playground/page/journal-words.ts';
import { addMinutes, nextStart, readable, wallAt } from '../../../local/playground/page/wall-time.ts';

describe('the journal', () => {
  it('says what was done where, and why', () => {
    expect(tell({ at: 0, action: 'created', side: 'crm', reason: 'new' }, 'Visit')).toEqual({ title: '“Visit” was created in the CRM', why: 'It was new on the other side.', tone: 'done' });
  });

  it('names the fields that were written', () => {
    expect(tell({ at: 0, action: 'updated', side: 'graph', reason: 'changed', groups: ['time', 'showAs'] }, 'Visit').title).toBe('“Visit” was updated in Outlook: time, show as');
  });

  it('says why something is left alone', () => {
    expect(tell({ at: 0, action: 'left', side: 'graph', reason: 'notInScope', detail: 'private' }, null)).toMatchObject({ title: 'An appointment was left alone in Outlook', why: 'It is private.' });
  });

  it('says what a guard holds, and what an administrator answered', () => {
    expect(tell({ at: 0, action: 'held', side: 'crm', reason: 'deletionGuard' }, 'Visit')).toMatchObject({ title: '“Visit” is held until an administrator looks at it', tone: 'warning' });
    expect(tell({ at: 0, action: 'held', reason: 'mailGuardDissolved' }, 'Visit')).toMatchObject({ title: '“Visit” is held no longer', tone: 'quiet' });
    expect(tell({ at: 0, action: 'ended', reason: 'deletionRejected' }, 'Visit').why).toBe('An administrator rejected the deletion; what is left stays.');
  });

  it('shows words that it does not know as they came', () => {
    expect(tell({ at: 0, action: 'pondered', reason: 'somethingNew' }, null)).toMatchObject({ title: 'An appointment: pondered', why: 'SomethingNew.' });
  });
});

describe('the house’s clock', () => {
  it('is read from an instant in its own zone, also where the clock was just set back', () => {
    expect(wallAt(Date.parse('2026-10-25T00:30:00Z'), 'Europe/Berlin')).toBe('2026-10-25T02:30');
    expect(wallAt(Date.parse('2026-10-25T01:30:00Z'), 'Europe/Berlin')).toBe('2026-10-25T02:30');
    expect(wallAt(Date.parse('2026-10-25T22:59:00Z'), 'Europe/Berlin')).toBe('2026-10-25T23:59');
  });

  it('is counted on across midnight and shown for people', () => {
    expect(addMinutes('2026-12-31T23:30', 45)).toBe('2027-01-01T00:15');
    expect(readable('2026-11-24T09:00')).toBe('Tue 24 Nov, 09:00');
  });

  it('starts a new appointment at the next full hour of the day, or in the morning, on a day that is shown', () => {
    expect(nextStart('2026-11-24T09:20', '2026-11-23', '2026-11-28')).toBe('2026-11-24T10:00');
    expect(nextStart('2026-11-24T21:20', '2026-11-23', '2026-11-28')).toBe('2026-11-25T09:00');
    expect(nextStart('2026-11-24T05:20', '2026-11-23', '2026-11-28')).toBe('2026-11-24T09:00');
    expect(nextStart('2026-11-22T09:20', '2026-11-23', '2026-11-28')).toBe('2026-11-23T09:00');
  });
});
