import type { CrmExamination, ExaminedMarker, ExaminedTable } from '../jobs/ports.ts';
import { smallestReadingSince } from '../model/time/wallclock.ts';
import type { AnswerRecord, CommandAnswer } from './answer.ts';
import { readBuild, takesAnswers, TAKES_ANSWERS } from './builds.ts';
import { errorOf } from './classify.ts';
import type { Blocks, QueryCommand } from './dialect.ts';
import { markersInUse, tablesInUse, type FieldInUse, type TableInUse } from './fields-in-use.ts';
import { all, stampedSince } from './key-pages.ts';
import type { TenantOptions } from './tenant.ts';

/** The questions of `doctor` (docs/assumptions.md, C3 and C8). Nothing here writes. */

const MONTH_MS = 30 * 86_400_000;
/** The two flags that are known to add records marked as deleted: of new builds and of old ones (docs/crm-interface-dialect: 3). */
const DELETED_FLAGS = [16_384, 64] as const;

export function crmExamination({ rules, profile, transport, clock }: TenantOptions): CrmExamination {
  const { crm } = rules;

  return {
    async signIn() {
      const { crmClock } = transport;
      await transport.send([{ kind: 'nop', corr: 'signIn' }]);
      return { aheadMs: crmClock.known ? crmClock.at() - clock.now() : null };
    },

    async schema() {
      const asked = tablesInUse(profile, rules);
      const { answers } = await transport.send(asked.map(({ record, table }) => ({ kind: 'metainfo', corr: record, table })));
      const build = answers.map(readBuild).find((told) => typeof told === 'string') ?? null;
      const activity = asked.findIndex(({ record }) => record === 'activity');
      const held = lengthsOf(answers[activity]);
      return {
        build,
        answersSince: TAKES_ANSWERS,
        takesAnswers: takesAnswers(build),
        tables: asked.map((table, index) => examined(table, answers[index])),
        markers: held === null ? null : examinedMarkers(markersInUse(profile, rules), asked[activity]?.fields ?? [], held),
      };
    },

    async conditionBlocks() {
      const { rep } = profile;
      const always = all(rep, ['SeqNo', '>=', '0']);
      const never = all(rep, ['SeqNo', '<', '0']);
      const one = (corr: string, where: Blocks): QueryCommand => ({ kind: 'query', corr, table: { table: rep.table, fields: [rep.fields.SeqNo.name] }, where, maxRecords: 1 });
      // In both orders: a CRM that goes by the first or the last block alone must not look as if it ORed them.
      const { answers } = await transport.send([one('always', [always]), one('neverLast', [always, never]), one('neverFirst', [never, always])]);
      const refused = answers.map(refusalOf).find((each) => each !== null) ?? null;
      if (refused !== null) return { refused };
      const [alone, ...together] = answers.map((answer) => recordsOf(answer).length > 0);
      if (alone !== true) return 'noRecord';
      return together.every(Boolean) ? 'ored' : 'notOred';
    },

    async deletedRecords() {
      const { activity } = profile;
      const now = clock.now();
      const where = stampedSince(activity, smallestReadingSince(now - MONTH_MS, now, crm.timeZone));
      const flags = [crm.deletedFlag, ...DELETED_FLAGS.filter((flag) => flag !== crm.deletedFlag)];
      const { answers } = await transport.send(flags.map((flag) => ({ kind: 'query', corr: `flag${flag}`, table: { table: activity.table, fields: [activity.fields.SeqNo.name], flags: flag }, where, maxRecords: crm.pageSize })));
      const shown = flags.find((_, index) => recordsOf(answers[index]).some(({ deleted }) => deleted));
      if (shown === crm.deletedFlag) return 'shown';
      if (shown !== undefined) return { flag: shown };
      const refused = refusalOf(answers[0]);
      return refused === null ? 'unproven' : { refused };
    },
  };
}

function examined({ record, table, fields }: TableInUse, answer: CommandAnswer | undefined): ExaminedTable {
  const held = lengthsOf(answer);
  if (held === null) return { record, table, refused: refusalOf(answer) ?? 'nothing told', missing: [], short: [] };
  const missing = fields.filter(({ field }) => !held.has(field)).map(({ rule, field }) => ({ rule, field }));
  const short = fields.flatMap(({ field, length, lengthRule }) => {
    const holds = shorter(held, field, length);
    return holds === null ? [] : [{ field, holds, needed: length, lengthRule }];
  });
  return { record, table, refused: null, missing, short };
}

function examinedMarkers(markers: readonly FieldInUse[], others: readonly FieldInUse[], held: ReadonlyMap<string, number>): ExaminedMarker[] {
  return markers.map(({ rule, field, length }) => {
    const twin = [...markers, ...others].find((other) => other.field === field && other.rule !== rule);
    return { rule, field, exists: held.has(field), sharedWith: twin?.rule ?? null, holdsOnly: shorter(held, field, length) };
  });
}

/** The CRM's length of the field where it is told and less than what is needed. */
function shorter(held: ReadonlyMap<string, number>, field: string, needed: number): number | null {
  const holds = held.get(field) ?? 0;
  return holds > 0 && holds < needed ? holds : null;
}

/** null where the CRM does not tell of the table. */
function lengthsOf(answer: CommandAnswer | undefined): ReadonlyMap<string, number> | null {
  const lengths = answer?.state === 'answered' ? answer.returns[0]?.lengths : undefined;
  return lengths === undefined || lengths.size === 0 ? null : lengths;
}

function refusalOf(answer: CommandAnswer | undefined): string | null {
  return answer === undefined || answer.state === 'notRun' ? 'unknown' : (errorOf(answer)?.code ?? null);
}

function recordsOf(answer: CommandAnswer | undefined): readonly AnswerRecord[] {
  return answer?.state === 'answered' ? answer.returns.flatMap(({ records }) => records) : [];
}
