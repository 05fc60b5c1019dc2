import { toIso } from '../../model/time/instant.ts';
import { withQuery } from '../../graph/query.ts';
import { PortFailure } from '../../sync/failures.ts';
import { CannotTry } from '../fact.ts';
import type { ProbedMailbox } from './mailbox.ts';
import { rowsIn, said, textOf, type GraphAnswer } from './way.ts';

export interface Round {
  readonly rows: readonly unknown[];
  readonly pages: number;
  readonly link: string;
}

/** The same bound as the connector's own round guard has. */
const MOST_PAGES = 500;
const TOLD_TOO_OFTEN = 3;

/** Why a round has no end, or leads elsewhere. */
export class OddRound extends Error {
  override readonly name = 'OddRound';
  readonly odd: 'circle' | 'foreign';
  constructor(odd: 'circle' | 'foreign') {
    super(odd);
    this.odd = odd;
  }
}

export function firstRound(mailbox: ProbedMailbox, pageSize = 50): Promise<Round> {
  const start = withQuery(mailbox.path('calendarView', 'delta'), { startDateTime: toIso(mailbox.ahead(-1)), endDateTime: toIso(mailbox.ahead(120)) });
  return round(mailbox, start, pageSize);
}

/** One round to its end. Throws CannotTry, or OddRound. */
export async function round(mailbox: ProbedMailbox, start: string, pageSize = 50): Promise<Round> {
  const rows: unknown[] = [];
  const told = new Map<string, number>();
  let next = start;
  for (let pages = 1; pages <= MOST_PAGES; pages += 1) {
    const answer = await followed(mailbox, next, pageSize);
    if (answer.status !== 200) throw new CannotTry(`the delta of the calendar cannot be read (${said(answer)})`);
    const page = rowsIn(answer);
    rows.push(...page);
    const key = page.map((row) => textOf(row, 'id')).join(' ');
    told.set(key, (told.get(key) ?? 0) + 1);
    if (key !== '' && (told.get(key) ?? 0) >= TOLD_TOO_OFTEN) throw new OddRound('circle');
    const link = textOf(answer.json, '@odata.deltaLink');
    if (link !== '') return { rows, pages, link };
    next = textOf(answer.json, '@odata.nextLink');
    if (next === '') throw new CannotTry('a page of the delta has no link');
  }
  throw new OddRound('circle');
}

async function followed(mailbox: ProbedMailbox, where: string, pageSize: number): Promise<GraphAnswer> {
  try {
    return await mailbox.ask(where, { prefer: [`odata.maxpagesize=${pageSize}`] });
  } catch (failure) {
    if (failure instanceof PortFailure && failure.details.code === 'foreignLink') throw new OddRound('foreign');
    throw failure;
  }
}

/** Rounds from there on, until one tells of what is looked for; each goes on behind the one before. */
export async function toldWithin<T>(mailbox: ProbedMailbox, from: string, longestMs: number, find: (rows: readonly unknown[]) => T | null): Promise<{ readonly value: T; readonly afterMs: number } | null> {
  let link = from;
  const all: unknown[] = [];
  return mailbox.within(longestMs, async () => {
    const next = await round(mailbox, link);
    link = next.link;
    all.push(...next.rows);
    return find(all);
  });
}
