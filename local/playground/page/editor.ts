import { SHOW_AS, type AppointmentContent, type SideName } from './appointment.ts';
import type { Edited, EditorRequest } from './dialog-requests.ts';
import { element, make } from './elements.ts';
import { peopleEditor } from './people-editor.ts';
import { ANSWERS, answerWords, ROLES } from './people.ts';
import { addMinutes } from './wall-time.ts';

export interface Editor {
  open(request: EditorRequest): void;
}

const SIDE_WORDS: Readonly<Record<SideName, string>> = { outlook: 'Outlook', crm: 'the CRM' };
const OUTLOOK_ROLES = ROLES.filter((role) => role !== 'informational');

/** The one dialog for both sides; a modal `<dialog>` keeps the keyboard inside and gives the focus back. */
export function editor(): Editor {
  const dialog = element('editor', HTMLDialogElement);
  const form = element('editor-form', HTMLFormElement);
  const heading = element('editor-heading', HTMLElement);
  const hint = element('editor-hint', HTMLElement);
  const problem = element('editor-problem', HTMLElement);
  const remove = element('editor-delete', HTMLButtonElement);
  const save = element('editor-save', HTMLButtonElement);
  const cancel = element('editor-cancel', HTMLButtonElement);
  const callOff = element('editor-call-off', HTMLButtonElement);
  const answers = element('editor-answers', HTMLElement);
  const otherSide = element('editor-other-side', HTMLElement);
  const sender = element('editor-sender', HTMLElement);
  const allDay = element('field-all-day', HTMLInputElement);
  const isPrivate = element('field-private', HTMLInputElement);
  const input = (id: string): HTMLInputElement => element(`field-${id}`, HTMLInputElement);
  const showAs = element('field-show-as', HTMLSelectElement);
  const body = element('field-body', HTMLTextAreaElement);
  const people = peopleEditor();
  const answerButtons = new Map(ANSWERS.map((answer) => [answer, element(`answer-${answer}`, HTMLButtonElement)]));
  const acting = [save, remove, callOff, ...answerButtons.values()];
  let current: EditorRequest | null = null;

  const showTimes = (): void => {
    for (const id of ['start-time', 'end-time']) {
      input(id).hidden = allDay.checked;
      input(id).required = !allDay.checked;
    }
  };
  const fill = (content: AppointmentContent): void => {
    input('subject').value = content.subject;
    input('place').value = content.place;
    body.value = content.body;
    showAs.value = content.showAs;
    input('reminder').value = content.reminder === null ? '' : String(content.reminder);
    input('categories').value = content.categories.join(', ');
    isPrivate.checked = content.isPrivate;
    allDay.checked = content.allDay;
    input('start-date').value = content.start.slice(0, 10);
    input('end-date').value = content.end.slice(0, 10);
    input('start-time').value = content.allDay ? '09:00' : content.start.slice(11);
    input('end-time').value = content.allDay ? '10:00' : content.end.slice(11);
    showTimes();
  };
  const read = (): AppointmentContent => {
    const at = (which: 'start' | 'end'): string => (allDay.checked ? input(`${which}-date`).value : `${input(`${which}-date`).value}T${input(`${which}-time`).value}`);
    const reminder = input('reminder').value.trim();
    return {
      subject: input('subject').value.trim(),
      place: input('place').value.trim(),
      body: body.value.trim(),
      showAs: SHOW_AS.find((name) => name === showAs.value) ?? 'busy',
      reminder: reminder === '' ? null : Number(reminder),
      categories: input('categories').value.split(',').map((name) => name.trim()).filter((name) => name !== ''),
      isPrivate: isPrivate.checked,
      invited: people.read(),
      allDay: allDay.checked,
      start: at('start'),
      end: at('end'),
    };
  };
  const tell = (sentence: string): void => {
    problem.textContent = sentence;
    problem.hidden = sentence === '';
  };
  const finish = async (edited: Edited): Promise<void> => {
    if (current === null) return;
    tell('');
    for (const button of acting) button.disabled = true;
    try {
      await current.carryOut(edited);
      dialog.close();
    } catch (trouble) {
      tell(trouble instanceof Error ? trouble.message : 'It could not be done.');
    } finally {
      for (const button of acting) button.disabled = false;
    }
  };

  allDay.addEventListener('change', showTimes);
  // Whoever moves the start keeps the length.
  let startBefore = '';
  const startNow = (): string => `${input('start-date').value}T${input('start-time').value === '' ? '00:00' : input('start-time').value}`;
  for (const id of ['start-date', 'start-time']) {
    input(id).addEventListener('focus', () => (startBefore = startNow()));
    input(id).addEventListener('change', () => {
      const minutes = (Date.parse(`${startNow()}:00Z`) - Date.parse(`${startBefore}:00Z`)) / 60_000;
      if (Number.isFinite(minutes) && minutes !== 0 && input('end-date').value !== '') {
        const end = addMinutes(`${input('end-date').value}T${input('end-time').value === '' ? '00:00' : input('end-time').value}`, minutes);
        input('end-date').value = end.slice(0, 10);
        if (!allDay.checked) input('end-time').value = end.slice(11);
      }
      startBefore = startNow();
    });
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const unfinished = people.finish();
    if (unfinished !== null) return tell(unfinished);
    const content = read();
    if (content.end < content.start) return tell('The end is before the start: move one of them.');
    void finish({ action: 'save', content, organizer: input('sender').value.trim().toLowerCase() });
  });
  remove.addEventListener('click', () => void finish({ action: 'delete' }));
  callOff.addEventListener('click', () => void finish({ action: 'callOff' }));
  for (const [answer, button] of answerButtons) button.addEventListener('click', () => void finish({ action: 'answer', answer }));
  cancel.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    // It comes with the next frame: on a busy machine the dialog may be open for something else by then.
    if (!dialog.open) current = null;
  });

  return {
    open(request) {
      current = request;
      const { side, isNew, traits, invitation, content } = request;
      const where = SIDE_WORDS[side];
      heading.textContent = request.sender !== null ? 'An invitation from outside' : isNew ? `New in ${where}` : `Edit in ${where}`;
      hint.textContent = traits.length === 0 ? '' : `This is ${traits.join(' and ')}.`;
      hint.hidden = traits.length === 0;
      dialog.dataset['side'] = side;
      remove.hidden = isNew;
      sender.hidden = request.sender === null;
      input('sender').required = request.sender !== null;
      input('sender').value = request.sender ?? '';
      const mayAnswer = invitation !== null && !invitation.isCancelled;
      answers.hidden = invitation === null;
      element('editor-own-answer', HTMLElement).textContent = invitation === null ? '' : invitation.isCancelled ? 'The organizer called it off.' : `Your answer: ${answerWords(invitation.answer)}.`;
      for (const [answer, button] of answerButtons) {
        button.hidden = !mayAnswer;
        button.setAttribute('aria-pressed', String(invitation?.answer === answer));
      }
      callOff.hidden = !mayAnswer || !invitation.isFromOutside;
      people.fill({ invited: content.invited, organizer: request.organizer, mayEdit: invitation === null, roles: side === 'outlook' ? OUTLOOK_ROLES : ROLES, known: request.known });
      otherSide.hidden = request.otherSide.length === 0;
      element('editor-other-heading', HTMLElement).textContent = `What ${side === 'outlook' ? 'the CRM' : 'Outlook'} shows`;
      element('editor-other-list', HTMLElement).replaceChildren(...request.otherSide.map((line) => make('li', '', line)));
      tell('');
      fill(content);
      dialog.showModal();
      input('subject').focus();
    },
  };
}
