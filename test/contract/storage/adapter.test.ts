import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite } from '../../../local/host/azurite.ts';
import type { Azurite } from '../../../local/host/azurite.ts';
import { countingStorage } from '../../../local/state/counting.ts';
import { PATIENCE } from '../../../shared/state/access.ts';
import { azureStorage } from '../../../shared/state/storage.ts';
import { PortFailure } from '../../../shared/sync/failures.ts';
import type { RowChange, Storage } from '../../../shared/sync/ports.ts';
import { collect, freshName, outcome } from './implementations.ts';
import { startProxy } from './proxy.ts';
import type { Fate, Proxy } from './proxy.ts';

/** As in production, but for the waiting. */
const HASTY = { ...PATIENCE, retryDelayMs: 3 };

const insert = (rowKey: string): RowChange => ({ op: 'insert', row: { rowKey, cells: { a: 1 } } });
const bytes = (text: string) => new TextEncoder().encode(text);

async function failure(promise: Promise<unknown>): Promise<PortFailure> {
  const error: unknown = await promise.then(
    () => new Error('It was done.'),
    (reason: unknown) => reason,
  );
  if (error instanceof PortFailure) return error;
  throw error;
}

/** Does something to the first requests, then lets pass. */
function first(...fates: Fate[]): () => Fate {
  return () => fates.shift() ?? 'pass';
}

