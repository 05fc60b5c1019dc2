import { describe, expect, it } from 'vitest';
import type { CrmSimulatorOptions } from '../../../local/crm/simulator.ts';
import type { CrmSide, SideItem, Written } from '../../../shared/sync/ports.ts';
import { PortFailure } from '../../../shared/sync/failures.ts';
import { CONTENT, itemOf, PAIR, world } from '../../crm/world.ts';
import type { World } from '../../crm/world.ts';

type Rules = Record<string, unknown>;
type Answer = [what: string, simulator: Partial<CrmSimulatorOptions>, crm?: Rules];

/** Where documents are silent and both answers are thinkable: the other answer, and the rule that an operator would set for it. */
const OTHER_ANSWERS: Answer[] = [
  ['nothing (the answers of the dialect)', {}],
  ['another content type', { quirks: { contentType: 'application/xml' } }, { contentType: 'application/xml' }],
  ['empty fields are absent', { quirks: { emptyFields: 'absent' } }],
  ['times with seconds', { quirks: { times: 'hh:mm:ss' } }],
  ['line ends as character references', { quirks: { lineEnds: 'crlf-entity' } }],
  ['blanks at the ends of texts are lost', { quirks: { outerBlanks: 'trim' } }],
  ['texts that are too long are cut', { quirks: { longTexts: 'cut' } }],
  ['flag 64 shows deleted records', { quirks: { deletedFlag: 64 } }, { deletedFlag: 64 }],
  ['every write stamps', { quirks: { stampUnchanged: true } }],
  ['participants stamp their activity', { quirks: { stampParent: true } }],
  ['deletion stamps nothing', { quirks: { stampDeleted: false } }],
  ['a key of a deleted record is refused', { quirks: { deletedMatch: 'refuse' } }],
  ['a failed break ends the request', { quirks: { failedBreak: 'stops' } }],
  ['no Date header', { quirks: { dateHeader: false } }],
  ['a CRM clock that is ahead', { quirks: { clockSkewMs: 120_000 } }],
  ['a CRM clock that is behind', { quirks: { clockSkewMs: -120_000 } }],
  ['shorter fields, as the rules say', { fields: { 'Contact.Subject': { length: 60 } } }, { lengths: { Subject: 60 } }],
];

function itemIn(written: Written | undefined): SideItem {
  if (written?.outcome !== 'written' || written.item === null) throw new Error(`Expected a written item and found ${JSON.stringify(written)}.`);
  return written.item;
}

/** Long enough for every stamp to have settled, whatever is known of the CRM's clock. */
const SETTLED_MS = 15 * 60_000;

async function reread(here: World, side: CrmSide, id: string): Promise<SideItem> {
  await here.clock.advance(SETTLED_MS);
  return itemOf((await side.read([id])).get(id));
}

describe('the product survives the other answer: create, update, conflict, delete', () => {
  it.each(OTHER_ANSWERS)('%s', async (_what, simulator, crm = {}) => {
    const here = world({ simulator, crm });
    const side = here.side();
    const made = itemIn((await side.write([{ kind: 'create', pairId: PAIR, content: CONTENT, repeated: false }]))[0]);
    expect(made.content).toMatchObject(CONTENT);
    expect(await side.write([{ kind: 'create', pairId: PAIR, content: CONTENT, repeated: true }])).toEqual([{ outcome: 'exists' }]);

    const read = await reread(here, side, made.id);
    const update = { kind: 'update', pairId: PAIR, id: made.id, version: read.version, content: { ...CONTENT, subject: 'Moved' }, current: read } as const;
    expect(itemIn((await side.write([update]))[0]).content['subject']).toBe('Moved');

    const again = await reread(here, side, made.id);
    here.simulator.act('JOHN').update('Contact', made.id, { Location: 'Elsewhere' });
    expect((await side.write([{ ...update, version: again.version, current: again }]))[0]?.outcome).toBe('conflict');
    expect(here.simulator.record('Contact', made.id)?.values['Location']).toBe('Elsewhere');

    const last = await reread(here, side, made.id);
    expect((await side.write([{ kind: 'delete', pairId: PAIR, id: made.id, version: last.version }]))[0]?.outcome).toBe('written');
    expect((await side.read([made.id])).get(made.id)).toEqual({ state: 'deleted' });
    expect(await here.side().write([{ kind: 'create', pairId: PAIR, content: CONTENT, repeated: true }])).toEqual([{ outcome: 'gone' }]);
    expect(here.simulator.records('Contact')).toHaveLength(1);
  });
});

/** Those that could matter to a poll. */
const TOLD_TO_POLLS = /^(nothing|empty fields|times|flag 64|every write|participants|no Date|a CRM clock)/;

