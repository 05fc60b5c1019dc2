import type { Mutant } from './mutant.ts';

const DOUBT = 'shared/sync/doubt.ts';

/** Whose a mailbox is, and whether it is still the one that it was. */
export const HANDS_MUTANTS: readonly Mutant[] = [
  {
    name: 'twins-not-parked',
    breaks: 'of two reps with one address the one who came last gets the mailbox, and nobody is parked',
    sorts: ['hands'],
    edits: [
      { file: 'shared/jobs/users-list.ts', find: 'else if (twins.length > 1) held.set', replace: 'else if (twins.length > 99) held.set' },
      { file: 'shared/jobs/users-plan.ts', find: 'if (rivals.length < 2) continue;', replace: 'if (rivals.length < 99) continue;' },
      { file: 'shared/jobs/users-plan.ts', find: 'claims.get(entry.mailbox.mailboxId)?.[0]', replace: 'claims.get(entry.mailbox.mailboxId)?.at(-1)' },
    ],
  },
  {
    name: 'remade-is-emptied',
    breaks: 'what a mailbox that was made anew does not have counts as deleted',
    sorts: ['hands'],
    edits: [
      { file: 'shared/sync/intake.ts', find: '  if (home === before) return home;\n', replace: '  if (home !== "") return home;\n' },
      { file: DOUBT, find: 'if (isHome === false) {', replace: 'if (Number.isNaN(pass.now())) {' },
      { file: DOUBT, find: 'const DOUBT_FROM = 10;', replace: 'const DOUBT_FROM = 10_000;' },
    ],
  },
  {
    name: 'successor-takes-over',
    breaks: "what a mailbox's rep of before has in the CRM counts as given away, or as deleted by his successor",
    sorts: ['hands'],
    edits: [{ file: 'shared/sync/given-away.ts', find: '  if (followed && isOfFormerRep(input)) return planFormer(input);\n', replace: '' }],
  },
];
