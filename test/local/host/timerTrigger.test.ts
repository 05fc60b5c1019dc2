import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startAzurite } from '../../../local/host/azurite.ts';
import type { Azurite } from '../../../local/host/azurite.ts';
import { startHost } from '../../../local/host/host.ts';
import type { Host } from '../../../local/host/host.ts';
import { probe } from './fixtures/probe.ts';
import { eventually } from './support/eventually.ts';
import { bundleFixture } from './support/fixtureBundle.ts';
import type { Fixture } from './support/fixtureBundle.ts';
import { manualClock } from './support/manualClock.ts';
import type { ManualClock } from './support/manualClock.ts';

interface Run {
  name: string;
  timer: { isPastDue: boolean; schedule: { adjustForDST: boolean }; scheduleStatus: { last: string; next: string } | null };
}

let azurite: Azurite;
let fixture: Fixture;

beforeAll(async () => {
  azurite = await startAzurite();
  fixture = await bundleFixture('timers');
});

afterAll(async () => {
  await azurite.stop();
  await fixture.remove();
});

beforeEach(() => {
  probe().events = [];
  probe().act = {};
});

const start = (clock: ManualClock): Promise<Host> =>
  startHost({
    bundle: fixture.bundle,
    hostJson: fixture.hostJson,
    port: 0,
    settings: { OFTEN: '*/20 * * * * *' },
    storageConnection: azurite.connectionString,
    keys: { master: 'master-key' },
    clock,
  });
const runsOf = (name: string): Run[] => (probe().events as Run[]).filter((run) => run.name === name);

describe('timer functions of a bundle', () => {
  it('run on the host clock, get the timer as the library gives it, and make up for a missed run after a restart', async () => {
    const clock = manualClock('2026-03-01T10:00:30Z');
    const first = await start(clock);
    await clock.advance(30_000);
    const run = await eventually(() => runsOf('everyMinute')[0], 'everyMinute ran');
    expect(run.timer).toMatchObject({ isPastDue: false, schedule: { adjustForDST: true }, scheduleStatus: { next: '2026-03-01T10:01:00.000Z' } });
    expect(runsOf('atStart')).toHaveLength(1);
    expect(runsOf('often')[0]?.timer.scheduleStatus).toBeNull();
    await eventually(async () => (await clock.advance(0), first.running === 0), 'the runs ended');
    await first.stop();

    await clock.advance(5 * 60_000);
    probe().events = [];
    const second = await start(clock);
    await clock.advance(0);
    const late = await eventually(() => runsOf('everyMinute')[0], 'everyMinute made up for the missed run');
    expect(late.timer.isPastDue).toBe(true);
    await second.stop();
  });

  it('run by hand through runTimer, which reports a failure', async () => {
    const host = await start(manualClock('2026-04-01T10:00:30Z'));
    await host.runTimer('often');
    expect(runsOf('often')).toHaveLength(1);
    probe().act['everyMinute'] = () => Promise.reject(new Error('broken'));
    await expect(host.runTimer('everyMinute')).rejects.toThrow('The timer function "everyMinute" failed');
    await expect(host.runTimer('unknown')).rejects.toThrow('There is no timer function "unknown"; there are: everyMinute, often, atStart.');
    await host.stop();
  });

  it('are started by POST /admin/functions/{name} with the master key', async () => {
    const host = await start(manualClock('2026-04-02T10:00:30Z'));
    const post = (name: string, key: string): Promise<Response> =>
      fetch(`${host.url}/admin/functions/${name}`, { method: 'POST', body: '{"input":""}', headers: { 'x-functions-key': key } });
    expect((await post('often', 'wrong')).status).toBe(401);
    expect((await post('unknown', 'master-key')).status).toBe(404);
    expect((await post('OFTEN', 'master-key')).status).toBe(202);
    await eventually(() => runsOf('often').length === 1, 'often ran');
    await host.stop();
  });
});