describe('the product survives the other answer: the poll', () => {
  it.each(OTHER_ANSWERS.filter(([what]) => TOLD_TO_POLLS.test(what)))('%s', async (_what, simulator, crm = {}) => {
    const here = world({ simulator, crm });
    const visit = { Contact: 1, Subject: 'Visit', Date: '2026-11-23', Time: '10:00', EndTime: '11:00', RepId: here.jane.repId };
    const [edited, deleted, invited, quiet] = Array.from({ length: 4 }, () => here.seeder.activity(visit, here.jane.person, [{ RepId: here.john.repId }]));
    await here.clock.advance(3_600_000);
    const { startedAt } = await here.tenant().changes(null);
    await here.clock.advance(60_000);
    const john = here.simulator.act('JOHN');
    john.update('Contact', edited?.id ?? '', { Subject: 'Edited' });
    john.delete('Contact', deleted?.id ?? '');
    john.update('Participant', here.simulator.records('Participant')[2]?.id ?? '', { Status: 1 });
    const found: string[] = [];
    for await (const page of (await here.tenant().changes(startedAt)).pages) found.push(...page.map(({ id }) => id));
    expect([...found].sort()).toEqual([edited?.id, deleted?.id, invited?.id]);
    expect(found).not.toContain(quiet?.id);
  });

  it('where deletion stamps nothing it is seen by whoever reads the record, not by the poll', async () => {
    const here = world({ simulator: { quirks: { stampDeleted: false } } });
    const { id } = here.seeder.activity({ Contact: 1, Subject: 'Visit', Date: '2026-11-23', RepId: here.jane.repId }, here.jane.person);
    await here.clock.advance(3_600_000);
    const since = here.clock.now();
    here.simulator.act('JOHN').delete('Contact', id);
    for await (const page of (await here.tenant().changes(since)).pages) expect(page).toEqual([]);
    expect((await here.side().read([id])).get(id)).toEqual({ state: 'deleted' });
  });
});

describe('the product takes what the CRM stored for what it wrote', () => {
  it.each([
    ['a cut text', { longTexts: 'cut' }, { subject: 'x'.repeat(150) }, { subject: 'x'.repeat(120) }],
    ['lost blanks', { outerBlanks: 'trim' }, { subject: ' padded ', body: ' padded \n' }, { subject: 'padded' }],
  ] as const)('%s', async (_what, quirks, written, stored) => {
    const here = world({ simulator: { quirks }, crm: { lengths: { Subject: 200 } } });
    const [made] = await here.side().write([{ kind: 'create', pairId: PAIR, content: { ...CONTENT, ...written }, repeated: false }]);
    expect(itemIn(made).content).toMatchObject(stored);
    expect(here.simulator.records('Contact')[0]?.values['Subject']).toBe(stored.subject);
  });
});

describe('the product stops where it cannot survive, and says so', () => {
  const failure = async (work: Promise<unknown>): Promise<PortFailure> => {
    const failed = await work.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(failed instanceof PortFailure)) throw new Error('It did not fail.');
    return failed;
  };

  it('a login that is refused by HTTP is a matter of configuration', async () => {
    const here = world({ simulator: { quirks: { loginFailure: 'http' } } });
    here.simulator.lockLogins(60_000);
    expect((await failure(here.side().read(['429496729601']))).reason).toBe('configuration');
  });

  it('a busy user with another code is tried again', async () => {
    const here = world({ simulator: { quirks: { codes: { 509: '17' } }, latencyMs: 1_000 } });
    const [first, second] = [here.side().read(['429496729601']), failure(here.side().read(['429496729601']))];
    await here.clock.advance(1_000);
    expect((await second).reason).toBe('transient');
    await first;
  });

  it('a guard whose break fails and ends the request has written nothing, and nothing is taken for written', async () => {
    const here = world({ simulator: { quirks: { failedBreak: 'stops' } } });
    const visit = { Contact: 1, Subject: 'Visit', Date: '2026-11-23', Time: '10:00', EndTime: '11:00', RepId: here.jane.repId };
    const { id } = here.seeder.activity(visit, here.jane.person);
    const side = here.side();
    const read = await reread(here, side, id);
    here.simulator.addFault({ kind: 'commandError', code: 500, match: { command: 'break' } });
    const [written] = await side.write([{ kind: 'update', pairId: PAIR, id, version: read.version, content: { subject: 'Moved' }, current: read }]);
    expect(written?.outcome).toBe('lost');
    expect(here.simulator.record('Contact', id)?.values['Subject']).toBe('Visit');
  });
});
