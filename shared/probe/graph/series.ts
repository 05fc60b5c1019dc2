import { day, toIso } from '../../model/time/instant.ts';
import { withQuery } from '../../graph/query.ts';
import { CannotTry, holds, judged, type Fact } from '../fact.ts';
import { firstRound, toldWithin } from './delta.ts';
import { PATIENCE_MS, utc, type ProbedMailbox } from './mailbox.ts';
import { daily } from './rounds.ts';
import { member, said, textOf } from './way.ts';

const DAYS = 6;

interface Series {
  readonly id: string;
  /** In order of time. */
  readonly occurrences: readonly unknown[];
}

async function instances(mailbox: ProbedMailbox, id: string): Promise<readonly unknown[]> {
  return mailbox.list(withQuery(mailbox.path('events', id, 'instances'), { startDateTime: toIso(mailbox.ahead(0)), endDateTime: toIso(mailbox.ahead(40)), $top: 50 }));
}

async function seriesMade(mailbox: ProbedMailbox): Promise<Series> {
  const { id } = await mailbox.create(daily(mailbox, DAYS));
  const shown = await mailbox.within(PATIENCE_MS, async () => {
    const rows = await instances(mailbox, id);
    return rows.length === DAYS ? rows : null;
  });
  if (shown === null) throw new CannotTry(`a series of ${DAYS} days does not show its occurrences`);
  return { id, occurrences: [...shown.value].sort((a, b) => startOf(a).localeCompare(startOf(b))) };
}

function startOf(row: unknown): string {
  return textOf(member(row, 'start'), 'dateTime').slice(0, 19);
}

function occurrence({ occurrences }: Series, index: number): { readonly id: string; readonly date: string; readonly row: unknown } {
  const row = occurrences[index];
  return { id: textOf(row, 'id'), date: startOf(row).slice(0, 10), row };
}

export const takenOut: Fact<ProbedMailbox> = {
  line: 'G39',
  says: 'a delta names a series of which an occurrence was taken out, and cancelledOccurrences of its master names the day',
  either: { holds: 'the series is read whole when it is named', otherwise: 'its notification names the series; where none comes, the daily net finds what is missing' },
  async try(mailbox) {
    const series = await seriesMade(mailbox);
    const { link } = await firstRound(mailbox);
    const { id, date } = occurrence(series, 2);
    await mailbox.removed(id);
    const named = await toldWithin(mailbox, link, PATIENCE_MS, (rows) => (rows.some((row) => textOf(row, 'id') === series.id || textOf(row, 'seriesMasterId') === series.id || textOf(row, 'id') === id) ? true : null));
    const listed = await mailbox.within(PATIENCE_MS, async () => {
      const cancelled = member((await mailbox.read(series.id, { $select: 'cancelledOccurrences' })).json, 'cancelledOccurrences');
      return Array.isArray(cancelled) && cancelled.some((one) => typeof one === 'string' && one.endsWith(date)) ? true : null;
    });
    return judged(named !== null && listed !== null, `the delta ${named === null ? 'does not name' : 'names'} the series, cancelledOccurrences ${listed === null ? 'does not name' : 'names'} the day`);
  },
};

export const originalDate: Fact<ProbedMailbox> = {
  line: 'G40',
  says: 'an occurrence that is moved keeps its id and tells its original date, by occurrenceId or originalStart',
  either: { holds: 'it is known by master and original date', otherwise: 'it is taken for a new one by its id, and bound anew by its order' },
  async try(mailbox) {
    const series = await seriesMade(mailbox);
    const { id, date, row } = occurrence(series, 1);
    const start = Date.parse(`${startOf(row)}Z`) + day / 12;
    await mailbox.patched(id, { start: utc(start), end: utc(start + day / 48) });
    const moved = await mailbox.within(PATIENCE_MS, async () => (await instances(mailbox, series.id)).find((one) => startOf(one) === utc(start).dateTime) ?? null);
    if (moved === null) return { outcome: 'notTried', why: 'a moved occurrence did not show within a minute' };
    const byId = textOf(moved.value, 'occurrenceId').endsWith(date);
    const byStart = textOf(moved.value, 'originalStart').startsWith(date);
    return judged(textOf(moved.value, 'id') === id && (byId || byStart), `the same id: ${textOf(moved.value, 'id') === id ? 'yes' : 'no'}; occurrenceId: ${byId ? 'yes' : 'no'}; originalStart: ${byStart ? 'yes' : 'no'}`);
  },
};

