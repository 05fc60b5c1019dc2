import type { SideName } from './appointment.ts';
import type { Arrival, Transit } from './arrivals.ts';
import { instantOf, type JournalEntry, type MailboxState } from './connector.ts';
import { element, make } from './elements.ts';
import { tell } from './journal-words.ts';
import { readable, wallAt } from './wall-time.ts';

/** What is under way, what arrived, what the connector says it did. */
export interface ActivityPanel {
  underWay(transits: Iterable<Transit>, now: number): void;
  arrived(arrivals: readonly Arrival[], at: number): void;
  /** `entries` null: there is no journal to show, and `why` says so. */
  journal(entries: readonly JournalEntry[] | null, why: string, subjectOf: (entry: JournalEntry) => string | null, now: number): void;
  connector(state: ConnectorState, now: number): void;
  /** Another person's page begins. */
  clear(): void;
}

export type ConnectorState = { readonly kind: 'none' } | { readonly kind: 'silent' } | { readonly kind: 'up'; readonly status: string; readonly mailbox: MailboxState | null };

const OTHER: Readonly<Record<SideName, string>> = { outlook: 'CRM', crm: 'Outlook' };
const OWN: Readonly<Record<SideName, string>> = { outlook: 'Outlook', crm: 'CRM' };
const WHAT: Readonly<Record<Transit['what'], string>> = { new: 'new', change: 'changed', deletion: 'deleted' };
const KEPT_ARRIVALS = 5;

const STATES: Readonly<Record<string, readonly [words: string, tone: 'good' | 'busy' | 'bad']>> = {
  ok: ['In step', 'good'],
  new: ['Joining', 'busy'],
  waiting: ['Waiting', 'busy'],
  parked: ['Parked', 'bad'],
  stopped: ['Stopped', 'bad'],
  guard: ['Asks', 'busy'],
};

export function activityPanel(timeZone: string): ActivityPanel {
  const way = element('under-way', HTMLElement);
  const done = element('arrived', HTMLElement);
  const quiet = element('nothing-under-way', HTMLElement);
  const journalList = element('journal', HTMLElement);
  const journalNote = element('journal-note', HTMLElement);
  const badge = element('connector', HTMLElement);
  const reason = element('connector-reason', HTMLElement);
  let told = '';
  const clockAt = (instant: number): string => new Date(instant).toLocaleTimeString('en-GB', { timeZone });
  const isToday = (instant: number, now: number): boolean => wallAt(instant, timeZone).slice(0, 10) === wallAt(now, timeZone).slice(0, 10);
  const showQuiet = (): void => {
    quiet.hidden = way.childElementCount + done.childElementCount > 0;
  };
  return {
    underWay(transits, now) {
      way.replaceChildren(
        ...[...transits].map(({ from, what, subject, since }) =>
          make('li', 'transit', make('span', 'pulse'), make('span', 'transit-text', make('strong', '', subject === '' ? 'An appointment' : subject), ` ${WHAT[what]} in ${OWN[from]}, on its way to ${from === 'crm' ? 'Outlook' : 'the CRM'}`), make('span', 'seconds', `${Math.max(0, Math.round((now - since) / 1_000))} s`)),
        ),
      );
      showQuiet();
    },
    arrived(arrivals, at) {
      for (const { from, what, subject, tookMs } of arrivals) {
        const words = ` ${what === 'deletion' ? 'is gone from' : 'arrived in'} ${from === 'outlook' ? 'the CRM' : OTHER[from]}`;
        done.prepend(make('li', 'arrival', make('span', 'tick', '✓'), make('span', 'transit-text', make('strong', '', subject === '' ? 'An appointment' : subject), words), withTitle(make('span', 'seconds', `after ${(tookMs / 1_000).toFixed(1)} s`), `at ${clockAt(at)}`)));
      }
      while (done.childElementCount > KEPT_ARRIVALS) done.lastElementChild?.remove();
      showQuiet();
    },
    journal(entries, why, subjectOf, now) {
      const lines = (entries ?? []).map((entry) => ({ entry, ...tell(entry, subjectOf(entry)) }));
      const asText = JSON.stringify([why, lines]);
      if (asText === told) return;
      told = asText;
      journalNote.textContent = lines.length === 0 ? why : '';
      journalNote.hidden = lines.length > 0;
      journalList.replaceChildren(
        ...lines.map(({ entry, title, why: because, tone }) => {
          const at = instantOf(entry.at);
          return make('li', `entry ${tone}`, make('span', 'entry-title', title), make('span', 'entry-why', because), make('time', '', at === null ? '' : `${isToday(at, now) ? '' : `${readable(wallAt(at, timeZone).slice(0, 10))}, `}${clockAt(at)}`));
        }),
      );
    },
    connector(state, now) {
      const [words, tone, sentence] = badgeOf(state, now, clockAt);
      badge.className = `badge ${tone}`;
      if (badge.textContent !== words) badge.textContent = words;
      if (reason.textContent !== sentence) reason.textContent = sentence;
      reason.hidden = sentence === '';
    },
    clear() {
      done.replaceChildren();
      way.replaceChildren();
      showQuiet();
    },
  };
}

function withTitle(made: HTMLElement, title: string): HTMLElement {
  made.title = title;
  return made;
}

function badgeOf(state: ConnectorState, now: number, clockAt: (instant: number) => string): readonly [string, string, string] {
  if (state.kind === 'none') return ['No connector', 'idle', 'The page runs without the connector: both calendars work, nothing is carried over.'];
  if (state.kind === 'silent') return ['Connector away', 'bad', 'The connector does not answer: both calendars work, nothing is carried over.'];
  const { mailbox } = state;
  if (mailbox === null) return state.status === 'ok' ? ['Connector up', 'good', ''] : ['Connector unwell', 'busy', `The connector says of itself: ${state.status}.`];
  const [words, tone] = STATES[mailbox.state] ?? [mailbox.state, 'busy'];
  const last = instantOf(mailbox.lastPassAt);
  const next = instantOf(mailbox.nextAt);
  // Its own reason names the routes that the page has buttons for.
  const why = mailbox.state === 'guard' ? 'A guard holds something until an administrator answers; everything else goes on.' : (mailbox.reason ?? '');
  const sentences = [why, next !== null && next > now ? `Next try at ${clockAt(next)}.` : '', last === null || mailbox.state === 'ok' ? '' : `Last pass at ${clockAt(last)}.`];
  return [words, tone, sentences.filter((part) => part !== '').join(' ')];
}
