import fc from 'fast-check';
import { describe, it, expect } from 'vitest';
import { APPOINTMENT_GROUPS, PRIORITIES, PRIVACIES, SHOW_AS } from '../../shared/model/appointment.ts';
import { ROLES } from '../../shared/model/participants.ts';
import { eventBody, heldByGraph, newEventBody } from '../../shared/graph/event-body.ts';
import { eventRows, type ReadRules } from '../../shared/graph/event-content.ts';
import type { Content } from '../../shared/model/content.ts';
import { readings, toInstant } from '../../shared/model/time/wallclock.ts';
import { parseIso, toIso } from '../../shared/model/time/instant.ts';
import { resolveZone } from '../../shared/model/time/zones.ts';
import { graphEvent, mailbox } from './scripted-graph.ts';

const rules: ReadRules = { mailbox, showAsWhenUnknown: 'busy', privacy: 'full', maskedSubject: 'Private appointment' };
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland', 'America/Sao_Paulo'];

const seconds = fc.integer({ min: Date.UTC(2020, 0) / 1000, max: Date.UTC(2035, 0) / 1000 });
const date = seconds.map((at) => new Date(at * 1000).toISOString().slice(0, 10));
const time = fc.oneof(
  fc.tuple(seconds, fc.integer({ min: 0, max: 100_000 })).map(([start, length]) => ({ allDay: false, start: toIso(start * 1000), end: toIso((start + length) * 1000) })),
  fc.tuple(date, date).map(([a, b]) => ({ allDay: true, firstDay: a < b ? a : b, lastDay: a < b ? b : a })),
);
const letters = fc.constantFrom('a', 'Ä', '&', '<', '>', '"', "'", ' ', '  ', '\n', '\r\n', '\t', '\u00a0', '\u200b', '😀', 'e\u0301', '…', '&amp;', '<br>', '-', '_');
const text = fc.array(fc.oneof(letters, fc.string()), { maxLength: 40 }).map((parts) => parts.join(''));
const line = fc.oneof(text, fc.tuple(text, fc.integer({ min: 200, max: 400 })).map(([short, length]) => short + 'x'.repeat(length) + short));

const address = fc.oneof(fc.emailAddress(), fc.constantFrom('Bob@Example.ORG', 'a+b@example.org', 'jo@müller.example', 'jo@xn--mller-kva.example', 'ada@example.com'));
const participants = fc
  .array(fc.record({ key: fc.constantFrom('mail:', 'rep:7', 'person:1:2'), role: fc.constantFrom(...ROLES), address: fc.option(address), name: line }), { maxLength: 4 })
  .map((people) => Object.fromEntries(people.map(({ key, ...person }) => [key === 'mail:' ? `mail:${person.address ?? ''}` : key, person])));

const content = fc.record({
  time,
  subject: line,
  place: line,
  body: text,
  showAs: fc.constantFrom(...SHOW_AS),
  reminder: fc.option(fc.integer({ min: 0, max: 40_000 })),
  priority: fc.constantFrom(...PRIORITIES),
  categories: fc.array(text, { maxLength: 4 }),
  participants,
  /** Nothing of ours ever says what somebody answered. */
  answers: fc.constant({}),
  privacy: fc.constantFrom(...PRIVACIES),
});

/** What Graph would show after a write: its own form of times, the rest as it was sent. */
function shown(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const allDay = body['isAllDay'] === true;
  const show = (value: unknown) => {
    const { dateTime, timeZone } = value as { dateTime: string; timeZone: string };
    const zone = resolveZone(timeZone).iana ?? 'UTC';
    const wall = { date: dateTime.slice(0, 10), time: dateTime.slice(11, 19) };
    const utc = allDay ? dateTime.slice(0, 19) : toIso(toInstant(wall, zone)).slice(0, 19);
    return { dateTime: `${utc}.0000000`, timeZone: 'UTC' };
  };
  return graphEvent({ ...body, start: show(body['start']), end: show(body['end']) });
}

async function reader(): Promise<(row: unknown) => Content> {
  const readRow = await eventRows(rules);
  return (value) => {
    const row = readRow(value);
    if (row.kind !== 'item') throw new Error(`An item was expected: ${JSON.stringify(row)}`);
    return row.item.content;
  };
}

