import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { startHost } from '../../../local/host/host.ts';
import type { HostOptions } from '../../../local/host/host.ts';
import { readRegistrations } from '../../../local/host/registration.ts';
import type { FunctionMetadata } from '../../../local/host/rpc.ts';
import { bundleFixture } from './support/fixtureBundle.ts';

async function startFixture(name: string, over: Partial<HostOptions> = {}, hostJson: object = {}): Promise<void> {
  const fixture = await bundleFixture(name, hostJson);
  try {
    const host = await startHost({ bundle: fixture.bundle, hostJson: fixture.hostJson, port: 0, settings: {}, storageConnection: 'UseDevelopmentStorage=true', ...over });
    await host.stop();
  } finally {
    await fixture.remove();
  }
}

const http = (name: string, bindings: FunctionMetadata['bindings'] = {}): FunctionMetadata => ({
  name,
  bindings: { httpTrigger1: { type: 'httpTrigger', direction: 'in', methods: ['GET'], authLevel: 'anonymous' }, $return: { type: 'http', direction: 'out' }, ...bindings },
});

describe('a bundle that cannot be served', () => {
  it('is refused with the reason its loading gave', async () => {
    await expect(startFixture('throwsAtLoad')).rejects.toThrow(/^The bundle .*main\.mjs could not be loaded: the fixture has no mind to load$/);
  });

  it('is refused where it registers nothing, a trigger this host does not have, or a setting is missing', async () => {
    await expect(startFixture('empty')).rejects.toThrow('The bundle registers no function');
    await expect(startFixture('blobTrigger')).rejects.toThrow('Function "onBlob" has a trigger of type "blobTrigger", which this host does not have');
    await expect(startFixture('badName')).rejects.toThrow('The function name "1st-function" is not allowed');
    await expect(startFixture('timers')).rejects.toThrow('The schedule of function "often" names the app setting OFTEN, which is not set');
    await expect(startFixture('queues', { settings: { WORK_QUEUE: 'work' } })).rejects.toThrow('Function "work" needs the app setting DATA');
  });

  it('is refused where it or host.json is not there', async () => {
    await expect(startFixture('empty', { bundle: 'nowhere/main.mjs' })).rejects.toThrow('could not be loaded');
    await expect(startFixture('empty', { hostJson: 'nowhere/host.json' })).rejects.toThrow('host.json could not be read at nowhere/host.json.');
  });

  it('is refused where host.json is no JSON', async () => {
    const fixture = await bundleFixture('http');
    await writeFile(fixture.hostJson, '{');
    await expect(startHost({ bundle: fixture.bundle, hostJson: fixture.hostJson, port: 0, settings: {}, storageConnection: '' })).rejects.toThrow('is not JSON.');
    await fixture.remove();
  });

  it('leaves the environment as it was', async () => {
    await expect(startFixture('empty', { settings: { HOST_TEST_SETTING: 'x' } })).rejects.toThrow();
    expect(process.env['HOST_TEST_SETTING']).toBeUndefined();
  });
});

describe('the setting HOST_KEYS', () => {
  it('gives the keys where none are passed in, and must be JSON', async () => {
    const fixture = await bundleFixture('http');
    const options: HostOptions = { bundle: fixture.bundle, hostJson: fixture.hostJson, port: 0, settings: { HOST_KEYS: '{"default":"k"}' }, storageConnection: 'UseDevelopmentStorage=true' };
    const host = await startHost(options);
    expect((await fetch(`${host.url}/api/withKey?code=k`)).status).toBe(200);
    await host.stop();
    await expect(startHost({ ...options, settings: { HOST_KEYS: 'hush' } })).rejects.toThrow(/^The setting HOST_KEYS is not JSON; write it as [^h]*$/);
    await fixture.remove();
  });
});

describe('two bundles in one process', () => {
  it('keep their functions apart', async () => {
    const fixture = await bundleFixture('http');
    const options: HostOptions = { bundle: fixture.bundle, hostJson: fixture.hostJson, port: 0, settings: {}, storageConnection: 'UseDevelopmentStorage=true' };
    const [one, two] = await Promise.all([startHost(options), startHost(options)]);
    expect(one.functions).toEqual(two.functions);
    for (const host of [one, two]) expect(await (await fetch(`${host.url}/api/shapes`)).text()).toBe('text');
    await Promise.all([one.stop(), two.stop()]);
    await fixture.remove();
  });

  it('cannot share a port', async () => {
    const fixture = await bundleFixture('http');
    const options: HostOptions = { bundle: fixture.bundle, hostJson: fixture.hostJson, port: 0, settings: {}, storageConnection: 'UseDevelopmentStorage=true' };
    const host = await startHost(options);
    const port = Number(new URL(host.url).port);
    await expect(startHost({ ...options, port })).rejects.toThrow(`Port ${port} is in use`);
    await host.stop();
    await fixture.remove();
  });
});

describe('a registration', () => {
  it('keeps to the names that the host of Azure takes', () => {
    expect(readRegistrations([http('a'), http('Good_Name-2')])).toHaveLength(2);
    for (const name of ['1a', 'a b', 'host', 'Host', 'ä', 'a'.repeat(129), '']) expect(() => readRegistrations([http(name)])).toThrow(`The function name "${name}" is not allowed`);
    expect(() => readRegistrations([http('a'), http('A')])).toThrow('The functions "a" and "A" differ in case only');
    expect(() => readRegistrations([http('a', { 'bad-binding': { type: 'blob', direction: 'out' } })])).toThrow('The binding "bad-binding" of function "a" is not allowed');
  });

  it('is refused where it asks for what this host does not have', () => {
    expect(() => readRegistrations([http('a', { out: { type: 'queue', direction: 'out' } })])).toThrow('Function "a" has a binding of type "queue"');
    expect(() => readRegistrations([{ ...http('a'), retryOptions: {} }])).toThrow('Function "a" has a retry policy');
    expect(() => readRegistrations([{ name: 'a', bindings: {} }])).toThrow('Function "a" has no trigger');
  });
});
