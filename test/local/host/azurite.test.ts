import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { describe, expect, it } from 'vitest';
import { startAzurite } from '../../../local/host/azurite.ts';

const queue = (connection: string) => QueueServiceClient.fromConnectionString(connection, { retryOptions: { maxTries: 1 } }).getQueueClient('things');
const table = (connection: string) => TableClient.fromConnectionString(connection, 'things', { allowInsecureConnection: true });
const blob = (connection: string) => BlobServiceClient.fromConnectionString(connection).getContainerClient('things');

async function fill(connection: string): Promise<void> {
  await queue(connection).createIfNotExists();
  await queue(connection).sendMessage('one');
  await table(connection).createTable();
  await table(connection).upsertEntity({ partitionKey: 'p', rowKey: 'r', value: 1 });
  await blob(connection).createIfNotExists();
  await blob(connection).getBlockBlobClient('b').upload('text', 4);
}

describe('the storage emulator in this process', () => {
  it('serves queues, tables and blobs with the SDKs the product uses, two beside each other without mixing', async () => {
    const [one, two] = await Promise.all([startAzurite(), startAzurite()]);
    await fill(one.connectionString);
    expect((await queue(one.connectionString).receiveMessages()).receivedMessageItems[0]?.messageText).toBe('one');
    expect((await table(one.connectionString).getEntity('p', 'r'))['value']).toBe(1);
    expect((await blob(one.connectionString).getBlockBlobClient('b').downloadToBuffer()).toString()).toBe('text');
    expect(await queue(two.connectionString).exists()).toBe(false);
    await fill(two.connectionString);
    await one.stop();
    expect((await queue(two.connectionString).receiveMessages()).receivedMessageItems[0]?.messageText).toBe('one');
    expect((await blob(two.connectionString).getBlockBlobClient('b').downloadToBuffer()).toString()).toBe('text');
    await two.stop();
  });

  it('really ends, also when it is stopped twice', async () => {
    const azurite = await startAzurite();
    await fill(azurite.connectionString);
    await azurite.stop();
    await azurite.stop();
    await expect(queue(azurite.connectionString).exists()).rejects.toThrow();
  });

  it('keeps its data in a folder where one is given', async () => {
    const folder = join(await mkdtemp(join(tmpdir(), 'azurite-')), 'data');
    const first = await startAzurite({ folder });
    await fill(first.connectionString);
    await first.stop();
    const second = await startAzurite({ folder });
    expect((await queue(second.connectionString).receiveMessages()).receivedMessageItems[0]?.messageText).toBe('one');
    expect((await table(second.connectionString).getEntity('p', 'r'))['value']).toBe(1);
    expect((await blob(second.connectionString).getBlockBlobClient('b').downloadToBuffer()).toString()).toBe('text');
    await second.stop();
    await rm(folder, { recursive: true });
  });
});
