import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentOf, fieldsOf, heldFields, type ContentField } from '../../shared/crm/activity-content.ts';
import { schemaProfile } from '../../shared/crm/profile.ts';
import { PRIORITIES, PRIVACIES, SHOW_AS, type AppointmentTime } from '../../shared/model/appointment.ts';
import type { Content } from '../../shared/model/content.ts';
import { toIso } from '../../shared/model/time/instant.ts';
import { CONTENT } from './world.ts';

const profile = schemaProfile({ profile: {}, lengths: {} });
const inZone = (timeZone: string) => ({ profile, timeZone, showAsWhenUnknown: 'busy' as const });
const BERLIN = inZone('Europe/Berlin');
const read = (fields: Partial<Record<ContentField, string>>) => contentOf((field) => fields[field] ?? '', BERLIN);
const { participants: _people, answers: _answers, ...FIELDS } = CONTENT;
const written = (content: Content) => Object.fromEntries(fieldsOf(content, BERLIN));
const timed = (start: string, end: string): AppointmentTime => ({ allDay: false, start, end });

describe('Activities and appointments', () => {
  it('stand for each other field by field', () => {
    const fields = written(FIELDS);
    expect(fields).toEqual({
      Date: '2026-11-23', Time: '10:00', EndDate: '2026-11-23', EndTime: '11:00', Subject: 'Quarterly review', Location: 'Room 7', Text: 'First line\nSecond <line> & more',
      ShowAs: '2', Reminder: '15', Priority: '1', Categories: 'Blue;Green', Private: 'false',
    }); // prettier-ignore
    expect(read(fields)).toEqual(FIELDS);
  });

  it('write only the groups that are given', () => {
    expect(written({ subject: 'New' })).toEqual({ Subject: 'New' });
    expect(heldFields({ reminder: null }, BERLIN)).toEqual({ reminder: null });
    expect(written({ reminder: null })).toEqual({ Reminder: '' });
  });

  it('hold whole days as dates, the last one included, with empty times', () => {
    const time: AppointmentTime = { allDay: true, firstDay: '2026-11-23', lastDay: '2026-11-24' };
    expect(written({ time })).toEqual({ Date: '2026-11-23', Time: '', EndDate: '2026-11-24', EndTime: '' });
    expect(heldFields({ time }, BERLIN)).toEqual({ time });
  });

  it('end where they start when the CRM says nothing else', () => {
    expect(read({ Date: '2026-11-23', Time: '10:00' }).time).toEqual(timed('2026-11-23T09:00:00Z', '2026-11-23T09:00:00Z'));
    expect(read({ Date: '2026-11-23', Time: '10:00', EndTime: '11:00' }).time).toEqual(timed('2026-11-23T09:00:00Z', '2026-11-23T10:00:00Z'));
    expect(read({ Date: '2026-11-23' }).time).toEqual({ allDay: true, firstDay: '2026-11-23', lastDay: '2026-11-23' });
  });

  it.each([
    ['no date', {}],
    ['no such date', { Date: '2026-02-30' }],
    ['no such time', { Date: '2026-11-23', Time: '25:00' }],
    ['an end before the start', { Date: '2026-11-23', Time: '10:00', EndTime: '09:00' }],
    ['a last day before the first', { Date: '2026-11-23', EndDate: '2026-11-22' }],
    ['an end time without a start time', { Date: '2026-11-23', EndTime: '09:00' }],
    ['a last day behind which there is none', { Date: '2026-11-23', EndDate: '9999-12-31' }],
    ['an end behind which no time can be written', { Date: '9999-12-31', Time: '23:00', EndTime: '23:30' }],
  ])('cannot be read with %s', (_name, fields) => {
    expect(read(fields).time).toBeNull();
  });

  it('have no reminder that no side could hold', () => {
    expect(read({ ...written(FIELDS), Reminder: '4294967304' }).reminder).toBeNull();
  });

  it('fall back to the first reading in the hour that occurs twice', () => {
    const second = heldFields({ time: timed('2026-10-25T01:30:00Z', '2026-10-25T01:45:00Z') }, BERLIN);
    expect(second).toEqual({ time: timed('2026-10-25T00:30:00Z', '2026-10-25T00:45:00Z') });
  });

  it('keep their order where the clock is set back between start and end', () => {
    const time = timed('2026-10-25T00:50:00Z', '2026-10-25T01:10:00Z');
    expect(written({ time })).toMatchObject({ Time: '02:50', EndTime: '03:10' });
    expect(read({ Date: '2026-10-25', Time: '02:30', EndTime: '02:40' }).time).toEqual(timed('2026-10-25T00:30:00Z', '2026-10-25T00:40:00Z'));
  });

  it('lie behind the gap where the clock leaps over them', () => {
    expect(read({ Date: '2026-03-29', Time: '02:30', EndTime: '03:00' }).time).toEqual(timed('2026-03-29T01:30:00Z', '2026-03-29T01:30:00Z'));
  });

  it('show where a text was cut', () => {
    const held = heldFields({ subject: 'x'.repeat(121), body: 'y'.repeat(4_000) }, BERLIN);
    expect(held['subject']).toBe(`${'x'.repeat(119)}…`);
    expect(held['body']).toBe('y'.repeat(4_000));
  });

  it('keep categories whole, and replace what separates them', () => {
    expect(written({ categories: ['a;b', 'c'] })).toEqual({ Categories: 'a,b;c' });
    const many = Array.from({ length: 30 }, (_, index) => `Category ${String(index).padStart(2, '0')}`);
    const held = heldFields({ categories: many }, BERLIN)['categories'] as string[];
    expect(held.at(-1)).toBe('…');
    expect(held.join(';').length).toBeLessThanOrEqual(255);
    expect(many.slice(0, held.length - 1)).toEqual(held.slice(0, -1));
  });

  it('have the show-as of the rules where the CRM names none, and no reminder where its field is empty', () => {
    expect(read({ Date: '2026-11-23', ShowAs: '17', Reminder: '', Priority: '' })).toMatchObject({ showAs: 'busy', reminder: null, priority: 'normal' });
  });

  const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC');
  const instants = fc.integer({ min: Date.parse('2026-01-01T00:00:00Z') / 1_000, max: Date.parse('2028-01-01T00:00:00Z') / 1_000 }).map((seconds) => seconds * 1_000);
  const nearChanges = fc
    .tuple(fc.constantFrom('2026-10-25T01:00:00Z', '2026-03-29T01:00:00Z', '2026-11-01T06:00:00Z', '2026-04-04T15:00:00Z'), fc.integer({ min: -9_000, max: 9_000 }))
    .map(([around, seconds]) => Date.parse(around) + seconds * 1_000);
  const times: fc.Arbitrary<AppointmentTime> = fc.oneof(
    fc.tuple(fc.oneof(instants, nearChanges), fc.integer({ min: 0, max: 200_000 })).map(([start, seconds]) => timed(toIso(start), toIso(start + seconds * 1_000))),
    fc.tuple(instants, fc.integer({ min: 0, max: 9 })).map(([start, days]): AppointmentTime => ({ allDay: true, firstDay: toIso(start).slice(0, 10), lastDay: toIso(start + days * 86_400_000).slice(0, 10) })),
  );
  const texts = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 60 }));
  const contents: fc.Arbitrary<typeof FIELDS> = fc.record({
    time: times,
    subject: texts,
    place: texts,
    body: fc.oneof(texts, texts.map((text) => `${text}\r\n \u00a0\t${text}`.repeat(20))),
    showAs: fc.constantFrom(...SHOW_AS),
    reminder: fc.option(fc.integer({ min: 0, max: 40_000 })),
    priority: fc.constantFrom(...PRIORITIES),
    categories: fc.array(texts, { maxLength: 12 }),
    privacy: fc.constantFrom(...PRIVACIES),
  });

  it('are stable: what the CRM holds of what it holds is the same, in every zone', () => {
    fc.assert(
      fc.property(contents, zones, (content, timeZone) => {
        const translation = inZone(timeZone);
        const once = heldFields(content, translation);
        expect(heldFields(once, translation)).toEqual(once);
        expect(Object.keys(once)).toHaveLength(9);
        expect(fieldsOf(once, translation)).toEqual(fieldsOf(content, translation));
      }),
      { numRuns: 400 },
    );
  });

  it('write no text that is longer than its field', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const fields = fieldsOf(content, BERLIN);
        for (const name of ['Subject', 'Location', 'Text', 'Categories'] as const) expect((fields.get(name) ?? '').length).toBeLessThanOrEqual(profile.activity.fields[name].length ?? 0);
      }),
      { numRuns: 200 },
    );
  });
});
