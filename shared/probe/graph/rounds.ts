import { day, toIso } from '../../model/time/instant.ts';
import { judged, type Fact } from '../fact.ts';
import { firstRound, OddRound, toldWithin } from './delta.ts';
import { PATIENCE_MS, utc, type ProbedMailbox } from './mailbox.ts';
import { member, said, textOf } from './way.ts';

/** A daily series of so many days, from ten days ahead, at nine in the morning of UTC. */
export function daily(mailbox: ProbedMailbox, days: number): Readonly<Record<string, unknown>> {
  const start = mailbox.ahead(10) + (9 / 24) * day;
  return { start: utc(start), end: utc(start + day / 48), recurrence: { pattern: { type: 'daily', interval: 1 }, range: { type: 'numbered', startDate: toIso(start).slice(0, 10), numberOfOccurrences: days, recurrenceTimeZone: 'UTC' } } };
}

const OCCURRENCES = 30;
const PAGE = 5;

async function longRound(mailbox: ProbedMailbox): Promise<{ readonly pages: number } | OddRound> {
  const { id } = await mailbox.create(daily(mailbox, OCCURRENCES));
  try {
    const shown = await mailbox.within(PATIENCE_MS, async () => {
      const found = await firstRound(mailbox, PAGE);
      return found.rows.some((row) => textOf(row, 'id') === id || textOf(row, 'seriesMasterId') === id) ? found : null;
    });
    return { pages: shown?.value.pages ?? 0 };
  } catch (failure) {
    if (failure instanceof OddRound) return failure;
    throw failure;
  }
}

export const endingRounds: Fact<ProbedMailbox> = {
  line: 'G10',
  says: 'a delta round ends: no page is told three times, also where a series is longer than a page',
  either: { holds: 'rounds are followed to their end', otherwise: 'the circle is seen, and the listing begins anew by plain views' },
  async try(mailbox) {
    const found = await longRound(mailbox);
    if (found instanceof OddRound) return found.odd === 'circle' ? judged(false, 'the round runs in a circle') : { outcome: 'notTried', why: 'a link leads elsewhere (E8)' };
    return found.pages === 0 ? { outcome: 'notTried', why: 'the delta did not show a new series within a minute' } : judged(true, `${found.pages} pages for ${OCCURRENCES} occurrences, ${PAGE} to a page`);
  },
};

export const links: Fact<ProbedMailbox> = {
  line: 'E8',
  says: "links in answers of Graph name the mailbox as it was asked for, as /users/<id>/… or users('<id>')/…, below /v1.0",
  either: { holds: 'they are followed byte for byte', otherwise: 'they are not followed, so that no round comes to its end: report it' },
  async try(mailbox) {
    const found = await longRound(mailbox);
    if (found instanceof OddRound) return found.odd === 'foreign' ? judged(false, 'a link leads elsewhere') : { outcome: 'notTried', why: 'the round runs in a circle (G10)' };
    return found.pages < 2 ? { outcome: 'notTried', why: 'all came on one page, so that there was no link to follow' } : judged(true, `${found.pages} pages were followed`);
  },
};

export const refusedLink: Fact<ProbedMailbox> = {
  line: 'G12',
  says: 'a link that is worth nothing is refused with 400 or 410',
  either: { holds: 'the listing begins anew', otherwise: 'the mailbox waits and is tried again later: report it' },
  async try(mailbox) {
    const { link } = await firstRound(mailbox);
    const answer = await mailbox.ask(spoiled(link));
    return judged(answer.status === 400 || answer.status === 410, said(answer));
  },
};

const SPOILT = 12;

/** The last letters and digits of the token are others; what is encoded stays an address. */
function spoiled(link: string): string {
  const pieces = link.match(/%[0-9A-Fa-f]{2}|[^]/g) ?? [];
  const plain = pieces.flatMap((piece, index) => (/^[A-Za-z0-9]$/.test(piece) ? [index] : [])).slice(-SPOILT);
  for (const index of plain) pieces[index] = pieces[index] === 'A' ? 'B' : 'A';
  return pieces.join('');
}

export const leftWindow: Fact<ProbedMailbox> = {
  line: 'G13',
  says: '@removed also stands for events that only left the window',
  either: { holds: 'a removed id is read before anything follows from it', otherwise: 'the same; it is read without need' },
  async try(mailbox) {
    const { id } = await mailbox.create();
    const { link } = await firstRound(mailbox);
    const start = mailbox.ahead(200);
    await mailbox.patched(id, { start: utc(start), end: utc(start + day / 24) });
    const told = await toldWithin(mailbox, link, PATIENCE_MS, (rows) => rows.find((row) => textOf(row, 'id') === id && (member(row, '@removed') !== undefined || textOf(member(row, 'start'), 'dateTime').slice(0, 10) === toIso(start).slice(0, 10))) ?? null);
    if (told === null) return { outcome: 'notTried', why: 'the delta told nothing of it within a minute' };
    const isRemoved = member(told.value, '@removed') !== undefined;
    return judged(isRemoved, isRemoved ? 'told as @removed' : 'told as changed');
  },
};
