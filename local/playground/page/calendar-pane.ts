import { Calendar, type EventApi, type EventInput } from 'fullcalendar';
import dayGrid from 'fullcalendar/daygrid';
import interaction from 'fullcalendar/interaction';
import forma from 'fullcalendar/themes/forma';
import timeGrid from 'fullcalendar/timegrid';
import type { AppointmentContent, DayRange, Shown, SideName } from './appointment.ts';
import { keyOf, type Standing } from './arrivals.ts';
import { answerWords, personWords } from './people.ts';
import { addDays, addMinutes } from './wall-time.ts';

export type ViewName = 'timeGridDay' | 'workWeek' | 'timeGridWeek' | 'dayGridMonth';

type Times = Pick<AppointmentContent, 'allDay' | 'start' | 'end'>;

export interface PaneEvents {
  readonly onPick: (item: Shown) => void;
  readonly onTimes: (times: Times) => void;
  /** Rejects where the side refused; the appointment then goes back to where it was. */
  readonly onMove: (item: Shown, times: Times) => Promise<void>;
  readonly onDrag: (isDragging: boolean) => void;
}

export interface CalendarPane {
  show(items: readonly Shown[], standings: ReadonlyMap<string, Standing>): void;
  goTo(view: ViewName, date: string): void;
  range(): DayRange;
  title(): string;
}

/** A column of a week is too narrow for the time; the place on the axis and the label say it. */
const WEEK = { displayEventTime: false, titleFormat: { year: 'numeric', month: 'long', day: 'numeric' } } as const;
const STANDING_WORDS: Readonly<Record<Standing, string>> = { inStep: 'in step', onItsWay: 'on its way', here: 'only here' };

/**
 * One side's calendar. It is drawn on the clock `UTC` and fed with readings of the house's clock, so neither the browser's zone nor a change of the
 * clock moves anything.
 */
export function calendarPane(box: HTMLElement, side: SideName, start: { readonly view: ViewName; readonly date: string; readonly wallNow: () => string }, events: PaneEvents): CalendarPane {
  /** What the calendar holds, by id: only what changed is drawn anew, so that the keyboard keeps its place. */
  const drawn = new Map<string, string>();
  const known = new Map<string, Shown>();
  const elements = new Map<string, HTMLElement>();
  let focused: string | null = null;
  const calendar = new Calendar(box, {
    plugins: [dayGrid, timeGrid, interaction, forma],
    views: { workWeek: { type: 'timeGridWeek', weekends: false, ...WEEK }, timeGridWeek: WEEK },
    initialView: start.view,
    initialDate: start.date,
    timeZone: 'UTC',
    now: () => `${start.wallNow()}:00Z`,
    headerToolbar: false,
    height: '100%',
    locale: 'en-gb',
    firstDay: 1,
    nowIndicator: true,
    scrollTime: '07:00',
    slotDuration: '00:30',
    snapDuration: '00:15',
    slotMinHeight: 24,
    forceEventDuration: true,
    allDayMaintainDuration: true,
    dayMaxEvents: true,
    editable: true,
    selectable: true,
    selectMirror: true,
    eventResizableFromStart: true,
    eventInteractive: true,
    eventTimeFormat: { hour: '2-digit', minute: '2-digit', hour12: false },
    slotHeaderFormat: { hour: '2-digit', minute: '2-digit', hour12: false },
    dayHeaderFormat: { weekday: 'short', day: 'numeric' },
    columnEventTitleClass: ({ isShort }) => (isShort ? 'appointment-line' : 'appointment-title'),
    eventDidMount: ({ el, event }) => mounted(el, event),
    eventClick: ({ event, jsEvent }) => {
      jsEvent.preventDefault();
      const item = known.get(event.id);
      if (item !== undefined) events.onPick(item);
    },
    select: ({ startStr, endStr, allDay }) => {
      events.onTimes(timesOf(startStr, endStr, allDay));
      calendar.unselect();
    },
    eventDragStart: () => events.onDrag(true),
    eventDragStop: () => events.onDrag(false),
    eventResizeStart: () => events.onDrag(true),
    eventResizeStop: () => events.onDrag(false),
    eventDrop: ({ event, revert }) => moved(event, revert),
    eventResize: ({ event, revert }) => moved(event, revert),
  });

  function moved(event: EventApi, revert: () => void): void {
    const item = known.get(event.id);
    if (item === undefined) return revert();
    drawn.delete(item.id);
    events.onMove(item, timesOf(event.startStr, event.endStr, event.allDay)).catch(revert);
  }

  function mounted(element: HTMLElement, event: EventApi): void {
    const { label } = event.extendedProps as { label?: string };
    if (label !== undefined) element.title = label;
    elements.set(event.id, element);
    if (focused !== event.id) return;
    focused = null;
    element.focus();
  }

  calendar.render();
  return {
    show(items, standings) {
      const inputs = items.map((item) => inputOf(item, standings.get(keyOf(side, item.id)) ?? 'here'));
      known.clear();
      for (const item of items) known.set(item.id, item);
      const stale = inputs.filter((input) => drawn.get(input.id ?? '') !== JSON.stringify(input));
      const gone = [...drawn.keys()].filter((id) => !known.has(id));
      if (stale.length + gone.length === 0) return;
      focused = stale.find(({ id = '' }) => elements.get(id)?.contains(document.activeElement) === true)?.id ?? null;
      calendar.batchRendering(() => {
        for (const id of [...gone, ...stale.map((input) => input.id ?? '')]) {
          calendar.getEventById(id)?.remove();
          drawn.delete(id);
          elements.delete(id);
        }
        for (const input of stale) {
          calendar.addEvent(input);
          drawn.set(input.id ?? '', JSON.stringify(input));
        }
      });
    },
    goTo(view, date) {
      calendar.changeView(view, date);
    },
    range: () => ({ from: calendar.view.activeStart.toISOString().slice(0, 10), to: calendar.view.activeEnd.toISOString().slice(0, 10) }),
    title: () => calendar.view.title,
  };
}

function inputOf(item: Shown, standing: Standing): EventInput {
  const { id, subject, place, allDay, start, end, showAs, traits, looks, invited, own } = item;
  const when = allDay ? 'all day' : `${start.slice(11)} to ${end.slice(11)}`;
  const people = invited.length === 0 ? '' : `with ${invited.map(personWords).join(', ')}`;
  const answer = own === null ? '' : `your answer: ${answerWords(own.answer)}`;
  const label = [subject === '' ? 'Without a subject' : subject, when, place, ...traits, people, answer, STANDING_WORDS[standing]].filter((part) => part !== '').join(', ');
  return {
    id,
    title: `${subject === '' ? '(no subject)' : subject}${place === '' ? '' : ` · ${place}`}`,
    allDay,
    start: allDay ? start : `${start}:00Z`,
    end: allDay ? addDays(end, 1) : `${end}:00Z`,
    className: ['appointment', standing, `shows-${showAs}`, ...looks].join(' '),
    extendedProps: { label },
  };
}

/** FullCalendar's end of whole days is the day after the last. */
function timesOf(start: string, end: string, allDay: boolean): Times {
  if (allDay) return { allDay, start: start.slice(0, 10), end: addDays(end.slice(0, 10), -1) };
  const from = start.slice(0, 16);
  return { allDay, start: from, end: end === '' ? addMinutes(from, 30) : end.slice(0, 16) };
}
