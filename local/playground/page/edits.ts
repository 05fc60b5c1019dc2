import type { AppointmentContent, Shown, SideName } from './appointment.ts';
import { isCarried, type Transit, type Watch } from './arrivals.ts';
import type { CrmCalendar } from './crm.ts';
import type { Edited } from './dialog-requests.ts';
import type { OutlookCalendar } from './outlook.ts';

export interface Sides {
  readonly outlook: OutlookCalendar;
  readonly crm: CrmCalendar;
}

export interface EditParts {
  readonly sides: () => Sides;
  readonly watch: () => Watch;
  /** Does the work, which answers the item's id, and looks; `isAwaited`: the other side is to show it. */
  readonly edit: (side: SideName, work: () => Promise<string>, transit: Pick<Transit, 'what' | 'subject'>, isAwaited: boolean) => Promise<void>;
}

/** What a person does on this page, carried out on that side. */
export interface Edits {
  save(side: SideName, before: Shown | null, content: AppointmentContent): Promise<void>;
  carryOut(side: SideName, before: Shown | null): (edited: Edited) => Promise<void>;
  /** Somebody outside of the house invites. */
  receive(edited: Edited): Promise<void>;
}

export function edits({ sides, watch, edit }: EditParts): Edits {
  const isLinked = (side: SideName, id: string): boolean => watch().links.some((link) => link[side] === id);
  const save: Edits['save'] = (side, before, content) => {
    const { subject } = content;
    if (before === null) return edit(side, () => sides()[side].create(content), { what: 'new', subject }, !content.isPrivate);
    const write = async (): Promise<string> => {
      await sides()[side].update(before, content);
      return before.id;
    };
    return edit(side, write, { what: 'change', subject }, isLinked(side, before.id) && isCarried(side, before, content));
  };
  const act = async (side: SideName, { id, subject }: Shown, edited: Exclude<Edited, { action: 'save' }>): Promise<void> => {
    const done = (work: () => Promise<void>) => async (): Promise<string> => {
      await work();
      return id;
    };
    const { outlook } = sides();
    switch (edited.action) {
      case 'delete':
        return edit(side, done(() => sides()[side].remove(id)), { what: 'deletion', subject }, isLinked(side, id));
      case 'answer':
        return edit(side, done(() => outlook.answer(id, edited.answer)), { what: 'change', subject }, false);
      case 'callOff':
        return edit(side, done(() => outlook.callOff(id)), { what: 'change', subject }, false);
    }
  };
  return {
    save,
    carryOut: (side, before) => async (edited) => {
      if (edited.action === 'save') return save(side, before, edited.content);
      if (before !== null) await act(side, before, edited);
    },
    async receive(edited) {
      if (edited.action !== 'save') return;
      const { content, organizer } = edited;
      await edit('outlook', () => sides().outlook.receive(content, organizer), { what: 'new', subject: content.subject }, !content.isPrivate);
    },
  };
}
