import type { Mutant } from './mutant.ts';

const INTAKE = 'shared/sync/intake.ts';
const QUESTIONS = 'shared/sync/questions.ts';
const CRM_POLL = 'shared/jobs/crm-poll.ts';

/** What both sides tell, and what is made of it. */
export const READING_MUTANTS: readonly Mutant[] = [
  {
    name: 'cursor-before-pairs',
    breaks: 'the cursor is saved before the items of its page are worked',
    sorts: ['crowd'],
    edits: [
      {
        file: INTAKE,
        find: '    for (const [masterId, version] of await takePage(pass, page, brought)) series.set(masterId, version);',
        replace: `    await pass.lease.transact([cursorChange(pass, { ...cursor, link: page.next ?? page.delta, ...(page.next === null ? { listing: false, relisting: false, oldLink: null } : {}) })]);
    for (const [masterId, version] of await takePage(pass, page, brought)) series.set(masterId, version);`,
      },
    ],
  },
  {
    name: 'occurrence-gone-is-deleted',
    breaks: 'an occurrence whose id answers 404 counts as deleted, and its series is not asked',
    sorts: ['recurring'],
    edits: [{ file: 'shared/sync/work.ts', find: "work.graph.state === 'deleted' && pair !== null && !isMissed(pair, 'graph') ? pair.series?.masterId : undefined", replace: 'undefined' }],
  },
  {
    name: 'series-split-at-once',
    breaks: 'what a series lost is deleted before its other half is seen',
    sorts: ['recurring'],
    edits: [{ file: 'shared/sync/series.ts', find: 'pass.now() - since < SPLIT_WAIT_MS', replace: 'pass.now() < since' }],
  },
  {
    name: 'series-behind-believed',
    breaks: 'a series that is shown in another version than was told counts as read',
    sorts: ['recurring'],
    edits: [{ file: 'shared/sync/series.ts', find: 'const isLate = told !== null && reading.version !== told;', replace: 'const isLate = false;' }],
  },
  {
    name: 'removed-trusted',
    breaks: "delta's @removed is taken for a deletion",
    edits: [
      {
        file: QUESTIONS,
        find: "if (pair?.state === 'active' && !isMissed(pair, 'graph') && !latest.has(id)) ask.add(id);",
        replace: "if (pair?.state === 'active' && !latest.has(id)) works.push({ pair, graph: { state: 'deleted' }, crm: { state: 'asBase' } });",
      },
    ],
  },
  {
    name: 'old-rows-trusted',
    breaks: 'a row of delta that is older than our own last look counts as the newest',
    edits: [{ file: QUESTIONS, find: 'if (pair !== null && isStale(pair, item)) ask.add(item.id);\n    else if', replace: 'if' }],
  },
  {
    name: 'gone-is-empty',
    breaks: 'an expired delta token (410) is read as an empty calendar: everything was deleted',
    edits: [
      {
        file: INTAKE,
        find: '      restarts += 1;',
        replace: `      await settle(pass, (await pass.pairs.all()).filter((pair) => pair.state === 'active' && pair.graphId !== null).map((pair): Work => ({ pair, graph: { state: 'deleted' }, crm: { state: 'asBase' } })));
      restarts += 1;`,
      },
    ],
  },
  {
    name: 'absent-from-delta-is-deleted',
    breaks: 'what a new complete list of the delta does not show counts as deleted',
    edits: [
      {
        file: INTAKE,
        find: "await takeReadings(pass, 'graph', absent.flatMap((pair) => (pair.graphId === null ? [] : [pair.graphId])));",
        replace: "await settle(pass, absent.map((pair): Work => ({ pair, graph: { state: 'deleted' }, crm: { state: 'asBase' } })));",
      },
    ],
  },
  {
    name: 'absent-from-net-is-deleted',
    breaks: "what the daily net's list does not show counts as deleted",
    sorts: ['crowd'],
    edits: [
      {
        file: 'shared/sync/reconcile.ts',
        find: 'await takeReadings(pass, side, [...absent, ...behind]);',
        replace: "await settle(pass, [...(await pass.pairs.byIds(side, [...absent, ...behind])).values()].map((pair): Work => (side === 'graph' ? { pair, graph: { state: 'deleted' }, crm: { state: 'asBase' } } : { pair, graph: { state: 'asBase' }, crm: { state: 'deleted' } })));",
      },
    ],
  },
  {
    name: 'moved-is-deleted',
    breaks: 'what a person moved to another calendar counts as deleted',
    edits: [{ file: 'shared/graph/event-reading.ts', find: "=== true ? 'unknown' : 'elsewhere' };", replace: "=== true ? 'unknown' : 'deleted' };" }],
  },
  {
    name: 'rest-forgets',
    breaks: 'what was edited in the CRM while its event lay in another calendar is not looked at again',
    sorts: ['crowd'],
    edits: [{ file: 'shared/sync/settle.ts', find: 'const resting = { ...pair, told: reason, unsettled: true };', replace: 'const resting = { ...observed(pass, pair, work), told: reason, unsettled: false };' }],
  },
  {
    name: 'no-second-look',
    breaks: 'after subscribing the delta is not read once more, though it may lag behind',
    sorts: ['crowd'],
    edits: [{ file: 'shared/jobs/marking.ts', find: 'if (request.again === true) {', replace: 'if (request.again === true && request.asked.length < 0) {' }],
  },
  {
    name: 'text-compared-raw',
    breaks: 'texts are compared as each side holds them',
    sorts: ['crowd'],
    edits: [{ file: 'shared/model/text/canonical-text.ts', find: 'if (plain.test(text)) return trimLines(text);', replace: 'if (text.length >= 0) return text;' }],
  },
  {
    name: 'repeated-hour-ignored',
    breaks: 'the poll looks for stamps since the wall-clock time of the last one, also where the clock was set back since',
    edits: [{ file: 'shared/model/time/wallclock.ts', find: 'return wallOf(Math.min(...beginnings));', replace: 'return toWall(from, iana);' }],
  },
  {
    name: 'watermark-before-marks',
    breaks: 'the watermark of the poll moves before its hits are marked',
    sorts: ['crowd'],
    edits: [
      {
        file: CRM_POLL,
        find: '  let directory: readonly DirectoryMailbox[] | null = null;',
        replace: "  await storage.tables.transact(TABLES.tenantState, tenantId, [{ op: 'put', row: plainRow(WATERMARK, { at: startedAt }) }]);\n  let directory: readonly DirectoryMailbox[] | null = null;",
      },
      { file: CRM_POLL, find: "  await storage.tables.transact(TABLES.tenantState, tenantId, [{ op: 'put', row: plainRow(WATERMARK, { at: startedAt }) }, ...newestChange(appointmentKind.infoArea, seen, newest)]);\n  return", replace: '  return' },
    ],
  },
  {
    name: 'index-before-marks',
    breaks: 'the poll notes a hit as known before anybody was rung for it',
    edits: [
      { file: CRM_POLL, find: '    const asked = [', replace: '    await writeCrmIndex(storage.tables, tenantId, appointmentKind.infoArea, indexChanges(fresh, directory));\n    const asked = [' },
      { file: CRM_POLL, find: '    await writeCrmIndex(storage.tables, tenantId, appointmentKind.infoArea, indexChanges(fresh, directory));\n    remember(', replace: '    remember(' },
    ],
  },
  {
    name: 'no-coalescing',
    breaks: 'every message that finds its job busy comes back, however many there are',
    edits: [
      {
        file: 'shared/jobs/again.ts',
        find: '  if (row !== undefined && date - row.timestamp < afterMs) return;',
        replace: `  if (date > 0) {
    await storage.queues.send(QUEUES.tenantJobs, text, { visibleAfterMs: afterMs + 1_000, timeToLiveMs: TIME_TO_LIVE_MS });
    return;
  }`,
      },
    ],
  },
  {
    name: 'list-ignored',
    breaks: 'mailboxes that are no longer on the list are touched',
    edits: [{ file: 'shared/jobs/directory.ts', find: "return membership.state !== 'parked';", replace: "return membership.state !== 'no such state';" }],
  },
];
