/**
 * A mailbox gets another rep: a successor's record with the same address, or addresses that were put right. What it has followed until now is of the rep
 * before, and was given to nobody: both items stay as they are until somebody gives the activity to the new rep (assumptions O95). What the new one has in
 * the CRM already is taken in as at a first synchronization, and nobody is invited for it.
 */
import type { KindPass } from './context.ts';
import type { Pair } from './pair.ts';
import type { Work } from './work.ts';

/** Before anything is planned. May be done again: whoever dies on the way leaves the rep before in the lease, and pairs that are noted stay as noted. */
export async function meetRep(pass: KindPass): Promise<void> {
  const { rep, repSince = 0 } = pass.mailbox;
  const { rep: before, repSince: knownSince = 0 } = pass.lease.state;
  if (before === rep && knownSince === repSince) return;
  if (before !== undefined && before !== rep) {
    const followed = (await pass.pairs.all()).filter(({ state, ofRep }) => state === 'active' && ofRep === undefined).map((pair): Pair => ({ ...pair, ofRep: before }));
    await pass.commit(followed.map((pair) => pass.pairs.changes(pair)));
    for (const pair of followed) pass.pairs.remember(pair);
    pass.journal.add({ at: pass.now(), kind: pass.kind.name, action: 'held', side: 'crm', reason: 'anotherRep', detail: `rep ${before} before, rep ${rep} now: ${followed.length} pairs rest until their activities are given to him` });
    pass.services.report('mailbox.rep', { tenant: pass.mailbox.tenantId, mailbox: pass.mailbox.mailboxId, before, rep, resting: followed.length });
  }
  // What he has in the CRM may stand in the calendar already: it is looked for once more, and both sides are read through. So, too, where he had another
  // mailbox between two passes of this one: what was told of his records meanwhile was told to that.
  if (before !== undefined) pass.lease.note({ lookedBy: { ...pass.lease.state.lookedBy, [pass.kind.name]: `rep ${before}` }, greeting: true });
  pass.lease.note({ rep, repSince });
}

/** The record is the mailbox's own rep's: its pair is one like any other. */
export function withOwnRep(pass: KindPass, work: Work): Work {
  const { pair, crm } = work;
  if (pair?.ofRep === undefined || crm.state !== 'present' || crm.item.rep !== pass.mailbox.rep) return work;
  const { ofRep: _given, ...rest } = pair;
  return { ...work, pair: rest };
}

/** Of the rep whose mailbox this was, still or when somebody deleted it: not the new one's, in either way. */
export function isOfFormerRep({ pair, crm }: Pick<Work, 'pair' | 'crm'>): boolean {
  if (pair?.ofRep === undefined) return false;
  return crm.state === 'deleted' || (crm.state === 'present' && crm.item.outOfScope === 'otherRep' && crm.item.rep === pair.ofRep);
}
