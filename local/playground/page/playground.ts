import { activityPanel, type ConnectorState } from './activity-panel.ts';
import type { AppointmentContent, DayRange, Shown, SideName } from './appointment.ts';
import { counterpartOf, look, noteEdit, NOTHING_SEEN, type BothSides, type Transit, type Watch } from './arrivals.ts';
import { calendarPane, type CalendarPane } from './calendar-pane.ts';
import { connectorClient, type JournalEntry } from './connector.ts';
import { crmCalendar } from './crm.ts';
import { requestForNew, requestForOne, type Owner } from './dialog-requests.ts';
import { editor } from './editor.ts';
import { edits, type Sides } from './edits.ts';
import { element } from './elements.ts';
import { guardPanel } from './guard-panel.ts';
import { guardsClient, type HeldItem } from './guards.ts';
import type { Send } from './http.ts';
import { outagePanel } from './outage-panel.ts';
import { outages } from './outages.ts';
import { outlookCalendar } from './outlook.ts';
import type { Address } from './people.ts';
import { nextStart, wallAt } from './wall-time.ts';
import { whenBar } from './when-bar.ts';

export interface PageSettings {
  readonly tenantId: string;
  readonly timeZone: string;
  readonly hasConnector: boolean;
  readonly employees: readonly (Owner & { readonly id: string; readonly name: string; readonly rep: number })[];
}

export interface Surroundings {
  readonly send: Send;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly after: (ms: number, run: () => void) => void;
}

/** Both systems and the connector. */
const LOOK_EVERY_MS = 1_500;
const SIDES = ['outlook', 'crm'] as const;
/** Nobody in either system knows this address. */
const STRANGER = 'lena.vogt@outside.example.com';

