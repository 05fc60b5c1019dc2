import type { Mutant } from './mutant.ts';

const LEASE = 'shared/sync/lease.ts';
const PASS = 'shared/sync/pass.ts';
const GATE = 'shared/sync/gate.ts';

/** Leases, marks, rings and waiting: who works on a mailbox, and when. */
export const STATE_MUTANTS: readonly Mutant[] = [
  {
    name: 'no-fence',
    breaks: 'a pass writes its lease row without the ETag: one that lost the mailbox goes on writing',
    sorts: ['crowd'],
    edits: [{ file: LEASE, find: "[{ op: 'replace', row: encodeRow(keys.lease, value), etag: this.etag }, ...changes]", replace: "[{ op: 'put', row: encodeRow(keys.lease, value) }, ...changes]" }],
  },
  {
    name: 'own-clock',
    breaks: "the age of another's lease is told by the own clock",
    sorts: ['crowd'],
    edits: [{ file: LEASE, find: 'if (held && date - row.timestamp < LEASE_MS)', replace: 'if (held && clock.now() - row.timestamp < LEASE_MS)' }],
  },
  {
    name: 'forgetful-takeover',
    breaks: 'taking over a lease that was not released, nobody asks for open reservations or for a CRM request that may still run',
    sorts: ['crowd'],
    edits: [{ file: LEASE, find: 'if (held) {', replace: 'if (Number.isNaN(date)) {' }],
  },
  {
    name: 'silent-lost-lease',
    breaks: 'a pass that lost its lease rings nobody and leaves no due row',
    sorts: ['crowd'],
    edits: [
      { file: PASS, find: "await ports.ring('leaseLost');", replace: '' },
      { file: PASS, find: 'await writeDue(ports.tables, { tenantId: mailbox.tenantId, mailboxId: mailbox.mailboxId, at: ports.clock.now() + LEASE_MS });', replace: '' },
    ],
  },
  {
    name: 'ring-before-mark',
    breaks: 'the ring goes out before the mark stands',
    sorts: ['crowd'],
    edits: [
      { file: 'shared/jobs/marking.ts', find: 'let etag: string | null = row?.etag ?? null;', replace: 'let etag: string | null = row?.etag ?? null;\n  if (request.always === true || !rungLately(mark, now)) await ring(storage, request, request.why, request.traceparent);' },
      { file: 'shared/jobs/marking.ts', find: '  await ring(storage, request, request.why, request.traceparent);\n  if (newer', replace: '  if (newer' },
    ],
  },
  {
    name: 'release-without-etag',
    breaks: 'a release deletes the marks whatever happened to them since they were read',
    edits: [{ file: PASS, find: "({ op: 'delete', rowKey: keys.mark(mark.kind), etag }));", replace: "({ op: 'delete', rowKey: keys.mark(mark.kind) }));" }],
  },
  {
    name: 'due-row-trusted',
    breaks: 'a due row for the next moment counts as standing, though another worker may have rung for it already',
    sorts: ['crowd'],
    edits: [{ file: PASS, find: 'return nextDue > now + SOON_MS && nextDue <= at;', replace: 'return nextDue > now && nextDue <= at;' }],
  },
  {
    name: 'late-marks-unseen',
    breaks: 'nobody looks for marks that were set while the lease was being freed',
    sorts: ['crowd'],
    edits: [{ file: PASS, find: "await this.ports.ring('markedDuringRelease');", replace: 'return;' }],
  },
  {
    name: 'crm-not-before-ignored',
    breaks: 'the CRM is asked again while a request whose answer was lost may still run',
    edits: [{ file: GATE, find: "const notBefore = port === 'graph' ? graphNotBefore : crmNotBefore;", replace: "const notBefore = port === 'graph' ? graphNotBefore : 0;" }, { file: PASS, find: 'const notBefore = Math.max(graphNotBefore, crmNotBefore);', replace: 'const notBefore = graphNotBefore;' }],
  },
  {
    name: 'retry-after-dropped',
    breaks: "Graph's Retry-After is not heard",
    edits: [{ file: 'shared/graph/classify.ts', find: '...(wait === undefined ? {} : { retryAfterMs: wait })', replace: '' }],
  },
  {
    name: 'many-in-flight',
    breaks: 'twelve Graph requests at a time for one mailbox',
    edits: [{ file: 'shared/graph/middleware/concurrency.ts', find: 'REQUESTS_IN_FLIGHT = 4;', replace: 'REQUESTS_IN_FLIGHT = 12;' }],
  },
];
