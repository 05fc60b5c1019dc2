import type { ViewName } from './calendar-pane.ts';
import { element } from './elements.ts';
import { addDays } from './wall-time.ts';

/** The dates that both calendars show. */
export interface WhenBar {
  view(): ViewName;
  date(): string;
  name(title: string): void;
}

const NARROW = '(max-width: 759px)';

export function whenBar(today: string, onChange: (view: ViewName, date: string) => void): WhenBar {
  const select = element('view', HTMLSelectElement);
  select.value = window.matchMedia(NARROW).matches ? 'timeGridDay' : 'workWeek';
  const view = (): ViewName => select.value as ViewName;
  let date = nearest(today, view());
  const goTo = (next: string): void => {
    date = next;
    onChange(view(), date);
  };
  element('today', HTMLButtonElement).addEventListener('click', () => goTo(nearest(today, view())));
  element('previous', HTMLButtonElement).addEventListener('click', () => goTo(step(view(), date, -1)));
  element('next', HTMLButtonElement).addEventListener('click', () => goTo(step(view(), date, 1)));
  select.addEventListener('change', () => goTo(date));
  return { view, date: () => date, name: (title) => (element('title', HTMLElement).textContent = title) };
}

/** On a weekend the work week that comes is nearer than the one that is over. */
function nearest(today: string, view: ViewName): string {
  const day = new Date(`${today}T00:00:00Z`).getUTCDay();
  if (view !== 'workWeek' || (day !== 0 && day !== 6)) return today;
  return addDays(today, day === 6 ? 2 : 1);
}

function step(view: ViewName, date: string, by: 1 | -1): string {
  if (view === 'timeGridDay') return addDays(date, by);
  if (view !== 'dayGridMonth') return addDays(date, 7 * by);
  const first = new Date(`${date.slice(0, 7)}-01T00:00:00Z`);
  first.setUTCMonth(first.getUTCMonth() + by);
  return first.toISOString().slice(0, 10);
}
