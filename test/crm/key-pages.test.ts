import { describe, expect, it } from 'vitest';
import type { AnswerRecord } from '../../shared/crm/answer.ts';
import { all, behind, both, nextPage, theRecord } from '../../shared/crm/key-pages.ts';
import { schemaProfile } from '../../shared/crm/profile.ts';

const { activity } = schemaProfile({ profile: { activity: { fields: { StatNo: 'Station' } } }, lengths: {} });
const records = (...ids: string[]): AnswerRecord[] => ids.map((id) => ({ table: 'Contact', id, deleted: false, fields: new Map(), nested: [] }));

describe('Pages by key', () => {
  it('begin behind the last key, on its station or a later one', () => {
    expect(behind(activity, '429496729665')).toEqual([
      [{ table: 'Contact', field: 'Station', op: '>', value: '100' }],
      [{ table: 'Contact', field: 'Station', op: '=', value: '100' }, { table: 'Contact', field: 'SeqNo', op: '>', value: '65' }],
    ]); // prettier-ignore
    expect(behind(activity, null)).toEqual([[]]);
    expect(theRecord(activity, 'nonsense')).toBeNull();
  });

  it('multiply blocks out, because OR stands only between them', () => {
    const [a, b] = [all(activity, ['RepId', '=', '1']), all(activity, ['RepId', '=', '2'])];
    const [c, d] = [all(activity, ['Date', '>', '2026-01-01']), all(activity, ['Date', '=', '2026-01-01'])];
    expect(both([a, b], [c, d])).toEqual([[...a, ...c], [...a, ...d], [...b, ...c], [...b, ...d]]); // prettier-ignore
  });

  it('end with a page that is not full', () => {
    expect(nextPage(records('1', '2'), null, 2)).toBe('2');
    expect(nextPage(records('3'), '2', 2)).toBeNull();
    expect(nextPage(records(), '3', 2)).toBeNull();
  });

  it('are refused where they are out of order, begin too early or hold too much: records could be passed over', () => {
    for (const [page, after] of [[records('2', '1'), null], [records('2', '3'), '2'], [records('1', '2', '3'), null]] as const) {
      expect(() => nextPage(page, after, 2)).toThrow('order of its keys');
    }
    expect(nextPage(records('9', '429496729665'), null, 2)).toBe('429496729665');
  });
});
