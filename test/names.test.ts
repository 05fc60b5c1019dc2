import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EVENTS, QUEUES, ROUTES, SETTINGS, TABLES } from '../shared/config/names.ts';

const text = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const sources = (folder: string): string[] =>
  readdirSync(new URL(`../${folder}`, import.meta.url), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => text(`${folder}/${name}`));

describe('names agree wherever they stand', () => {
  const main = text('functions/main.ts');

  it('every route and queue is registered by its name, and by nothing else', () => {
    const registered = [...main.matchAll(/(?:route|queueName): (?:ROUTES|QUEUES)\.(\w+)/g)].map(([, name]) => name);
    for (const queue of Object.keys(QUEUES)) expect(registered).toContain(queue);
    expect(main).not.toMatch(/(?:route|queueName|connection): '/);
    expect(new Set(registered).size).toBe(registered.length);
    for (const route of registered.filter((name) => !(String(name) in QUEUES))) expect(Object.keys(ROUTES)).toContain(route);
  });

  it('function names are what the host allows', () => {
    const names = [...main.matchAll(/app\.\w+\('([^']+)'/g)].map(([, name]) => name ?? '');
    expect(names.length).toBeGreaterThan(6);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_-]{0,127}$/i);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  it('the sample settings name settings that the code reads, and no others', () => {
    const { Values } = JSON.parse(text('local.settings.sample.json')) as { Values: Record<string, string> };
    const known: string[] = [...Object.values(SETTINGS), 'FUNCTIONS_WORKER_RUNTIME', 'AzureWebJobsStorage', 'CRM_PASSWORD'];
    for (const name of Object.keys(Values)) expect(known).toContain(name);
  });

  it('the code reads settings by these names alone', () => {
    for (const source of [...sources('shared'), ...sources('functions')]) {
      expect(source).not.toMatch(/env\[['"]|env\.[A-Z]/);
    }
  });

  it('host.json says what the design says of queues', () => {
    const { extensions, functionTimeout } = JSON.parse(text('host.json')) as { extensions: { queues: Record<string, unknown> }; functionTimeout: string };
    expect(extensions.queues).toMatchObject({ batchSize: 8, newBatchThreshold: 4, maxPollingInterval: '00:00:02', visibilityTimeout: '00:00:30', maxDequeueCount: 5, messageEncoding: 'base64' });
    expect(functionTimeout).toBe('00:10:00');
  });

  // Without a bundle the host knows HTTP and timers alone, and starts no function on a queue.
  it('host.json asks for the extensions of queue triggers', () => {
    expect(JSON.parse(text('host.json'))).toMatchObject({ extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.0.0, 5.0.0)' } });
  });

  it('tables and queues have names that the storage takes', () => {
    for (const table of Object.values(TABLES)) expect(table).toMatch(/^[A-Za-z][A-Za-z0-9]{2,62}$/);
    for (const queue of Object.values(QUEUES)) expect(`${queue}-poison`).toMatch(/^[a-z0-9](-?[a-z0-9])+$/);
  });

  it('every event that is told of is reported somewhere, once by name', () => {
    const all = sources('shared').join('\n');
    for (const event of EVENTS) expect(all, event).toMatch(new RegExp(`report\\('${event.replace('.', '\\.')}'`));
  });
});