describe('The Azure adapter', () => {
  let azurite: Azurite;
  let proxy: Proxy;
  let storage: Storage;
  beforeAll(async () => {
    azurite = await startAzurite();
    proxy = await startProxy(azurite.connectionString);
    storage = azureStorage({ connectionString: proxy.connectionString }, HASTY);
  });
  afterEach(() => {
    proxy.decide = () => 'pass';
  });
  afterAll(async () => {
    await proxy.stop();
    await azurite.stop();
  });

  async function requests(work: () => Promise<unknown>): Promise<string[]> {
    const before = proxy.seen.length;
    await work();
    return proxy.seen.slice(before);
  }

  const operations: readonly { name: string; run: (storage: Storage, place: string) => Promise<unknown>; service: string }[] = [
    { name: 'get', service: 'table', run: ({ tables }, place) => tables.get(place, 'p', 'r') },
    { name: 'range', service: 'table', run: ({ tables }, place) => tables.range(place, 'p') },
    { name: 'pick', service: 'table', run: ({ tables }, place) => tables.pick(place, 'p', ['r']) },
    { name: 'scan', service: 'table', run: ({ tables }, place) => collect(tables.scan(place)) },
    { name: 'transact', service: 'table', run: ({ tables }, place) => tables.transact(place, 'p', [{ op: 'put', row: { rowKey: 'r', cells: {} } }]) },
    { name: 'send', service: 'queue', run: ({ queues }, place) => queues.send(place, 'x') },
    { name: 'receive', service: 'queue', run: ({ queues }, place) => queues.receive(place, { max: 1, invisibleMs: 1_000 }) },
    { name: 'length', service: 'queue', run: ({ queues }, place) => queues.length(place) },
    { name: 'put', service: 'blob', run: ({ blobs }, place) => blobs.put(place, 'b', bytes('x')) },
    { name: 'blob get', service: 'blob', run: ({ blobs }, place) => blobs.get(place, 'b') },
    { name: 'getIfChanged', service: 'blob', run: ({ blobs }, place) => blobs.getIfChanged(place, 'b', '"0x1"') },
    { name: 'list', service: 'blob', run: ({ blobs }, place) => blobs.list(place, '') },
    { name: 'blob remove', service: 'blob', run: ({ blobs }, place) => blobs.remove(place, 'b') },
  ];

  describe('requests', () => {
    it.each(operations)('$name is one request where its place exists', async ({ run }) => {
      const place = freshName();
      await storage.tables.transact(place, 'p', [insert('r')]);
      await storage.queues.send(place, 'x');
      await storage.blobs.put(place, 'b', bytes('x'));
      expect(await requests(() => run(storage, place))).toHaveLength(1);
    });

    it('are as many as countingStorage says', async () => {
      const counting = countingStorage(storage);
      const table = freshName();
      await storage.tables.transact(table, 'p', [insert('r')]);
      const seen = await requests(async () => {
        for (let i = 0; i < 12; i += 1) await counting.tables.transact(table, 'p', Array.from({ length: 100 }, (_, n) => insert(`r${i}-${n}`)));
        await counting.tables.range(table, 'p');
        await counting.tables.range(table, 'p', { limit: 10 });
        await counting.tables.pick(table, 'p', Array.from({ length: 30 }, (_, n) => `r1-${n}`));
        await counting.tables.pick(table, 'p', []);
        await collect(counting.tables.scan(table));
        await counting.tables.get(table, 'p', 'none');
      });
      expect(counting.counts()).toEqual({ 'tables.transact': 12, 'tables.range': 3, 'tables.pick': 3, 'tables.scan': 2, 'tables.get': 1 });
      expect(seen).toHaveLength(counting.total());
    });

    it('for a missing table are three, once: tried, made, repeated', async () => {
      const table = freshName();
      const seen = await requests(() => storage.tables.transact(table, 'p', [insert('r')]));
      expect(seen.map((line) => line.replace(/^(\w+) \/\w+\/([$\w]*).*$/, '$1 $2'))).toEqual(['POST $batch', 'POST Tables', 'POST $batch']);
      expect(await requests(() => storage.tables.get(table, 'p', 'r'))).toHaveLength(1);
    });

    it('that read a missing container do not make it', async () => {
      const container = freshName();
      await storage.blobs.get(container, 'b');
      await storage.blobs.list(container, '');
      expect(await requests(() => storage.blobs.put(container, 'b', bytes('x')))).toHaveLength(3);
    });

    it.each([
      ['a table', 'transact', { status: 404, headers: { 'content-type': 'application/json' }, body: '{"odata.error":{"code":"TableNotFound"}}' }],
      ['a queue', 'send', { status: 404, headers: { 'x-ms-error-code': 'QueueNotFound' } }],
      ['a container', 'put', { status: 404, headers: { 'x-ms-error-code': 'ContainerNotFound' } }],
    ] as const)('that find %s made by somebody else in the same moment go on', async (_, name, missing) => {
      const place = freshName();
      const { run } = operations.find((operation) => operation.name === name)!;
      await run(storage, place);
      proxy.decide = first(missing);
      expect(await requests(() => run(storage, place))).toHaveLength(3);
    });
  });

  describe('where creating is forbidden', () => {
    it.each(operations.filter(({ name }) => !/^(blob|list|getIf)/.test(name)))('$name says what is missing and that infra/ makes it', async ({ run }) => {
      const place = freshName();
      proxy.decide = (method, path) => (path.startsWith('/devstoreaccount1/Tables') || (method === 'PUT' && /^\/devstoreaccount1\/\w+(\?.*)?$/.test(path)) ? { status: 403, headers: { 'x-ms-error-code': 'AuthorizationPermissionMismatch' } } : 'pass');
      const { reason, message } = await failure(run(storage, place));
      expect(reason).toBe('configuration');
      expect(message).toContain(place);
      expect(message).toContain('infra/');
    });
  });

  describe('a lost answer', () => {
    it.each(operations)('$name is tried again', async ({ run }) => {
      const place = freshName();
      await storage.tables.transact(place, 'p', [insert('r')]);
      await storage.queues.send(place, 'x');
      await storage.blobs.put(place, 'b', bytes('x'));
      proxy.decide = first('lost');
      expect(await requests(() => run(storage, place))).toHaveLength(2);
    });

    it.each(operations)('$name gives up after two repetitions, and says that it may have been done', async ({ run }) => {
      proxy.decide = () => 'lost';
      const before = proxy.seen.length;
      const { reason, details } = await failure(run(storage, freshName()));
      expect(reason).toBe('transient');
      expect(details.outcomeUnknown).toBe(true);
      expect(proxy.seen.length - before).toBe(3);
    });

    it('of an insert that had taken effect turns into a conflict, and the row is there once', async () => {
      const table = freshName();
      await storage.tables.transact(table, 'p', [insert('other')]);
      proxy.decide = first('answerLost');
      expect(await outcome(storage.tables.transact(table, 'p', [insert('r')]))).toBe('conflict');
      expect(await storage.tables.get(table, 'p', 'r')).not.toBeNull();
    });

    it('of a removal that had taken effect is no failure', async () => {
      const queue = freshName();
      await storage.queues.send(queue, 'x');
      const [message] = await storage.queues.receive(queue, { max: 1, invisibleMs: 60_000 });
      proxy.decide = first('answerLost');
      expect(await outcome(storage.queues.remove(queue, message!))).toBe('done');
    });

    it('of a message that had been taken leaves it in the queue twice', async () => {
      const queue = freshName();
      await storage.queues.send(queue, 'first');
      proxy.decide = first('answerLost');
      await storage.queues.send(queue, 'second');
      expect(await storage.queues.length(queue)).toBe(3);
    });

    it('that is cut short is not taken for an answer', async () => {
      const table = freshName();
      await storage.tables.transact(table, 'p', [insert('r')]);
      proxy.decide = (_, path) => (path.includes('$batch') ? { status: 202, headers: { 'content-type': 'multipart/mixed; boundary=batchresponse_1' }, body: '--batchresponse_1\r\n--changesetresponse_1\r\nHTTP/1.1 204 No Content\r\nETag: W/"1"\r\n' } : 'pass');
      const { reason, details } = await failure(storage.tables.transact(table, 'p', [{ op: 'put', row: { rowKey: 'r', cells: {} } }]));
      expect(reason).toBe('transient');
      expect(details.outcomeUnknown).toBe(true);
    });
  });

  describe('a storage that does not answer', () => {
    it.each(operations)('$name ends with the deadline', async ({ run }) => {
      proxy.decide = () => 'silence';
      const { reason, details } = await failure(run(azureStorage({ connectionString: proxy.connectionString }, { ...HASTY, deadlineMs: 150 }), freshName()));
      expect(reason).toBe('transient');
      expect(details.outcomeUnknown).toBe(true);
    });

    it('that cannot be reached was surely not sent anything', async () => {
      const gone = await startProxy(azurite.connectionString);
      await gone.stop();
      const unreachable = azureStorage({ connectionString: gone.connectionString }, HASTY);
      for (const { run } of operations) {
        const { reason, details } = await failure(run(unreachable, freshName()));
        expect(reason).toBe('transient');
        expect(details.outcomeUnknown).toBeUndefined();
      }
    });

    it.each(operations)('$name does not sleep as long as a Retry-After says, but passes it on', async ({ run }) => {
      proxy.decide = () => ({ status: 503, headers: { 'retry-after': '600', 'x-ms-error-code': 'ServerBusy' } });
      const before = proxy.seen.length;
      const { reason, details } = await failure(run(storage, freshName()));
      expect(reason).toBe('transient');
      expect(details.retryAfterMs).toBe(600_000);
      expect(proxy.seen.length - before).toBe(3);
    });
  });

  describe('a refusal', () => {
    it.each(operations)('of $name names the role that is missing', async ({ run, service }) => {
      proxy.decide = () => ({ status: 403, headers: { 'x-ms-error-code': 'AuthorizationPermissionMismatch' } });
      const { reason, message } = await failure(run(storage, freshName()));
      expect(reason).toBe('configuration');
      expect(message.toLowerCase()).toContain(`storage ${service} data contributor`);
    });

    it.each(operations)('of $name quotes nothing of the server', async ({ run }) => {
      proxy.decide = () => ({ status: 400, headers: { 'content-type': 'application/json' }, body: '{"odata.error":{"code":"InvalidInput","message":{"lang":"en-US","value":"somebody@example.com wrote a secret"}}}' });
      const error = await failure(run(storage, freshName()));
      expect(error.reason).toBe('recordRejected');
      expect(JSON.stringify([error.message, error.details, error.cause])).not.toMatch(/example|secret/);
    });
  });

  describe('an identity', () => {
    const uris = (protocol: string) => ({ queueServiceUri: `${protocol}://127.0.0.1:9/account`, tableServiceUri: `${protocol}://127.0.0.1:9/account/`, blobServiceUri: `${protocol}://127.0.0.1:9/account` });

    it.each(operations)('whose token cannot be had is told by $name, without the text of its error', async ({ run }) => {
      const getToken = () => Promise.reject(Object.assign(new Error('a secret'), { name: 'CredentialUnavailableError' }));
      const { reason, message } = await failure(run(azureStorage({ ...uris('https'), credential: { getToken } }, HASTY), freshName()));
      expect(reason).toBe('configuration');
      expect(message).not.toContain('secret');
    });

    it.each(operations)('is not used by $name over http', async ({ run }) => {
      let asked = 0;
      const getToken = async () => {
        asked += 1;
        return { token: 'secret', expiresOnTimestamp: 4e12 };
      };
      const { reason, message } = await failure(run(azureStorage({ ...uris('http'), credential: { getToken } }, HASTY), freshName()));
      expect(reason).toBe('configuration');
      expect(message).toContain('https');
      expect(asked).toBe(0);
    });
  });

  describe('wrong settings', () => {
    it.each(operations)('are told by $name at first use, and not before', async ({ run }) => {
      const { reason, message } = await failure(run(azureStorage({ connectionString: 'AccountKey=c2VjcmV0;nonsense' }), freshName()));
      expect(reason).toBe('configuration');
      expect(message).toContain('DATA');
      expect(message).not.toContain('c2VjcmV0');
    });
  });
});
