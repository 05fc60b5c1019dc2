import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { serveDemoCrm, serveDemoGraph, type ServedCrm, type ServedGraph } from '../../local/demo/simulators.ts';
import { DEMO_TENANT } from '../../local/demo/people.ts';
import { seededRandom } from '../../local/demo/seeded-random.ts';
import { seedDemo } from '../../local/demo/seeding.ts';
import { demoRules } from '../../local/demo/settings.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');

/** What `npm start` runs after its build, in a copy that holds nothing but the bundles: no source may be needed. */
let place: string;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'start-e2e-'));
  await symlink(join(REPOSITORY, 'node_modules'), join(place, 'node_modules'));
  for (const file of ['package.json', 'host.json']) await cp(join(REPOSITORY, file), join(place, file));
  // Built beside the repository's own dist/, which another run may be writing to: the sources are linked while the build lasts.
  const sources = ['functions', 'shared', 'local', 'build.mjs'];
  for (const source of sources) await symlink(join(REPOSITORY, source), join(place, source));
  const build = spawn(process.execPath, ['build.mjs'], { cwd: place, stdio: 'inherit' });
  expect(await ended(build)).toBe(0);
  for (const source of sources) await rm(join(place, source));
  expect((await readdir(place)).sort()).toEqual(['dist', 'host.json', 'node_modules', 'package.json']);
  await mkdir(join(place, 'temporary'));
});

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

afterAll(async () => {
  await rm(place, { recursive: true, force: true });
});

