import { TABLES } from '../config/names.ts';
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
 * are spread; a timer that did not fire for hours makes up for it at its next tick.
 */
export async function askForNets({ storage, clock, report }: { storage: Storage; clock: Clock; report: Report }, rules: TenantRules): Promise<{ state: 'done'; mailboxes: number; asked: number }> {
  const { tenantId } = rules;
  const now = clock.now();
  const { rows } = await storage.tables.range(TABLES.tenantState, tenantId, { from: 'net|', to: 'net|~' });
  mustKnow(rows);
  const visited = new Map(rows.map((row) => [row.rowKey, Number(row.cells['at'] ?? 0)]));
  const mailboxes = await readMailboxes(storage.tables, tenantId);
  let asked = 0;
  for (const { mailbox, status } of mailboxes) {
    const { mailboxId } = mailbox;
    if (status.state === 'parked') continue;
    const rowKey = `net|${mailboxId}`;
    const last = visited.get(rowKey) ?? mailbox.joinedAt - spread(mailboxId);
    if (now - last < DAY_MS - SLACK_MS) continue;
    await markAndRing(storage, clock, { tenantId, mailboxId, kind: NET_MARK, why: 'net', asked: [], always: true });
    await storage.tables.transact(TABLES.tenantState, tenantId, [{ op: 'put', row: plainRow(rowKey, { at: now }) }]);
    asked += 1;
  }
  if (asked > 0) report('net', { tenant: tenantId, mailboxes: mailboxes.length, asked });
  return { state: 'done', mailboxes: mailboxes.length, asked };
}

/** Milliseconds within a day that follow from the id. */
function spread(mailboxId: string): number {
  return (Number.parseInt(mailboxId.replaceAll('-', '').slice(0, 8), 16) % 1_440) * 60_000;
}