/** Wires the page: two calendars, one dialog, and looks at both sides until the page is closed. */
export function startPlayground(settings: PageSettings, { send, now, after }: Surroundings): void {
  const { timeZone, employees } = settings;
  const wallNow = (): string => wallAt(now(), timeZone);
  const activity = activityPanel(timeZone);
  const connector = settings.hasConnector ? connectorClient(send, settings.tenantId) : null;
  const notice = element('notice', HTMLElement);
  const person = element('person', HTMLSelectElement);
  const dialog = editor();

  const colleagues = new Set(employees.map(({ mail }) => mail.toLowerCase()));
  let sides: Sides;
  let owner = employees[0];
  /** Suggested where somebody is invited. */
  let known: readonly Address[] = [];
  let watch: Watch = NOTHING_SEEN;
  let shown: BothSides = { outlook: [], crm: [] };
  /** Answers to questions that were asked before an edit, a switch or a step in time are thrown away. */
  let epoch = 0;
  let isDragging = false;
  /** By pair id and by either side's item id, of all that was ever shown: the journal goes on about what is gone or out of sight. */
  const subjects = new Map<string, string>();

  const say = (sentence: string): void => {
    if (notice.textContent !== sentence) notice.textContent = sentence;
    notice.hidden = sentence === '';
  };
  const sentenceOf = (trouble: unknown): string => (trouble instanceof Error ? trouble.message : 'Something went wrong that the page cannot name.');

  const edit = async (side: SideName, work: () => Promise<string>, transit: Pick<Transit, 'what' | 'subject'>, needsTransit: boolean): Promise<void> => {
    const id = await work();
    epoch += 1;
    if (needsTransit) watch = noteEdit(watch, side, id, { ...transit, since: now() });
    await lookNow();
  };
  const does = edits({ sides: () => sides, watch: () => watch, edit });
  const openNew = (side: SideName, times: Partial<AppointmentContent> = {}, sender: string | null = null): void => {
    const { from, to } = panes[side].range();
    dialog.open({ ...requestForNew(side, nextStart(wallNow(), from, to), times, known, sender), carryOut: sender === null ? does.carryOut(side, null) : does.receive });
  };
  const openOne = (side: SideName, item: Shown): void => {
    const other = settings.hasConnector ? counterpartOf(watch, shown, side, item.id) : undefined;
    if (owner !== undefined) dialog.open({ ...requestForOne(side, item, other, owner, colleagues, known), carryOut: does.carryOut(side, item) });
  };

  const bar = whenBar(wallNow().slice(0, 10), (view, date) => {
    for (const side of SIDES) panes[side].goTo(view, date);
    restart(false);
  });
  const paneOf = (side: SideName): CalendarPane =>
    calendarPane(element(`${side}-calendar`, HTMLElement), side, { view: bar.view(), date: bar.date(), wallNow }, {
      onPick: (item) => openOne(side, item),
      onTimes: (times) => openNew(side, times),
      onMove: async (item, times) => {
        try {
          await does.save(side, item, { ...item, ...times });
        } catch (trouble) {
          say(sentenceOf(trouble));
          throw trouble;
        }
      },
      onDrag: (dragging) => (isDragging = dragging),
    });
  const panes: Readonly<Record<SideName, CalendarPane>> = { outlook: paneOf('outlook'), crm: paneOf('crm') };
  for (const side of SIDES) element(`${side}-new`, HTMLButtonElement).addEventListener('click', () => openNew(side));
  element('outlook-receive', HTMLButtonElement).addEventListener('click', () => openNew('outlook', {}, STRANGER));

  const draw = (standings: ReturnType<typeof look>['standings']): void => {
    // Redrawing under the mouse would drop what it holds.
    if (!isDragging) for (const side of SIDES) panes[side].show(shown[side], standings);
    for (const side of SIDES) {
      const count = shown[side].filter((item) => overlaps(item, panes[side].range())).length;
      element(`${side}-count`, HTMLElement).textContent = count === 1 ? '1 appointment' : `${count} appointments`;
    }
  };
  async function lookNow(): Promise<void> {
    const asked = epoch;
    const range = panes.outlook.range();
    const [outlook, crm] = await Promise.all([sides.outlook.list(range), sides.crm.list(range)]);
    if (asked !== epoch) return;
    shown = { outlook, crm };
    for (const { madeFor, subject } of [...outlook, ...crm]) if (madeFor !== null) subjects.set(madeFor, subject);
    for (const { id, subject } of [...outlook, ...crm]) subjects.set(id, subject);
    const found = look(watch, shown, now());
    watch = found.watch;
    // Without a connector nothing is on its way to anywhere.
    draw(settings.hasConnector ? found.standings : new Map());
    if (!settings.hasConnector) return;
    activity.arrived(found.arrivals, now());
    activity.underWay(watch.transits.values(), now());
  }
  function restart(isOtherPerson: boolean): void {
    epoch += 1;
    watch = NOTHING_SEEN;
    bar.name(panes.outlook.title());
    if (isOtherPerson) {
      activity.clear();
      // Nobody opens an appointment of the person before.
      shown = { outlook: [], crm: [] };
      draw(new Map());
    }
    void lookNow().then(() => say(''), (trouble: unknown) => say(sentenceOf(trouble)));
  }

  const subjectOf = ({ pairId = '', crm = '' }: JournalEntry): string | null => subjects.get(pairId) ?? subjects.get(crm) ?? null;
  const askConnector = async (): Promise<void> => {
    const mailboxId = person.value;
    if (connector === null) {
      activity.connector({ kind: 'none' }, now());
      return activity.journal(null, 'Without the connector there is no journal.', subjectOf, now());
    }
    const health = await connector.health();
    const [mailbox, entries] = health === null ? [null, null] : await Promise.all([connector.mailbox(mailboxId), connector.journal(mailboxId)]);
    if (mailboxId !== person.value) return;
    const state: ConnectorState = health === null ? { kind: 'silent' } : { kind: 'up', status: health.status, mailbox };
    activity.connector(state, now());
    activity.journal(entries, entries === null ? 'The connector shows no journal.' : 'Nothing yet.', subjectOf, now());
  };
  const subjectHeld = ({ pairId, graphId, crmId }: HeldItem): string | null => subjects.get(graphId ?? '') ?? subjects.get(crmId ?? '') ?? subjects.get(pairId) ?? null;
  // What an administrator rejected is on its way no longer.
  const guards = guardPanel(settings.hasConnector ? guardsClient(send, settings.tenantId) : null, subjectHeld, (verdict) => void (verdict === 'no' && restart(false)));
  const breaking = outagePanel(outages(send), (trouble) => say(sentenceOf(trouble)));

  /** One after the other, for ever; a hidden page asks nobody. */
  const forever = (everyMs: number, work: () => Promise<void>, onTrouble: (trouble: unknown) => void): void => {
    const turn = async (): Promise<void> => {
      try {
        if (!document.hidden) await work();
      } catch (trouble) {
        onTrouble(trouble);
      }
      after(everyMs, () => void turn());
    };
    void turn();
  };

  const begin = (chosen: PageSettings['employees'][number]): void => {
    owner = chosen;
    sides = { outlook: outlookCalendar(send, chosen, colleagues, timeZone), crm: crmCalendar(send, chosen.rep) };
    void sides.crm.people().then((found) => (known = found.filter(({ address }) => address !== owner?.mail)), () => undefined);
  };
  const choose = (): void => {
    const chosen = employees.find(({ id }) => id === person.value) ?? employees[0];
    if (chosen === undefined) return say('There is nobody to show: the playground was started without employees.');
    begin(chosen);
    restart(true);
    void askConnector();
  };
  person.replaceChildren(...employees.map(({ id, name }) => new Option(name, id)));
  person.addEventListener('change', choose);
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-part]')) button.addEventListener('click', () => showPart(button.dataset['part'] ?? 'outlook'));
  showPart('outlook');
  document.body.classList.toggle('alone', !settings.hasConnector);
  if (employees.length === 0) return choose();
  choose();
  forever(LOOK_EVERY_MS, async () => { await lookNow(); say(''); }, (trouble) => say(sentenceOf(trouble))); // prettier-ignore
  forever(LOOK_EVERY_MS, async () => { await askConnector(); await guards.refresh(person.value); await breaking.refresh(); }, () => undefined); // prettier-ignore
}

function overlaps({ start, end }: AppointmentContent, { from, to }: DayRange): boolean {
  return start.slice(0, 10) < to && end.slice(0, 10) >= from;
}

/** On a narrow screen one part is shown at a time; a wide one shows all and has no buttons for it. */
function showPart(part: string): void {
  document.body.dataset['part'] = part;
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-part]')) button.setAttribute('aria-pressed', String(button.dataset['part'] === part));
}

