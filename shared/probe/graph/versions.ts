import { doesNotHold, holds, type Fact, type Tried } from '../fact.ts';
import type { ProbedMailbox } from './mailbox.ts';
import { said, textOf } from './way.ts';

const HONOURED = { graph: { ifMatch: 'honoured' } };
const IGNORED = { graph: { ifMatch: 'ignored' } };

/** Longer than a version was seen to move behind a write. */
const SETTLING_MS = 10_000;

export const ifMatch: Fact<ProbedMailbox> = {
  line: 'G1',
  says: 'If-Match on PATCH and DELETE of an event is honoured (412)',
  either: {
    holds: 'a write names the version that was read, and an edit in between is merged',
    otherwise: 'with graph.ifMatch "ignored" the event is read once more just before each write; an edit within that moment could be overwritten',
  },
  async try(mailbox): Promise<Tried> {
    const { id, etag } = await mailbox.create();
    const first = await mailbox.patched(id, { importance: 'high' });
    let current = await mailbox.patch(id, { importance: 'low' }, { 'If-Match': textOf(first.json, '@odata.etag') });
    if (current.status === 412) {
      // A version may still move by itself just behind a write (graph.md 2.2).
      await mailbox.clock.sleep(SETTLING_MS, mailbox.options.signal);
      current = await mailbox.patch(id, { importance: 'low' }, { 'If-Match': textOf((await mailbox.read(id, { $select: 'id' })).json, '@odata.etag') });
    }
    const patch = await mailbox.patch(id, { importance: 'normal' }, { 'If-Match': etag });
    const remove = await mailbox.remove(id, { 'If-Match': etag });
    const seen = `PATCH with an old version ${said(patch)}, with the current one ${said(current)}, DELETE with an old one ${said(remove)}`;
    if (current.status !== 200) return { outcome: 'notTried', why: `a PATCH with the current version was refused (${said(current)})` };
    return patch.status === 412 && remove.status === 412 ? holds(seen, HONOURED) : doesNotHold(seen, IGNORED);
  },
};

/** 99 at most, as many as it takes to be told of a lag that is not rare. */
const READINGS = 10;

export const readLag: Fact<ProbedMailbox> = {
  line: 'G46',
  says: 'a reading of one event is behind what was written by graph.readLagSeconds at most',
  either: { holds: 'nothing more to do', otherwise: 'a longer graph.readLagSeconds: readings within that time are asked for once more' },
  async try(mailbox): Promise<Tried> {
    const allowedMs = mailbox.rules.graph.readLagSeconds * 1_000;
    const { id } = await mailbox.create();
    let worst = 0;
    for (let turn = 1; turn <= READINGS; turn += 1) {
      const subject = `${textOf((await mailbox.read(id, { $select: 'subject' })).json, 'subject').split(' #')[0] ?? ''} #${turn}`;
      await mailbox.patched(id, { subject });
      const shown = await mailbox.within(LONGEST_LAG_MS, async () => (textOf((await mailbox.read(id, { $select: 'subject' })).json, 'subject') === subject ? true : null));
      worst = Math.max(worst, shown?.afterMs ?? LONGEST_LAG_MS);
      if (shown === null) break;
    }
    const seen = `of ${READINGS} readings just behind a PATCH the slowest showed it after ${(worst / 1_000).toFixed(1)} s`;
    if (worst <= allowedMs) return holds(seen);
    return doesNotHold(seen, { graph: { readLagSeconds: Math.min(600, Math.ceil(worst / 1_000) * 2) } });
  },
};

const LONGEST_LAG_MS = 300_000;
