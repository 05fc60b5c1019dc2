import { join } from 'node:path';
import { startAzurite } from '../host/azurite.ts';
import { SETTINGS } from '../../shared/config/names.ts';
import { startHostChild, type HostChild } from './host-child.ts';
import { hostClient, type HealthSummary } from './host-client.ts';
import { ASK_AGAIN_MS, LIMIT_SECONDS, LOOK_EVERY_MS, type Machine } from './machine.ts';
import { givenFunctionKey, hasOwnStorage, outsideSettings } from './settings.ts';
import { temporaryFolder } from './temporary-folder.ts';

/**
 * The same host against systems that the shell names. Their stores are not ours to look into, so the connector's own health tells how far it is.
 * Answers null where all went well, or one sentence that says what did not.
 */
export async function runOutside(machine: Machine, once: boolean): Promise<string | null> {
  const { screen, clock, secret, stop, belongings, env, root } = machine;
  const functionKey = givenFunctionKey(env) ?? secret();
  const storage = hasOwnStorage(env) ? null : await startAzurite();
  if (storage !== null) belongings.add({ stop: () => storage.stop() });
  if (stop.aborted) return null;
  const places = { storage: storage?.connectionString ?? null, functionKey, webhookSecret: secret() };
  const host = await startHostChild({ root, logFile: join(await temporaryFolder(belongings), 'host.log'), clock, env: (url) => outsideSettings(env, places, url), onSpawn: belongings.add, onEnded: machine.onHostEnded });
  if (stop.aborted) return null;
  const client = hostClient(host, functionKey, machine);
  for (const line of introduction(machine, host, functionKey)) screen.line(line);

  const started = clock.now();
  let askedAt = 0;
  for (;;) {
    const now = clock.now();
    const health = await client.health();
    if (now - askedAt >= ASK_AGAIN_MS && mailboxesIn(health).total === 0) {
      await client.startUsersJob();
      askedAt = now;
    }
    screen.status(progressOf(health), `${Math.round((now - started) / 1_000)} s`);
    const isDone = isThrough(health);
    if (isDone && once) return null;
    if (!isDone && once && now - started > LIMIT_SECONDS * 1_000) return `The first synchronization did not come to its end within ${LIMIT_SECONDS} s: ${[progressOf(health), ...host.troubles().slice(-1)].join('; ')}`;
    await clock.sleep(LOOK_EVERY_MS, stop);
    if (stop.aborted) return null;
  }
}

function introduction({ env }: Machine, { url, logFile }: HostChild, functionKey: string): string[] {
  const publicUrl = env[SETTINGS.publicBaseUrl] ?? '';
  return [
    'The systems that GRAPH_BASE_URL and CONFIG name are used, not the simulators.',
    `Functions host   ${url} (health: /api/health)`,
    `Function key     ${functionKey}`,
    `Log of the host  ${logFile}`,
    ...(publicUrl === '' ? ['PUBLIC_BASE_URL is not set: Graph is told to call the Functions host at the', 'address above, which only a Graph on this machine can reach.'] : []),
    ...(hasOwnStorage(env) ? [] : ['DATA is not set: all state lies in memory and is lost at the end.']),
    '',
  ];
}

/** Every tenant is well and every mailbox has had a pass. */
function isThrough(health: HealthSummary): boolean {
  const { total, waiting } = mailboxesIn(health);
  return health.status === 'ok' && total > 0 && waiting === 0;
}

function mailboxesIn({ tenants }: HealthSummary): { total: number; waiting: number; troubled: number } {
  let [total, waiting, troubled] = [0, 0, 0];
  for (const { mailboxes } of tenants) {
    for (const [state, count] of Object.entries(mailboxes)) {
      total += count;
      if (state === 'new') waiting += count;
      else if (state !== 'ok') troubled += count;
    }
  }
  return { total, waiting, troubled };
}

function progressOf(health: HealthSummary): string {
  const { total, waiting, troubled } = mailboxesIn(health);
  const problems = [health.problem, ...health.tenants.map(({ problem }) => problem)].filter((problem) => problem !== null);
  return [`${total - waiting - troubled} of ${total} mailboxes in step`, ...(troubled === 0 ? [] : [`${troubled} in trouble`]), ...problems].join('; ');
}