export const oneChangeKey: Fact<ProbedMailbox> = {
  line: 'G41',
  says: 'a series has one change key for all of its occurrences',
  either: { holds: 'writes to one series are sent one after the other, each by the version that the one before answered', otherwise: 'the same, and each occurrence is read once more before it is written' },
  async try(mailbox) {
    const series = await seriesMade(mailbox);
    const versions = async (): Promise<readonly string[]> => {
      const rows = await instances(mailbox, series.id);
      const master = await mailbox.read(series.id, { $select: 'changeKey' });
      return [textOf(master.json, 'changeKey'), ...rows.map((row) => textOf(row, 'changeKey'))];
    };
    const before = new Set(await versions());
    await mailbox.patched(occurrence(series, 1).id, { importance: 'high' });
    const settled = await mailbox.within(PATIENCE_MS, async () => {
      const now = new Set(await versions());
      return now.size === 1 && ![...now].some((version) => before.has(version)) ? true : null;
    });
    const now = new Set(await versions());
    return judged(before.size === 1 && settled !== null, `${before.size} before, ${now.size} after a change of one occurrence${settled === null ? '' : ', another one'}`);
  },
};

export const unheld: Fact<ProbedMailbox> = {
  line: 'G42',
  says: 'categories and sensitivity of one occurrence are not kept by Exchange',
  either: { holds: 'they are never written to one occurrence', otherwise: 'the same: an edit of them in the CRM stays there or is put back, by appointments.unheldByOccurrence' },
  async try(mailbox) {
    const series = await seriesMade(mailbox);
    const { id } = occurrence(series, 1);
    const answer = await mailbox.patch(id, { categories: ['Probe'], sensitivity: 'private' });
    await mailbox.clock.sleep(2_000, mailbox.options.signal);
    const { json } = await mailbox.read(id, { $select: 'categories,sensitivity' });
    const categories = member(json, 'categories');
    const kept = [...(Array.isArray(categories) && categories.includes('Probe') ? ['categories'] : []), ...(textOf(json, 'sensitivity') === 'private' ? ['sensitivity'] : [])];
    return judged(kept.length === 0, `PATCH ${said(answer)}; kept: ${kept.join(', ') || 'none'}`);
  },
};

export const resetByTime: Fact<ProbedMailbox> = {
  line: 'G43',
  says: 'another time of a whole series drops its exceptions and brings taken-out occurrences back',
  either: { holds: 'what stands after the change is read and followed', otherwise: 'the same' },
  async try(mailbox) {
    const series = await seriesMade(mailbox);
    const exception = occurrence(series, 1);
    await mailbox.patched(exception.id, { importance: 'high' });
    await mailbox.removed(occurrence(series, 3).id);
    const start = Date.parse(`${startOf(occurrence(series, 0).row)}Z`) + day / 24;
    await mailbox.patched(series.id, { start: utc(start), end: utc(start + day / 48) });
    const shown = await mailbox.within(PATIENCE_MS, async () => {
      const rows = await instances(mailbox, series.id);
      return rows.some((row) => startOf(row) === utc(start).dateTime) ? rows : null;
    });
    if (shown === null) return { outcome: 'notTried', why: 'another time of the series did not show within a minute' };
    const dropped = shown.value.every((row) => textOf(row, 'importance') !== 'high');
    const back = shown.value.length === DAYS;
    const seen = `exceptions ${dropped ? 'dropped' : 'kept'}, taken-out ones ${back ? 'brought back' : 'still out'}`;
    return dropped && back ? holds(seen) : judged(false, seen);
  },
};