interface Start {
  readonly child: ChildProcess;
  text(): string;
  errors(): string;
  /** Waits until the output says so. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  readonly code: Promise<number | null>;
}

function start(args: string[], env: Record<string, string> = {}): Start {
  const child = spawn(process.execPath, ['dist/local/start.mjs', ...args], { cwd: place, env: { PATH: process.env['PATH'] ?? '', TMPDIR: join(place, 'temporary'), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let [text, errors] = ['', ''];
  onTestFailed(() => console.log(`${text}${errors}`));
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  const code = ended(child);
  const says = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((found, missed) => {
      const look = (): void => {
        const match = pattern.exec(text);
        if (match !== null) found(match);
      };
      child.stdout.on('data', look);
      look();
      void code.then((ending) => missed(new Error(`It ended with ${ending} before it said ${pattern}:\n${text}${errors}`)));
    });
  return { child, text: () => text, errors: () => errors, says, code };
}

async function ended(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

const isAlive = (url: string): Promise<boolean> => fetch(url).then(() => true, () => false);
const temporaryFolders = (): Promise<string[]> => readdir(join(place, 'temporary'));

/** Only a bound: a machine under load may need it. */
const PATIENCE = 90_000;

describe('npm start', { timeout: PATIENCE }, () => {
  it('synchronizes the demo tenant for the first time, gives account of it and ends with 0 (--once)', async () => {
    const { code, text, errors } = start(['--once']);
    expect([await code, errors()], text()).toEqual([0, '']);
    const account = text();
    expect(account).toMatch(/Subscribed 3\/3, Outlook to CRM (\d+)\/\1, CRM to Outlook (\d+)\/\2 /);
    const numbers = (pattern: RegExp): number[][] => [...account.matchAll(pattern)].map((match) => match.slice(1).map(Number));
    const crossed = [...numbers(/from Outlook +(\d+) appointments; created in the CRM: (\d+)/g), ...numbers(/from the CRM +(\d+) activities; created in Outlook: (\d+)/g)];
    expect(crossed).toHaveLength(6);
    for (const [came, created] of crossed) expect(created).toBe(came);
    expect(numbers(/left in Outlook +(\d+): /g)).toHaveLength(3);
    expect(numbers(/left in the CRM +(\d+): a letter/g)).toHaveLength(3);
    expect(numbers(/mails sent +(\d+)/gi)).toEqual([[0], [0], [0], [0]]);
    expect(account).toMatch(/Limits broken +0\n/);
    expect(account).toMatch(/8 appointments of his left as they are, 0 requests to his mailbox/);
  });

  it('goes on, tells what arrives on the other side, and leaves nothing behind on Ctrl-C', async () => {
    const { child, code, says, text, errors } = start([]);
    await says(/Ctrl-C ends everything/);
    expect(await temporaryFolders()).toHaveLength(1);
    const [, graph = ''] = await says(/Graph simulator +(\S+)/);
    const [, crm = ''] = await says(/CRM simulator +(\S+)/);
    const [, host = ''] = await says(/Functions host +(\S+)/);
    const [outlook, visit] = [...text().matchAll(/ {2}curl '(\S+)'[^']*(?:'authorization: (Bearer \S+)'[^]*?)?-d '([^']*)'/g)].map(([, url = '', authorization = '', body = '']) => ({ url, authorization, body }));
    const paste = ({ url, authorization, body }: { url: string; authorization: string; body: string }) => fetch(url, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body });
    expect((await paste(outlook!)).status).toBe(201);
    expect((await paste(visit!)).status).toBe(201);
    await says(/"Visit at short notice" \(.*17:30\) is in the CRM, on its way to Outlook/);
    await says(/"Lunch with the new colleague" \(.*12:00\) is on both sides/);
    await says(/"Visit at short notice" \(.*17:30\) is on both sides/);
    expect(await isAlive(`${host}/api/health`)).toBe(true);

    child.kill('SIGINT');
    expect([await code, errors()], text()).toEqual([0, '']);
    expect(await Promise.all([graph, crm, host].map(isAlive))).toEqual([false, false, false]);
    expect(await processesOf(place)).toEqual([]);
    expect(await temporaryFolders()).toEqual([]);
  });

  it('ends with 1 and says so when the Functions host dies', async () => {
    const { says, code, errors } = start([]);
    await says(/Functions host +(\S+)/);
    const [host] = await processesOf(place, 'host.mjs');
    process.kill(host!, 'SIGKILL');
    expect(await code).toBe(1);
    expect(errors()).toMatch(/^The Functions host ended by SIGKILL[^\n]*\n$/);
    expect(await processesOf(place)).toEqual([]);
  });

  it('refuses an option that it does not know', async () => {
    const { code, errors } = start(['--twice']);
    expect(await code).toBe(1);
    expect(errors()).toMatch(/^"--twice" is not understood; [^\n]*\n$/);
  });
});

describe('npm start with outside systems', { timeout: PATIENCE }, () => {
  let graph: ServedGraph;
  let crm: ServedCrm;
  let config: string;

  beforeAll(async () => {
    const random = seededRandom(5);
    graph = await serveDemoGraph('token-of-the-outside-graph', random, fetch);
    crm = await serveDemoCrm('password of the outside CRM', random);
    await seedDemo(graph.simulator, crm.simulator, new Date().toISOString().slice(0, 10), random);
    config = await mkdtemp(join(tmpdir(), 'start-e2e-config-'));
    await writeFile(join(config, `${DEMO_TENANT}.json`), JSON.stringify(demoRules(crm.server.url)));
  });

  afterAll(async () => {
    await Promise.all([graph.server.close(), crm.server.close(), rm(config, { recursive: true, force: true })]);
  });

  it('takes those that GRAPH_BASE_URL and CONFIG name, and ends with 0 when every mailbox has had its pass (--once)', async () => {
    const { code, text, errors } = start(['--once'], {
      GRAPH_BASE_URL: graph.server.url,
      GRAPH_AUTH: 'local',
      GRAPH_LOCAL_TOKEN: 'token-of-the-outside-graph',
      CONFIG: config,
      CRM_PASSWORD: 'password of the outside CRM',
    });
    expect([await code, errors()], text()).toEqual([0, '']);
    expect(text()).toMatch(/not the simulators[^]*3 of 3 mailboxes in step/);
    expect(graph.simulator.state()).toMatchObject({ subscriptions: 3, mails: [], violations: [] });
    expect(await processesOf(place)).toEqual([]);
  });
});

/** Process ids whose command line names the folder. */
async function processesOf(folder: string, name = ''): Promise<number[]> {
  const ps = spawn('ps', ['-eo', 'pid=,args='], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  ps.stdout.on('data', (chunk) => (text += String(chunk)));
  await ended(ps);
  const lines = text.split('\n').filter((line) => line.includes(folder) && line.includes(name));
  return lines.map((line) => Number.parseInt(line.trim(), 10));
}
