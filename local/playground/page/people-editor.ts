import { element, make } from './elements.ts';
import { addressIn, answerWords, nameOf, ROLES, type Address, type Invited, type Role } from './people.ts';

/** Who takes part, in the dialog: the list, and a line to add somebody. */
export interface PeopleEditor {
  fill(people: PeopleShown): void;
  /** Adds what is still being typed; a sentence where that is no address. */
  finish(): string | null;
  read(): readonly Invited[];
}

export interface PeopleShown {
  readonly invited: readonly Invited[];
  /** In words; '' = nobody is named. */
  readonly organizer: string;
  readonly mayEdit: boolean;
  readonly roles: readonly Role[];
  /** Suggested while somebody types. */
  readonly known: readonly Address[];
}

const ROLE_WORDS: Readonly<Record<Role, string>> = { required: 'Required', optional: 'Optional', informational: 'For information', resource: 'Room or resource' };

export function peopleEditor(): PeopleEditor {
  const list = element('people-list', HTMLElement);
  const nobody = element('people-nobody', HTMLElement);
  const organizerLine = element('people-organizer', HTMLElement);
  const adding = element('people-add', HTMLElement);
  const address = element('people-address', HTMLInputElement);
  const role = element('people-role', HTMLSelectElement);
  const add = element('people-add-button', HTMLButtonElement);
  const problem = element('people-problem', HTMLElement);
  const suggestions = element('people-known', HTMLDataListElement);
  let people: readonly Invited[] = [];
  let shown: PeopleShown | null = null;

  const tell = (sentence: string | null): void => {
    problem.textContent = sentence ?? '';
    problem.hidden = sentence === null;
  };
  const draw = (): void => {
    nobody.hidden = people.length > 0;
    list.replaceChildren(...people.map(lineOf));
  };
  function lineOf(person: Invited): HTMLElement {
    const answer = make('span', `answer ${person.answer ?? 'open'}`, answerWords(person.answer));
    const line = make('li', 'invited', make('span', 'invited-name', nameOf(person), make('small', '', person.address === nameOf(person) ? '' : person.address)), make('span', 'invited-role', ROLE_WORDS[person.role]), answer);
    if (shown?.mayEdit !== true) return line;
    const remove = document.createElement('button');
    remove.type = 'button';
    remove.className = 'icon';
    remove.textContent = '×';
    remove.setAttribute('aria-label', `Remove ${nameOf(person)}`);
    remove.addEventListener('click', () => {
      people = people.filter((one) => one !== person);
      draw();
      address.focus();
    });
    line.append(remove);
    return line;
  }
  const finish = (): string | null => {
    const typed = address.value.trim();
    if (typed === '') return null;
    const found = addressIn(typed);
    if (found === null) return `“${typed}” is no e-mail address.`;
    if (people.some((one) => one.address === found)) return `${found} takes part already.`;
    const name = shown?.known.find((one) => one.address === found)?.name ?? '';
    people = [...people, { key: null, name, address: found, role: ROLES.find((one) => one === role.value) ?? 'required', answer: null }];
    address.value = '';
    draw();
    return null;
  };
  const addOne = (): void => {
    tell(finish());
    address.focus();
  };
  add.addEventListener('click', addOne);
  address.addEventListener('keydown', (event) => {
    // Enter would save the appointment.
    if (event.key !== 'Enter' || address.value.trim() === '') return;
    event.preventDefault();
    addOne();
  });

  return {
    fill(given) {
      shown = given;
      people = given.invited;
      organizerLine.textContent = given.organizer;
      organizerLine.hidden = given.organizer === '';
      adding.hidden = !given.mayEdit;
      address.value = '';
      role.replaceChildren(...given.roles.map((one) => new Option(ROLE_WORDS[one], one)));
      suggestions.replaceChildren(...given.known.map(({ name, address: mail }) => new Option(name, mail)));
      tell(null);
      draw();
    },
    finish,
    read: () => people,
  };
}
