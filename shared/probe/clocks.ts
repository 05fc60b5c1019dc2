import { judged, type Fact } from './fact.ts';
import type { Bench } from './crm/bench.ts';
import type { ProbedMailbox } from './graph/mailbox.ts';

export interface BothSides {
  readonly mailbox: ProbedMailbox;
  readonly bench: Bench;
}

/** A tie is less than two seconds (`sync/plan.ts`); each header has whole seconds, rounded down. */
const AGREEING_MS = 3_000;

export const clocksAgree: Fact<BothSides> = {
  line: 'G28',
  says: 'the clocks of Graph and of the CRM agree well enough to say who was later',
  either: { holds: 'of two edits the newer one wins', otherwise: 'edits within that time of each other may go to the wrong side: set the clock of the CRM right, or conflict.rule to one side' },
  async try({ mailbox, bench }) {
    await bench.send({ kind: 'nop', corr: 'clock' });
    const { crmClock } = bench.way();
    if (!crmClock.known) return { outcome: 'notTried', why: 'answers of the CRM carry no Date header (C3.6)' };
    const { date } = await mailbox.ask(mailbox.path('calendar'));
    if (date === null) return { outcome: 'notTried', why: 'answers of Graph carry no Date header' };
    const apart = crmClock.at() - date;
    return judged(Math.abs(apart) <= AGREEING_MS, `the CRM's clock is ${(apart / 1_000).toFixed(0)} s ahead of Graph's`);
  },
};
