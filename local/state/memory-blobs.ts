import { PortFailure } from '../../shared/sync/failures.ts';
import type { Blobs } from '../../shared/sync/ports.ts';
import type { Run } from './operation.ts';

export interface StoredBlob {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly contentType: string;
}

/** container -> name -> blob. */
export type BlobsState = Map<string, Map<string, StoredBlob>>;

export function copyBlobs(state: BlobsState): BlobsState {
  return new Map([...state].map(([container, blobs]) => [container, new Map(blobs)]));
}

export function memoryBlobs(state: BlobsState, run: Run): Blobs {
  let writes = 0;

  function blobsOf(container: string): Map<string, StoredBlob> {
    if (!/^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/.test(container)) throw new PortFailure('state', 'configuration', `A container cannot have the name ${JSON.stringify(container)}: use 3 to 63 lower-case letters, digits and single hyphens.`, { code: 'InvalidResourceName' });
    return state.get(container) ?? new Map<string, StoredBlob>();
  }

  /** The reader's own copy (`slice` of a Buffer would be none). */
  function given({ bytes, etag }: StoredBlob): { readonly bytes: Uint8Array; readonly etag: string } {
    return { bytes: new Uint8Array(bytes), etag };
  }

  return {
    put: (container, name, bytes, { onlyNew = false, ifMatch, contentType = 'application/octet-stream' } = {}) =>
      run('blobs.put', { place: container, keys: [name] }, () => {
        const blobs = blobsOf(container);
        if (onlyNew && blobs.has(name)) return false;
        if (ifMatch !== undefined && blobs.get(name)?.etag !== ifMatch) return false;
        writes += 1;
        blobs.set(name, { bytes: new Uint8Array(bytes), etag: `"0x8${writes.toString(16).toUpperCase().padStart(14, '0')}"`, contentType });
        state.set(container, blobs);
        return true;
      }),

    get: (container, name) =>
      run('blobs.get', { place: container, keys: [name] }, () => {
        const blob = blobsOf(container).get(name);
        return blob ? given(blob) : null;
      }),

    getIfChanged: (container, name, etag) =>
      run('blobs.getIfChanged', { place: container, keys: [name] }, () => {
        const blob = blobsOf(container).get(name);
        if (!blob) return 'missing';
        return blob.etag === etag ? null : given(blob);
      }),

    list: (container, prefix) =>
      run('blobs.list', { place: container }, () =>
        [...blobsOf(container)]
          .filter(([name]) => name.startsWith(prefix))
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, { etag }]) => ({ name, etag })),
      ),

    remove: (container, name) =>
      run('blobs.remove', { place: container, keys: [name] }, () => {
        blobsOf(container).delete(name);
      }),
  };
}
