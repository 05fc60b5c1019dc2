import { describe, expect, it } from 'vitest';
import { query } from '../../local/crm/crm-under-test.ts';
import { fieldOf, rawCrm, updateOf } from './raw-interface.ts';

describe('dialect 6: record ids', () => {
  it.each([
    [100, 65, '429496729665', '0000006400000041'],
    [1, 98, '4294967394', '0000000100000062'],
    [32_767, 2_147_483_647, '140735340871679', '00007fff7fffffff'],
  ])('station %i and serial %i make %s, which a web link shows as x%s', async (statNo, seqNo, id, hex) => {
    const crm = rawCrm();
    crm.crm.act('SYNC').create('Contact', { PeGrp: crm.jane.person.statNo, PeNo: crm.jane.person.seqNo }, { statNo, seqNo });
    const answer = await crm.one(query('Contact', 'StatNo,SeqNo'));
    expect(answer.children[0]?.attributes.id).toBe(id);
    expect([fieldOf(answer, 'StatNo'), fieldOf(answer, 'SeqNo')]).toEqual([[String(statNo)], [String(seqNo)]]);
    expect(BigInt(id).toString(16).padStart(16, '0')).toBe(hex);
    expect((await crm.one(updateOf('Contact', id, '<Subject>x</Subject>'))).attributes.type).toBe('update');
  });

  it('a number that is no id, or too large for one, is no record', async () => {
    const crm = rawCrm();
    for (const id of ['abc', '-1', '1.5', '9223372036854775808', '99999999999999999999']) {
      expect((await crm.one(updateOf('Contact', id, '<Subject>x</Subject>'))).attributes.code).toBe('404');
    }
  });
});
