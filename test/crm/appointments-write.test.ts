import { describe, expect, it } from 'vitest';
import { CONTENT, itemOf, PAIR, world } from './world.ts';

describe('Creating an activity', () => {
  it('writes every group, the rep and his own person as the parent, and answers what the CRM holds', async () => {
    const { side, simulator, jane } = world();
    const [written] = await side().write([{ kind: 'create', pairId: PAIR, content: CONTENT, repeated: false }]);
    expect(written).toMatchObject({ outcome: 'written', item: { content: CONTENT, key: PAIR, outOfScope: null, version: '2026-11-02 09:00:00' } });
    const [record] = simulator.records('Contact');
    expect(record?.values).toMatchObject({
      Contact: '1', Status: '0', Date: '2026-11-23', Time: '10:00:00', EndDate: '2026-11-23', EndTime: '11:00:00', RepId: String(jane.repId),
      PeGrp: String(jane.person.statNo), PeNo: String(jane.person.seqNo), ExtSystem: 'M365', ExtKey: PAIR, ShowAs: '2', Priority: '1', Reminder: '15', Categories: 'Blue;Green',
    }); // prettier-ignore
  });
});
