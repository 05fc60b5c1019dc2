import { GRAPH_PROBE_MARK } from '../../config/names.ts';
import type { TenantRules } from '../../config/rules.ts';
import { day, hour, toIso, type Instant } from '../../model/time/instant.ts';
import { userPath, withQuery } from '../../graph/query.ts';
import type { Clock } from '../../sync/ports.ts';
import { CannotTry, PROBE_TITLE, within } from '../fact.ts';
import type { Guest } from './guest.ts';
import type { Hook } from './subscriptions.ts';
import { rowsIn, said, textOf, type GraphAnswer, type GraphWay } from './way.ts';

const PROBE_KEY = 'probe-';
const LIST_PAGES = 40;
/** So long a reading may be behind, before a step is taken for not done. */
export const PATIENCE_MS = 60_000;

export interface MadeEvent {
  readonly id: string;
  readonly etag: string;
  readonly key: string;
  readonly mark: string;
  readonly iCalUId: string;
  readonly json: unknown;
}

export interface MailboxOptions {
  readonly mailboxId: string;
  /** Of this run: keys of one run never meet those of another. */
  readonly run: string;
  readonly ask: GraphWay;
  readonly clock: Clock;
  readonly rules: TenantRules;
  readonly signal: AbortSignal;
  /** Whom meetings may invite, or why there is nobody. */
  readonly guest: Guest | string;
  /** Where Graph can reach a webhook of ours, or null. */
  readonly hook: Hook | null;
  /** What the token says of its permissions; null where it tells nothing. */
  readonly roles: readonly string[] | null;
}

/** The disposable mailbox: what is made in it is marked, and goes again. */
export class ProbedMailbox {
  readonly options: MailboxOptions;
  readonly ask: GraphWay;
  readonly clock: Clock;
  readonly rules: TenantRules;
  readonly mailboxId: string;
  private readonly made = new Set<string>();
  private count = 0;

  constructor(options: MailboxOptions) {
    this.options = options;
    this.ask = options.ask;
    this.clock = options.clock;
    this.rules = options.rules;
    this.mailboxId = options.mailboxId;
  }

  path(...rest: readonly string[]): string {
    return userPath(this.mailboxId, ...rest);
  }

  /** A body for a new event with subject, time, key and mark of its own, a month ahead, an hour of its own each. */
  body(more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> & { readonly transactionId: string; readonly mark: string } {
    this.count += 1;
    const start = this.ahead(30) + this.count * hour;
    const mark = `${this.options.run}-${this.count}`;
    return {
      subject: `${PROBE_TITLE} ${mark}`,
      start: utc(start),
      end: utc(start + hour),
      isReminderOn: false,
      transactionId: `${PROBE_KEY}${mark}`,
      ...more,
      mark,
    };
  }

  async post(body: ReturnType<ProbedMailbox['body']>): Promise<GraphAnswer> {
    const { mark, ...event } = body;
    const own: unknown = event['singleValueExtendedProperties'];
    const properties = [{ id: GRAPH_PROBE_MARK, value: mark }, ...(Array.isArray(own) ? (own as readonly unknown[]) : [])];
    const answer = await this.ask(this.path('events'), { method: 'POST', body: { ...event, singleValueExtendedProperties: properties } });
    const id = textOf(answer.json, 'id');
    if (answer.status < 300 && id !== '') this.made.add(id);
    return answer;
  }

  async create(more: Readonly<Record<string, unknown>> = {}): Promise<MadeEvent> {
    const body = this.body(more);
    const answer = await this.post(body);
    if (answer.status !== 201) throw new CannotTry(`an event could not be made (${said(answer)})`);
    return { id: textOf(answer.json, 'id'), etag: textOf(answer.json, '@odata.etag'), key: body.transactionId, mark: body.mark, iCalUId: textOf(answer.json, 'iCalUId'), json: answer.json };
  }

  patch(id: string, body: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}): Promise<GraphAnswer> {
    return this.ask(this.path('events', id), { method: 'PATCH', body, headers });
  }

  async patched(id: string, body: Readonly<Record<string, unknown>>): Promise<GraphAnswer> {
    const answer = await this.patch(id, body);
    if (answer.status !== 200) throw new CannotTry(`an event could not be changed (${said(answer)})`);
    return answer;
  }

  read(id: string, options: Readonly<Record<string, string | number>> = {}, prefer: readonly string[] = []): Promise<GraphAnswer> {
    return this.ask(withQuery(this.path('events', id), options), { prefer });
  }

  remove(id: string, headers: Readonly<Record<string, string>> = {}): Promise<GraphAnswer> {
    return this.ask(this.path('events', id), { method: 'DELETE', headers });
  }

  async removed(id: string): Promise<void> {
    const answer = await this.remove(id);
    if (answer.status !== 204) throw new CannotTry(`an event could not be deleted (${said(answer)})`);
  }

  async list(where: string): Promise<readonly unknown[]> {
    const answer = await this.ask(where);
    if (answer.status !== 200) throw new CannotTry(`a list could not be read (${said(answer)})`);
    return rowsIn(answer);
  }

  within<T>(longestMs: number, ask: () => Promise<T | null>): Promise<{ readonly value: T; readonly afterMs: number } | null> {
    return within(this.clock, longestMs, ask, this.options.signal);
  }

  /** Midnight of UTC so many days from today. */
  ahead(days: number): Instant {
    return Math.floor(this.clock.now() / day) * day + days * day;
  }

  guest(): Guest {
    const { guest } = this.options;
    if (typeof guest === 'string') throw new CannotTry(guest);
    return guest;
  }

  /** Every event of the default calendar, whether the probe made it, and where there are more than so many others an end. */
  async everything(most: number, ask: GraphWay = this.ask): Promise<{ readonly ours: readonly string[]; readonly others: number }> {
    const ours: string[] = [];
    let others = 0;
    let next: string | null = withQuery(this.path('events'), { $select: 'id,subject,transactionId', $top: 100 });
    for (let page = 0; page < LIST_PAGES && next !== null && others <= most; page += 1) {
      const answer: GraphAnswer = await ask(next);
      if (answer.status !== 200) throw new CannotTry(`the events of the mailbox cannot be listed (${said(answer)})`);
      for (const row of rowsIn(answer)) {
        // Both: a person may have such a subject, or an app such a key.
        if (textOf(row, 'subject').startsWith(PROBE_TITLE) && textOf(row, 'transactionId').startsWith(PROBE_KEY)) ours.push(textOf(row, 'id'));
        else others += 1;
      }
      const link = textOf(answer.json, '@odata.nextLink');
      next = link === '' ? null : link;
    }
    return { ours, others };
  }

  /** Removes what this run and earlier ones made, by a way that goes on after an interruption. How many there were, and how many stay. */
  async cleanUp(ask: GraphWay): Promise<{ readonly removed: number; readonly left: number }> {
    const { ours } = await this.everything(Number.POSITIVE_INFINITY, ask);
    let [removed, left] = [0, 0];
    for (const id of new Set([...ours, ...this.made])) {
      const { status } = await ask(this.path('events', id), { method: 'DELETE' });
      if (status === 204) removed += 1;
      // Gone before, or asked for in Deleted Items (graph.md 12.16).
      else if (status !== 404 && !(status === 403 && !ours.includes(id))) left += 1;
    }
    this.made.clear();
    return { removed, left };
  }
}

export function utc(instant: Instant): { readonly dateTime: string; readonly timeZone: string } {
  return { dateTime: toIso(instant).replace(/(\.\d+)?Z$/, ''), timeZone: 'UTC' };
}
