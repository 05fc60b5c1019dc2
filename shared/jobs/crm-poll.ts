import { TABLES } from '../config/names.ts';
import type { TenantRules } from '../config/rules.ts';
import type { Instant } from '../model/time/instant.ts';
import { toWall } from '../model/time/wallclock.ts';
import { crmIndexPartition, mailboxCell, writeCrmIndex, type CrmIndexChange } from '../sync/crm-index.ts';
import { appointmentKind } from '../sync/kinds/appointment.ts';
import type { Clock, Report, Storage, StoredRow } from '../sync/ports.ts';
import { mustKnow, plainRow } from '../sync/rows.ts';
import { meantByPoll, readMailboxes, type DirectoryMailbox } from './directory.ts';
import { withCrmMaster } from './job-lease.ts';
import { markAndRing, type Asked } from './marking.ts';
import { newer, newestChange, newestKey, readNewest } from './newest-stamp.ts';
import type { ChangedRecord, CrmTenant } from './ports.ts';
import { stopTenant } from './stopping.ts';

export interface CrmPollServices {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly report: Report;
  /** Fingerprints that this process knows to stand in the index: a poll overlaps the one before, and need not ask again. */
  readonly knownFingerprints: Map<string, string>;
}

export interface CrmPollOutcome {
  /** restored: the CRM shows an old state as if it was today's. Nothing was taken from it, the tenant is stopped. */
  readonly state: 'done' | 'busy' | 'restored';
  readonly hits: number;
  /** Hits that nobody knew yet. */
  readonly news: number;
  readonly rung: number;
}

const WATERMARK = 'watermark|crm';
const PICKED_AT_MOST = 28;

/**
 * The change poll of one tenant: once per info area for all users (design 2). Per page: pending rows and marks in every mailbox concerned, rings,
 * then the index; last of all the watermark, so that a poll that died is simply done again.
 */
export async function pollCrm(services: CrmPollServices, rules: TenantRules, crm: CrmTenant): Promise<CrmPollOutcome> {
  const { storage, clock } = services;
  const outcome = await withCrmMaster(storage.tables, clock, rules.tenantId, rules.crm.maxRunSeconds * 1_000, () => pollHeld(services, rules, crm));
  const told = outcome === 'busy' ? { state: 'busy' as const, hits: 0, news: 0, rung: 0 } : outcome;
  if (told.state === 'busy' || told.news > 0) services.report('crm.poll', { tenant: rules.tenantId, ...told });
  return told;
}

async function pollHeld({ storage, clock, report, knownFingerprints }: CrmPollServices, rules: TenantRules, crm: CrmTenant): Promise<CrmPollOutcome> {
  const { tenantId } = rules;
  const newestRow = newestKey(appointmentKind.infoArea);
  const rows = await storage.tables.pick(TABLES.tenantState, tenantId, [WATERMARK, newestRow]);
  const stored = rows.get(WATERMARK);
  mustKnow(stored);
  const watermark = stored === undefined ? null : Number(stored.cells['at']);
  const seen = readNewest(rows.get(newestRow) ?? null);
  const read = watermark ?? (await firstJoined(storage, rules));
  const { startedAt, restored, pages } = await crm.changes(read === null ? null : read - rules.crm.pollOverlapSeconds * 1_000, rules.stopOnRestore ? seen.newest : null);
  if (restored) {
    await stopTenant({ storage, clock, report }, tenantId, 'restored', RESTORED);
    return { state: 'restored', hits: 0, news: 0, rung: 0 };
  }
  // What is stamped later than the CRM's clock can be is none of today's.
  const { date, time } = toWall(startedAt + rules.crm.clockSkewSeconds * 1_000, rules.crm.timeZone);
  const latest = `${date} ${time}`;
  let { newest } = seen;
  let directory: readonly DirectoryMailbox[] | null = null;
  let hits = 0;
  let news = 0;
  const rung = new Set<string>();
  for await (const page of pages) {
    hits += page.length;
    newest = newer(newest, page, latest);
    const unknown = page.filter((record) => knownFingerprints.get(keyOf(tenantId, record)) !== record.fingerprint);
    if (unknown.length === 0) continue;
    const known = await readIndex(storage, tenantId, unknown);
    const fresh = unknown.filter((record) => known.get(record.id)?.cells['fp'] !== record.fingerprint);
    remember(knownFingerprints, tenantId, unknown.filter((record) => !fresh.includes(record)));
    if (fresh.length === 0) continue;
    news += fresh.length;
    directory ??= meantByPoll(await readMailboxes(storage.tables, tenantId));
    // Its owner last: his pass says of what it wrote that it is known, and whoever else holds the record would never be told of it by a poll that comes after a dead one.
    const asked = [...concerned(fresh, known, directory, false), ...concerned(fresh, known, directory, true)];
    for (const [mailboxId, ids] of asked) {
      await markAndRing(storage, clock, { tenantId, mailboxId, kind: appointmentKind.name, why: 'crmPoll', asked: ids });
      rung.add(mailboxId);
    }
    await writeCrmIndex(storage.tables, tenantId, appointmentKind.infoArea, indexChanges(fresh, directory));
    remember(knownFingerprints, tenantId, fresh);
  }
  await storage.tables.transact(TABLES.tenantState, tenantId, [{ op: 'put', row: plainRow(WATERMARK, { at: startedAt }) }, ...newestChange(appointmentKind.infoArea, seen, newest)]);
  return { state: 'done', hits, news, rung: rung.size };
}

