import type { Mutant } from './mutant.ts';

const SETTLE = 'shared/sync/settle.ts';
const PLAN = 'shared/sync/plan.ts';
const RESOLVE = 'shared/sync/resolve.ts';
const DOCUMENT = 'shared/sync/document-work.ts';

/** What is decided, and how it is written. */
export const WRITING_MUTANTS: readonly Mutant[] = [
  {
    name: 'intent-forgotten',
    breaks: 'reservations are never resolved',
    edits: [{ file: 'shared/sync/pass.ts', find: '        await resolveReservations(pass);', replace: '' }],
  },
  {
    name: 'intent-dropped',
    breaks: 'a reservation that was never confirmed counts as never made',
    edits: [{ file: RESOLVE, find: 'if (intent !== undefined) pair = await resolveOne(pass, pair, side, intent, work, late);', replace: 'if (intent !== undefined) pair = { ...pair, intents: {} };' }],
  },
  {
    name: 'wrong-side-resolved',
    breaks: 'a reservation is resolved by the side that its values came from',
    edits: [{ file: RESOLVE, find: '  const view = work[side];', replace: '  const view = work[otherSide(side)];' }],
  },
  {
    name: 'create-time-etag',
    breaks: 'an event is updated with the ETag of its first answer, whatever was read since',
    edits: [
      { file: SETTLE, find: 'seen: { ...after.seen, [side]: { version: item.version,', replace: 'seen: { ...after.seen, [side]: after.seen[side] ?? { version: item.version,' },
      { file: SETTLE, find: "const version = current?.version ?? pair.seen[write.side]?.version ?? '';", replace: "const version = (write.side === 'graph' ? undefined : current?.version) ?? pair.seen[write.side]?.version ?? '';" },
    ],
  },
  {
    name: 'patch-without-if-match',
    breaks: 'an event is updated without If-Match: an edit between read and write is lost',
    edits: [{ file: 'shared/graph/event-writes.ts', find: "path: userPath(mailboxId, 'events', write.id), headers: { 'If-Match': write.version }, body:", replace: "path: userPath(mailboxId, 'events', write.id), body:" }],
  },
  {
    name: 'delete-without-if-match',
    breaks: 'an event is deleted without If-Match: an edit between read and write is lost',
    edits: [{ file: 'shared/graph/event-writes.ts', find: "path: userPath(mailboxId, 'events', write.id), headers: { 'If-Match': write.version } };", replace: "path: userPath(mailboxId, 'events', write.id) };" }],
  },
  {
    name: 'guard-without-stamp',
    breaks: "the guard of a CRM update asks for the record, not for its stamp: an edit between read and write is lost",
    sorts: ['crowd'],
    edits: [{ file: 'shared/crm/activity-writes.ts', find: "const unchanged = record.map((block) => [...block, ...all(activity, ['UpdDate', '=', stamp.date], ['UpdTime', '=', stamp.time])]);", replace: 'const unchanged = record;' }],
  },
  {
    name: 'fresh-stamp-trusted',
    breaks: 'a CRM stamp of this very second guards a write',
    sorts: ['crowd'],
    edits: [{ file: 'shared/crm/stamp.ts', find: 'const SETTLED_AFTER_MS = 2_000;', replace: 'const SETTLED_AFTER_MS = -86_400_000;' }],
  },
  {
    name: 'no-key',
    breaks: 'a new event carries no key: after a lost answer it is not found again',
    edits: [{ file: 'shared/graph/event-body.ts', find: ', transactionId: pairId, singleValueExtendedProperties: [marker, ...(fields.singleValueExtendedProperties ?? [])] };', replace: ' };' }],
  },
  {
    name: 'exists-is-gone',
    breaks: 'a key that is taken counts as an item that a person deleted',
    sorts: ['crowd'],
    edits: [{ file: 'shared/sync/confirm.ts', find: "if (outcome === 'gone') {", replace: "if (outcome !== 'conflict') {" }],
  },
  {
    name: 'answer-believed',
    breaks: 'what was sent counts as stored, whatever the answer shows',
    edits: [{ file: 'shared/sync/confirm.ts', find: 'const storedNow = fingerprint(item.content[group] ?? null);', replace: 'const storedNow = intended;' }],
  },
  {
    name: 'conflict-not-kept',
    breaks: 'the loser of a conflict is overwritten and kept nowhere',
    edits: [{ file: SETTLE, find: 'for (const conflict of decision.conflicts) {', replace: 'for (const conflict of decision.conflicts.slice(decision.conflicts.length)) {' }],
  },
  {
    name: 'deletion-beats-edit',
    breaks: 'a deletion on one side deletes what a person edited on the other',
    edits: [{ file: PLAN, find: 'if (edited.length > 0) return', replace: 'if (edited.length > 99) return' }],
  },
  {
    name: 'whole-item-wins',
    breaks: 'where Outlook changed anything, what was changed in the CRM is not seen',
    edits: [{ file: PLAN, find: "const crmMoved = changedSince(pair, 'crm', group, crmItem, input.rules);", replace: "const crmMoved = changedSince(pair, 'crm', group, crmItem, input.rules) && !kind.groups.some((other) => changedSince(pair, 'graph', other, graphItem, input.rules));" }],
  },
  {
    name: 'no-tombstone',
    breaks: 'a pair that is over is forgotten: its survivor is taken in again',
    edits: [
      { file: SETTLE, find: '...pass.pairs.changes(after)]);', replace: "...(after.state === 'ended' ? pass.pairs.removal(after) : pass.pairs.changes(after))]);" },
      { file: SETTLE, find: 'updated.push(...before, after);', replace: "updated.push(...before, ...(after.state === 'ended' ? [] : [after]));" },
    ],
  },
  {
    name: 'attachment-not-found-again',
    breaks: 'what an unanswered request attached is not looked for before a document is attached again',
    sorts: ['documents'],
    edits: [{ file: 'shared/sync/documents-known.ts', find: 'const made = await this.sameContent(reserved.name, reserved.content);', replace: 'const made: Attachment | null = this.unknown.size < 0 ? await this.sameContent(reserved.name, reserved.content) : null;' }],
  },
  {
    name: 'document-not-taken-off',
    breaks: 'the attachment of a document that was taken off its record stays',
    sorts: ['documents'],
    edits: [{ file: DOCUMENT, find: "        await this.takeAway(step.id, step.member);\n        this.tell('deleted', 'documentRemoved');", replace: "        this.tell('deleted', 'documentRemoved');" }],
  },
  {
    name: 'document-version-unseen',
    breaks: 'another version of a document is not looked at',
    sorts: ['documents'],
    edits: [{ file: 'shared/sync/documents-plan.ts', find: 'const moved = member.seen !== version;', replace: "const moved = member.seen === '';" }],
  },
];
