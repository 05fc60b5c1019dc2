import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundleFixture, bundleHostProcess } from './support/fixtureBundle.ts';
import type { Fixture } from './support/fixtureBundle.ts';
import { eventually } from './support/eventually.ts';

interface Started {
  child: ChildProcess;
  url: string;
  errors: () => string;
}

let folder: string;
let hostFile: string;
let fixture: Fixture;
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'host-process-'));
  hostFile = await bundleHostProcess(folder);
  fixture = await bundleFixture('process');
  await writeFile(join(folder, 'settings.json'), JSON.stringify({ Values: { GREETING: 'from the file', AzureWebJobsStorage: 'UseDevelopmentStorage=true' } }));
});

afterAll(async () => {
  await fixture.remove();
  await rm(folder, { recursive: true, force: true });
});

function spawnHost(args: string[], env: Record<string, string> = {}): { child: ChildProcess; errors: () => string } {
  const child = spawn(process.execPath, [hostFile, '--port', '0', ...args], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let text = '';
  child.stderr?.on('data', (chunk) => (text += String(chunk)));
  return { child, errors: () => text };
}

async function started(args: string[], env: Record<string, string> = {}): Promise<Started> {
  const { child, errors } = spawnHost(args, env);
  const lines = createInterface({ input: child.stdout! });
  const [line] = (await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => Promise.reject(new Error(errors())))])) as [string];
  const ready = JSON.parse(line) as { ready: boolean; url: string };
  expect(ready.ready).toBe(true);
  return { child, url: ready.url, errors };
}

const ended = async (child: ChildProcess): Promise<number | null> => (child.exitCode !== null ? child.exitCode : ((await once(child, 'exit')) as [number | null])[0]);
const here = (): string[] => ['--bundle', fixture.bundle, '--host-json', fixture.hostJson, '--settings', join(folder, 'settings.json')];

describe('the host as a process', () => {
  it('serves the bundle with settings from environment and file, and ends with 0 on SIGTERM', async () => {
    const { child, url } = await started(here(), { GREETING: 'from the environment' });
    expect(await (await fetch(`${url}/api/hello`)).json()).toEqual({ from: 'from the file', storage: true });
    child.kill('SIGTERM');
    expect(await ended(child)).toBe(0);
    expect(() => process.kill(child.pid!, 0)).toThrow();
  });

  it('takes settings from the environment alone', async () => {
    const { child, url } = await started(['--bundle', fixture.bundle, '--host-json', fixture.hostJson], { GREETING: 'from the environment', AzureWebJobsStorage: 'UseDevelopmentStorage=true' });
    expect(await (await fetch(`${url}/api/hello`)).json()).toMatchObject({ from: 'from the environment' });
    child.kill('SIGINT');
    expect(await ended(child)).toBe(0);
  });

  it('finishes what runs before it ends', async () => {
    const { child, url, errors } = await started(here());
    const answer = fetch(`${url}/api/slow`);
    await eventually(() => errors().includes('slow began'), 'the slow function began');
    child.kill('SIGTERM');
    expect(await (await answer).text()).toBe('slow ended');
    expect(await ended(child)).toBe(0);
  });

  it('streams HTTP where the bundle asks for it', async () => {
    const streaming = await bundleFixture('streaming');
    const { child, url } = await started(['--bundle', streaming.bundle, '--host-json', streaming.hostJson, '--settings', join(folder, 'settings.json')]);
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('one '));
        controller.enqueue(Buffer.from('two'));
        controller.close();
      },
    });
    const answer = await fetch(`${url}/api/upper/x`, { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect([answer.status, answer.headers.get('x-name'), await answer.text()]).toEqual([200, 'x', 'ONE TWO']);
    child.kill('SIGTERM');
    expect(await ended(child)).toBe(0);
    await streaming.remove();
  });

  it.each([
    ['throwsAtLoad', /^The bundle .*main\.mjs could not be loaded: the fixture has no mind to load\n$/],
    ['badName', /^The function name "1st-function" is not allowed: .*\n$/],
  ])('ends with 1 and one sentence when it cannot serve the bundle %s', async (name, sentence) => {
    const bad = await bundleFixture(name);
    const { child, errors } = spawnHost(['--bundle', bad.bundle, '--host-json', bad.hostJson, '--settings', join(folder, 'settings.json')]);
    expect(await ended(child)).toBe(1);
    expect(errors()).toMatch(sentence);
    await bad.remove();
  });

  it('ends with 1 and says how to call it when its arguments are wrong', async () => {
    const { child, errors } = spawnHost(['--bundel', 'x']);
    expect(await ended(child)).toBe(1);
    expect(errors()).toContain('Usage:');
    const missing = spawnHost(['--bundle', fixture.bundle, '--host-json', fixture.hostJson]);
    expect(await ended(missing.child)).toBe(1);
    expect(missing.errors()).toBe('The app setting AzureWebJobsStorage is not set; it has to hold the connection string of the storage account or emulator.\n');
  });
});
