import { element, make } from './elements.ts';
import { OUTAGES, type OutageName, type Outages } from './outages.ts';

export interface OutagePanel {
  refresh(): Promise<void>;
}

/** Buttons that break something and one that heals it. The simulators say what is broken; the page only asks. */
export function outagePanel(outages: Outages, onTrouble: (trouble: unknown) => void): OutagePanel {
  const list = element('outages', HTMLElement);
  const explanation = element('outage-explanation', HTMLElement);
  const heal = element('heal', HTMLButtonElement);
  const buttons = new Map<OutageName, HTMLButtonElement>();
  const show = (active: ReadonlySet<OutageName>): void => {
    for (const [name, button] of buttons) button.setAttribute('aria-pressed', String(active.has(name)));
    heal.disabled = active.size === 0;
    document.body.classList.toggle('broken', active.size > 0);
  };
  const refresh = async (): Promise<void> => show(await outages.active());
  const run = (work: () => Promise<void>): void => void work().then(refresh).catch(onTrouble);
  for (const { name, title, explains } of OUTAGES) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'outage';
    button.setAttribute('aria-pressed', 'false');
    const note = make('span', 'hidden', explains);
    note.id = `outage-${name}`;
    button.append(title);
    button.setAttribute('aria-describedby', note.id);
    for (const event of ['focus', 'pointerenter']) button.addEventListener(event, () => (explanation.textContent = explains));
    // A fault cannot be taken back alone at Graph, so a second press heals everything.
    button.addEventListener('click', () => run(() => (button.getAttribute('aria-pressed') === 'true' ? outages.endAll() : outages.begin(name))));
    buttons.set(name, button);
    list.append(make('li', '', button, note));
  }
  heal.addEventListener('click', () => run(() => outages.endAll()));
  return { refresh };
}
