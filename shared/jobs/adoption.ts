import { TABLES } from '../config/names.ts';
import type { Instant } from '../model/time/instant.ts';
import { ADOPT_MARK, type AdoptionAnswer } from '../sync/adoption.ts';
import type { Pair } from '../sync/pair.ts';
import type { Clock, Storage } from '../sync/ports.ts';
import { decodeRow, keys, mailboxPartition, prefixBounds, readRow, type Adoption, type Lease } from '../sync/rows.ts';
import { readMailbox, readMailboxes } from './directory.ts';
import { markAndRing } from './marking.ts';

/** What a first synchronization found on both sides, or would do: numbers, and the ids of what could not be told apart. */
export interface AdoptionView extends Omit<Adoption, 'answered'> {
  readonly mailboxId: string;
  readonly items: readonly { readonly side: 'outlook' | 'crm'; readonly id: string; readonly start: string }[];
}

/** Of a tenant, or of one mailbox; unknown ones, and those that had nothing to adopt, have none. */
export async function viewAdoptions({ tables }: Storage, tenantId: string, mailboxId: string | null): Promise<{ readonly adoptions: readonly AdoptionView[] }> {
  const views: AdoptionView[] = [];
  for (const id of await mailboxesOf({ tables }, tenantId, mailboxId)) {
    const adoption = await adoptionOf({ tables }, tenantId, id);
    if (adoption === null) continue;
    const { answered: _inside, ...rest } = adoption;
    views.push({ mailboxId: id, ...rest, items: adoption.undecided > 0 ? await undecidedOf({ tables }, tenantId, id) : [] });
  }
  return { adoptions: views };
}

export interface AdoptionAnswered {
  readonly tenantId: string;
  /** null = every mailbox of the tenant for which the answer has a meaning. */
  readonly mailboxId: string | null;
  readonly verdict: AdoptionAnswer;
}

/** An admin's word, put as a mark into each mailbox concerned; its next pass carries it out. */
export async function answerAdoption({ storage, clock }: { storage: Storage; clock: Clock }, { tenantId, mailboxId, verdict }: AdoptionAnswered): Promise<{ readonly mailboxes: number }> {
  let mailboxes = 0;
  for (const id of await mailboxesOf(storage, tenantId, mailboxId)) {
    const adoption = await adoptionOf(storage, tenantId, id);
    if (adoption === null || !isMeant(adoption, verdict)) continue;
    await markAndRing(storage, clock, { tenantId, mailboxId: id, kind: ADOPT_MARK, why: verdict, asked: [], always: true });
    mailboxes += 1;
  }
  return { mailboxes };
}

/** Nothing that is well is adopted anew. */
function isMeant({ state, undecided }: Adoption, verdict: AdoptionAnswer): boolean {
  if (verdict === 'anew') return state === 'anew';
  return verdict === 'adopt' ? state === 'asks' || undecided > 0 : state === 'done' && undecided > 0;
}

async function mailboxesOf({ tables }: Pick<Storage, 'tables'>, tenantId: string, mailboxId: string | null): Promise<string[]> {
  if (mailboxId !== null) return (await readMailbox(tables, tenantId, mailboxId)) === null ? [] : [mailboxId];
  return (await readMailboxes(tables, tenantId)).map(({ mailbox }) => mailbox.mailboxId);
}

async function adoptionOf({ tables }: Pick<Storage, 'tables'>, tenantId: string, mailboxId: string): Promise<Adoption | null> {
  const row = await tables.get(TABLES.mailbox, mailboxPartition(tenantId, mailboxId), keys.lease);
  return row === null ? null : (decodeRow<Lease>(row)?.adoption ?? null);
}

async function undecidedOf({ tables }: Pick<Storage, 'tables'>, tenantId: string, mailboxId: string): Promise<AdoptionView['items']> {
  const { rows } = await tables.range(TABLES.mailbox, mailboxPartition(tenantId, mailboxId), prefixBounds('p|'));
  return rows.flatMap((row) => {
    const { state, graphId, crmId, span } = readRow<Pair>(row);
    if (state !== 'undecided') return [];
    return [{ side: graphId === null ? ('crm' as const) : ('outlook' as const), id: graphId ?? crmId ?? '', start: timeOf(span.start) }];
  });
}

function timeOf(at: Instant): string {
  return new Date(at).toISOString();
}