describe('content', () => {
  it('comes back from Graph as Graph was said to hold it, whatever the zone it is written in', async () => {
    const read = await reader();
    fc.assert(
      fc.property(content, fc.constantFrom(null, ...ZONES), (original, zone) => {
        const held = heldByGraph(original, mailbox.addresses);
        expect(read(shown(newEventBody(held, 'pair', mailbox, zone)))).toEqual(held);
      }),
      { numRuns: 300 },
    );
  });

  it('that Graph holds is held as it is', () => {
    fc.assert(
      fc.property(content, (original) => {
        const held = heldByGraph(original, mailbox.addresses);
        expect(heldByGraph(held, mailbox.addresses)).toEqual(held);
      }),
      { numRuns: 300 },
    );
  });

  it('that was read, written and read again is the same', async () => {
    const read = await reader();
    fc.assert(
      fc.property(text, text, (html, subject) => {
        const first = read(graphEvent({ subject, body: { contentType: 'html', content: html } }));
        const second = read(shown(eventBody(heldByGraph(first), 'Europe/Berlin')));
        expect(second).toEqual(heldByGraph(first));
        expect(read(shown(eventBody(second, null)))).toEqual(second);
      }),
      { numRuns: 300 },
    );
  });

  it('in the hour that a clock shows twice keeps its instants', async () => {
    const read = await reader();
    const [first, second] = readings({ date: '2026-10-25', time: '02:30:00' }, 'Europe/Berlin').map(toIso);
    for (const [start, end] of [
      [first, second],
      [second, second],
      [first, first],
    ]) {
      const time = { allDay: false, start: start ?? '', end: end ?? '' };
      expect(read(shown(eventBody({ time }, 'Europe/Berlin')))['time']).toEqual(time);
    }
  });
});

describe('what is written', () => {
  it('holds the members of the given groups only', () => {
    expect(eventBody({ place: 'Room 2' }, 'Europe/Berlin')).toEqual({ location: { displayName: 'Room 2' } });
    expect(eventBody({ reminder: null }, null)).toEqual({ isReminderOn: false });
    expect(eventBody({ reminder: 0, priority: 'high' }, null)).toEqual({ isReminderOn: true, reminderMinutesBeforeStart: 0, importance: 'high' });
    expect(eventBody({}, null)).toEqual({});
  });

  it("stands on the clock of the customer's zone", () => {
    const time = { allDay: false, start: '2026-07-01T07:00:00Z', end: '2026-07-01T08:00:00Z' };
    expect(eventBody({ time }, 'Europe/Berlin')).toEqual({
      isAllDay: false,
      start: { dateTime: '2026-07-01T09:00:00', timeZone: 'W. Europe Standard Time' },
      end: { dateTime: '2026-07-01T10:00:00', timeZone: 'W. Europe Standard Time' },
    });
    expect(eventBody({ time }, null)).toMatchObject({ start: { dateTime: '2026-07-01T07:00:00', timeZone: 'UTC' } });
  });

  it('ends all-day events on the midnight after their last day', () => {
    expect(eventBody({ time: { allDay: true, firstDay: '2026-12-31', lastDay: '2026-12-31' } }, 'Europe/Berlin')).toEqual({
      isAllDay: true,
      start: { dateTime: '2026-12-31T00:00:00', timeZone: 'W. Europe Standard Time' },
      end: { dateTime: '2027-01-01T00:00:00', timeZone: 'W. Europe Standard Time' },
    });
  });

  it('names attendees only where participants are in it, and never an organizer, an answer or a recurrence', () => {
    fc.assert(
      fc.property(content, fc.subarray([...APPOINTMENT_GROUPS]), (original, groups) => {
        const some = Object.fromEntries(groups.map((group) => [group, original[group]])) as Content;
        for (const body of [eventBody(some, null), newEventBody(some, 'pair', mailbox, null)]) {
          expect('attendees' in body).toBe(groups.includes('participants'));
          expect(JSON.stringify(Object.keys(body))).not.toMatch(/organizer|recurrence|hide|response/i);
          expect((body.attendees ?? []).filter((one) => Object.keys(one).some((name) => name !== 'type' && name !== 'emailAddress'))).toEqual([]);
        }
      }),
    );
  });
});

describe('what Graph would hold', () => {
  it('is cut where Exchange ends, visibly', () => {
    const held = heldByGraph({ subject: 'x'.repeat(300), place: 'y'.repeat(255) });
    expect(held['subject']).toBe(`${'x'.repeat(254)}…`);
    expect(held['place']).toBe('y'.repeat(255));
  });

  it('is whole seconds', () => {
    expect(heldByGraph({ time: { allDay: false, start: '2026-07-01T07:00:00.999Z', end: '2026-07-01T08:00:00Z' } })['time']).toEqual({ allDay: false, start: '2026-07-01T07:00:00Z', end: '2026-07-01T08:00:00Z' });
    expect(parseIso('2026-07-01T07:00:00Z')).toBe(Date.UTC(2026, 6, 1, 7));
  });

  it('leaves groups alone that are not there', () => {
    expect(heldByGraph({ showAs: 'free' })).toEqual({ showAs: 'free' });
  });
});
