import { element, make } from './elements.ts';
import { heldWords, type GuardName, type Guards, type HeldItem, type HeldList, type Verdict } from './guards.ts';

export interface GuardPanel {
  /** Asks for what is held of this person. */
  refresh(mailboxId: string): Promise<void>;
}

const GUARDS = ['deletions', 'mails'] as const;
const HOLDS_NOTHING: Readonly<Record<GuardName, string>> = { deletions: 'No deletion waits.', mails: 'No mail waits.' };

/** What waits for an administrator, and the two answers to each. `answered` is told after one was taken. */
export function guardPanel(guards: Guards | null, subjectOf: (item: HeldItem) => string | null, answered: (verdict: Verdict) => void): GuardPanel {
  const parts = GUARDS.map((guard) => part(guard, subjectOf));
  const answer = async ({ guard, shown, sent, refused }: Part, verdict: Verdict): Promise<void> => {
    const { mailboxId, list } = shown();
    if (guards === null || mailboxId === null || list === null) return;
    sent();
    try {
      if ((await guards.answer(guard, mailboxId, verdict, list.asOf)) === 'given') answered(verdict);
      else refused('It changed meanwhile, and nothing was answered: look again.');
    } catch (trouble) {
      refused(trouble instanceof Error ? trouble.message : 'It could not be answered.');
    }
  };
  for (const one of parts) for (const [verdict, button] of one.buttons) button.addEventListener('click', () => void answer(one, verdict));
  return {
    async refresh(mailboxId) {
      for (const one of parts) one.show(mailboxId, guards === null ? null : await guards.list(one.guard, mailboxId));
    },
  };
}

type Part = ReturnType<typeof part>;

function part(guard: GuardName, subjectOf: (item: HeldItem) => string | null) {
  const note = element(`${guard}-note`, HTMLElement);
  const list = element(`${guard}-held`, HTMLElement);
  const answers = element(`${guard}-answers`, HTMLElement);
  const buttons = new Map<Verdict, HTMLButtonElement>([['yes', element(`${guard}-yes`, HTMLButtonElement)], ['no', element(`${guard}-no`, HTMLButtonElement)]]); // prettier-ignore
  let now: { readonly mailboxId: string | null; readonly list: HeldList | null } = { mailboxId: null, list: null };
  let drawn = '';
  /** What an answer was given to; it is not asked for again while the connector carries it out. */
  let settled: { readonly mailboxId: string | null; readonly asOf: number } | null = null;

  /** Why the last answer was not taken; stands until another list comes. */
  let refusal: { readonly words: string; readonly asOf: number | undefined } | null = null;

  const say = (words: string): void => {
    if (note.textContent !== words) note.textContent = words;
  };
  const draw = (): void => {
    const held = now.list?.held ?? [];
    const isSettled = settled !== null && settled.mailboxId === now.mailboxId && settled.asOf === now.list?.asOf && held.length > 0;
    if (!isSettled) settled = null;
    const canAnswer = held.length > 0 && !isSettled;
    // A button that is disabled or hidden drops the keyboard; Chromium does so with its next frame, so it is taken before.
    if (!canAnswer && answers.contains(document.activeElement)) note.focus();
    for (const button of buttons.values()) button.disabled = !canAnswer;
    answers.hidden = held.length === 0;
    list.hidden = held.length === 0;
    if (refusal?.asOf !== now.list?.asOf) refusal = null;
    say(refusal !== null ? refusal.words : isSettled ? 'Answered; the connector is carrying it out.' : now.list === null ? 'The connector does not tell.' : held.length === 0 ? HOLDS_NOTHING[guard] : `${held.length} ${held.length === 1 ? 'waits' : 'wait'} for an answer.`);
    const lines = held.map((item) => [subjectOf(item) ?? 'An appointment', heldWords(item)] as const);
    if (JSON.stringify(lines) === drawn) return;
    drawn = JSON.stringify(lines);
    list.replaceChildren(...lines.map(([subject, words]) => make('li', 'entry warning', make('span', 'entry-title', subject), make('span', 'entry-why', words))));
  };
  return {
    guard,
    buttons,
    shown: () => now,
    sent() {
      refusal = null;
      settled = { mailboxId: now.mailboxId, asOf: now.list?.asOf ?? 0 };
      draw();
    },
    refused(words: string) {
      settled = null;
      refusal = { words, asOf: now.list?.asOf };
      draw();
    },
    show(mailboxId: string, found: HeldList | null) {
      now = { mailboxId, list: found };
      draw();
    },
  };
}