/**
 * Where no poll has come through yet, a pass may have listed the CRM already, and what was saved since then is told by nobody else: the first poll begins
 * when the first mailbox joined, by a clock that may differ from the CRM's. Null where nobody has joined.
 */
async function firstJoined({ tables }: Storage, rules: TenantRules): Promise<Instant | null> {
  const joined = (await readMailboxes(tables, rules.tenantId)).map(({ mailbox }) => mailbox.joinedAt);
  return joined.length === 0 ? null : Math.min(...joined) - rules.crm.clockSkewSeconds * 1_000;
}

const RESTORED =
  'The CRM shows an older state than it did: the newest record that was seen is gone, or has an earlier stamp. It seems to have been restored from a backup. Nothing more is read from it or written to it until an admin decides what counts, and lets the tenant go on with the CRM as it then is (POST /api/admin/jobs/resume?tenantId=…).';
const REMEMBERED = 20_000;

function keyOf(tenantId: string, record: ChangedRecord): string {
  return `${tenantId}|${record.infoArea}|${record.id}`;
}

function remember(known: Map<string, string>, tenantId: string, records: readonly ChangedRecord[]): void {
  if (known.size > REMEMBERED) known.clear();
  for (const record of records) known.set(keyOf(tenantId, record), record.fingerprint);
}

async function readIndex(storage: Storage, tenantId: string, page: readonly ChangedRecord[]): Promise<Map<string, StoredRow>> {
  const byPartition = new Map<string, string[]>();
  for (const { infoArea, id } of page) {
    const partition = crmIndexPartition(tenantId, infoArea, id);
    byPartition.set(partition, [...(byPartition.get(partition) ?? []), id]);
  }
  const known = new Map<string, StoredRow>();
  for (const [partition, ids] of byPartition) {
    // A partition holds a thousand records at most: from some tens of ids on, reading it whole takes fewer requests.
    const rows = ids.length > PICKED_AT_MOST ? (await storage.tables.range(TABLES.crmIndex, partition)).rows : [...(await storage.tables.pick(TABLES.crmIndex, partition, [...new Set(ids)])).values()];
    for (const row of rows) known.set(row.rowKey, row);
  }
  return known;
}

/** The hit's owner now, or every other mailbox that is known to hold the record. */
function concerned(fresh: readonly ChangedRecord[], known: ReadonlyMap<string, StoredRow>, directory: readonly DirectoryMailbox[], owners: boolean): Map<string, Asked[]> {
  const asked = new Map<string, Asked[]>();
  for (const record of fresh) {
    const cells = known.get(record.id)?.cells ?? {};
    for (const mailbox of directory) {
      const owns = mailbox.rep === record.rep;
      if (owns !== owners || (!owns && cells[mailboxCell(mailbox.mailboxId)] !== true)) continue;
      const ids = asked.get(mailbox.mailboxId) ?? [];
      ids.push({ side: 'crm', id: record.id, reason: 'polled', etag: null });
      asked.set(mailbox.mailboxId, ids);
    }
  }
  return asked;
}

function indexChanges(fresh: readonly ChangedRecord[], directory: readonly DirectoryMailbox[]): CrmIndexChange[] {
  return fresh.map((record) => ({ id: record.id, fingerprint: record.fingerprint, mailboxId: directory.find((mailbox) => mailbox.rep === record.rep)?.mailboxId ?? null }));
}
