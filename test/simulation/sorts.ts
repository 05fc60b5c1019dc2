import { seeded } from '../world/random.ts';
import type { Employee } from '../world/world.ts';

/** What some histories have besides: an upgrade in the middle, a second tenant in the same fleet, a CRM that is restored from a backup, appointments that recur; where people meet, organizers who come and go, change addresses and have assistants, and people who keep meetings private; where they neither meet nor hide anything, a state that is lost at the end; workers that crowd one mailbox; additional fields that people fill in; files that are attached; with files, documents that are linked in the CRM; records that leave a filter and come back, and texts that link records; and, only where they are asked for, reps, addresses and mailboxes that change hands. */
export const SORTS = ['upgrade', 'tenants', 'restore', 'recurring', 'organizers', 'crowd', 'lost', 'secretMeetings', 'files', 'filters', 'links', 'fields', 'documents', 'hands'] as const;
export type Sort = (typeof SORTS)[number];

/** Dice of their own, so that all the others stay the histories that they were. */
export function sortsFor(seed: number): readonly Sort[] {
  const random = seeded((seed ^ 0x2545f491) >>> 0);
  const sorts: Sort[] = [];
  if (random() < 0.15) sorts.push('upgrade');
  if (random() < 0.12) sorts.push('tenants');
  if (random() < 0.05) sorts.push('restore');
  if (random() < 0.35) sorts.push('recurring');
  if (random() < 0.6) sorts.push('organizers');
  if (random() < 0.1) sorts.push('crowd');
  if (random() < 0.2 && !sorts.some((sort) => sort === 'restore' || sort === 'tenants')) sorts.push('lost');
  if (seeded((seed ^ 0x736d_7274) >>> 0)() < 0.3) sorts.push('secretMeetings');
  const others = seeded((seed ^ 0x66_69_6c_74) >>> 0);
  if (others() < 0.05) sorts.push('filters');
  const everyday = seeded((seed ^ 0x65_76_64_79) >>> 0);
  for (const sort of ['fields', 'files', 'links'] as const) if (everyday() < 1 / 6) sorts.push(sort);
  if (seeded((seed ^ 0x64_6f_63_73) >>> 0)() < 0.1) sorts.push('documents');
  return sorts;
}

/** What a sort adds to a history: it has a part in each step, in the healing, and its own judgement. */
export interface Companion {
  /** What has to be there before the history begins. */
  ready?(): Promise<void>;
  step(dice: () => number): Promise<void> | void;
  /** Before each of the last edits of a day. */
  closing?(employee: Employee, dice: () => number): Promise<void> | void;
  /** When the last edits of a day are done, and before all heals. */
  dusk?(employee: Employee, dice: () => number): Promise<void>;
  heal(): void;
  /** Each evening, when both systems are judged; what is wrong. */
  differences?(present: readonly Employee[]): readonly string[] | Promise<readonly string[]>;
  /** After all has healed and been judged; what is wrong. */
  judge(): Promise<readonly string[]>;
}
