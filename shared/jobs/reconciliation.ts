import { TABLES } from '../config/names.ts';
import { intakeOf, rulesFor } from '../config/personal-rules.ts';
import type { TenantRules } from '../config/rules.ts';
import type { Clock, Report, Storage } from '../sync/ports.ts';
import { NET_MARK } from '../sync/reconcile.ts';
import { mustKnow, plainRow } from '../sync/rows.ts';
import { readMailboxes } from './directory.ts';
import { markAndRing } from './marking.ts';

const DAY_MS = 86_400_000;
/** Timers are not exact: a visit is due a little before the day is over. */
const SLACK_MS = 30 * 60_000;

/**
 * Asks for the daily net of every mailbox whose day is over. The first visit lies somewhere in the first day, by mailbox, so that the visits of many
 * are spread; a timer that did not fire for hours makes up for it at its next tick. Where the rules now take in or show something else than at the last
 * visit, the next one comes at once.
 */
export async function askForNets({ storage, clock, report }: { storage: Storage; clock: Clock; report: Report }, rules: TenantRules): Promise<{ state: 'done'; mailboxes: number; asked: number }> {
  const { tenantId } = rules;
  const now = clock.now();
  const { rows } = await storage.tables.range(TABLES.tenantState, tenantId, { from: 'net|', to: 'net|~' });
  mustKnow(rows);
  const visited = new Map(rows.map((row) => [row.rowKey, { at: Number(row.cells['at'] ?? 0), intake: row.cells['intake'] }]));
  const mailboxes = await readMailboxes(storage.tables, tenantId);
  let asked = 0;
  for (const { mailbox, status } of mailboxes) {
    const { mailboxId } = mailbox;
    if (status.state === 'parked') continue;
    const rowKey = `net|${mailboxId}`;
    const before = visited.get(rowKey);
    const intake = intakeOf(rulesFor(mailbox, rules));
    // Until the first visit it is not known by which rules it was read: told then, and the day of that visit is not changed by it.
    const last = before?.at ?? mailbox.joinedAt - spread(mailboxId);
    const changed = before?.intake !== undefined && before.intake !== intake;
    if (now - last < DAY_MS - SLACK_MS && !changed) {
      if (before?.intake === undefined) await storage.tables.transact(TABLES.tenantState, tenantId, [{ op: 'put', row: plainRow(rowKey, { at: last, intake }) }]);
      continue;
    }
    await markAndRing(storage, clock, { tenantId, mailboxId, kind: NET_MARK, why: changed ? 'rules' : 'net', asked: [], always: true });
    await storage.tables.transact(TABLES.tenantState, tenantId, [{ op: 'put', row: plainRow(rowKey, { at: now, intake }) }]);
    asked += 1;
  }
  if (asked > 0) report('net', { tenant: tenantId, mailboxes: mailboxes.length, asked });
  return { state: 'done', mailboxes: mailboxes.length, asked };
}

/** Milliseconds within a day that follow from the id. */
function spread(mailboxId: string): number {
  return (Number.parseInt(mailboxId.replaceAll('-', '').slice(0, 8), 16) % 1_440) * 60_000;
}
