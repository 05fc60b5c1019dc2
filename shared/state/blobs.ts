import type { BlobServiceClient, ContainerClient } from '@azure/storage-blob';
import type { Blobs } from '../sync/ports.ts';
import { connect, retryOptions, serviceUri } from './access.ts';
import type { Patience, StorageAccess } from './access.ts';
import { classify, refusalOf } from './classify.ts';
import type { Target } from './classify.ts';
import { orCreate } from './creation.ts';

/** A listing gives ETags without the quotes that a header carries. */
function headerForm(etag: string | undefined): string {
  const text = etag ?? '';
  return text.startsWith('"') ? text : `"${text}"`;
}

async function bytesOf(stream: NodeJS.ReadableStream | undefined): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  if (stream) for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

export function azureBlobs(access: StorageAccess, patience: Patience): Blobs {
  let service: Promise<BlobServiceClient> | undefined;

  /** The SDK is loaded when the first blob is: most invocations touch none, and a start pays for every import. */
  async function connected(): Promise<BlobServiceClient> {
    const { BlobServiceClient, newPipeline } = await import('@azure/storage-blob');
    const options = { retryOptions: retryOptions(patience) };
    return connect(() =>
      'connectionString' in access
        ? BlobServiceClient.fromConnectionString(access.connectionString, options)
        : new BlobServiceClient(serviceUri(access.blobServiceUri), newPipeline(access.credential, options)),
    );
  }

  async function open(container: string): Promise<ContainerClient> {
    service ??= connected();
    return (await service).getContainerClient(container);
  }

  /** What is read from a missing container is missing too; only a write makes the container. */
  async function reading<T, M>(container: string, absent: M, operation: (client: ContainerClient, abortSignal: AbortSignal) => Promise<T>): Promise<T | M> {
    const target: Target = { service: 'blob', name: container };
    try {
      return await operation(await open(container), AbortSignal.timeout(patience.deadlineMs));
    } catch (error) {
      const { status, code } = refusalOf(error);
      if (status === 404 && (code === 'BlobNotFound' || code === 'ContainerNotFound')) return absent;
      throw classify(error, target);
    }
  }

  async function download(client: ContainerClient, name: string, abortSignal: AbortSignal, unlessEtag?: string): Promise<{ readonly bytes: Uint8Array; readonly etag: string }> {
    const answer = await client.getBlobClient(name).download(0, undefined, { abortSignal, ...(unlessEtag === undefined ? {} : { conditions: { ifNoneMatch: unlessEtag } }) });
    return { bytes: await bytesOf(answer.readableStreamBody), etag: headerForm(answer.etag) };
  }

  return {
    put(container, name, bytes, { onlyNew = false, ifMatch, contentType } = {}) {
      const abortSignal = AbortSignal.timeout(patience.deadlineMs);
      return orCreate(
        { service: 'blob', name: container },
        async () => {
          const client = (await open(container)).getBlockBlobClient(name);
          try {
            await client.upload(bytes, bytes.byteLength, {
              abortSignal,
              ...(onlyNew ? { conditions: { ifNoneMatch: '*' } } : ifMatch === undefined ? {} : { conditions: { ifMatch } }),
              blobHTTPHeaders: { blobContentType: contentType ?? 'application/octet-stream' },
            });
            return true;
          } catch (error) {
            if (onlyNew && refusalOf(error).code === 'BlobAlreadyExists') return false;
            if (ifMatch !== undefined && (refusalOf(error).status === 412 || refusalOf(error).code === 'ContainerNotFound')) return false;
            throw error;
          }
        },
        async () => (await open(container)).create({ abortSignal }),
      );
    },

    get: (container, name) => reading(container, null, (client, abortSignal) => download(client, name, abortSignal)),

    getIfChanged: (container, name, etag) =>
      reading(container, 'missing' as const, async (client, abortSignal) => {
        try {
          return await download(client, name, abortSignal, etag);
        } catch (error) {
          if (refusalOf(error).status === 304) return null;
          throw error;
        }
      }),

    list: (container, prefix) =>
      reading(container, [], async (client, abortSignal) => {
        const found: { readonly name: string; readonly etag: string }[] = [];
        for await (const item of client.listBlobsFlat({ prefix, abortSignal })) found.push({ name: item.name, etag: headerForm(item.properties.etag) });
        return found;
      }),

    remove: (container, name) =>
      reading(container, undefined, async (client, abortSignal) => {
        await client.getBlobClient(name).delete({ abortSignal });
      }),
  };
}
