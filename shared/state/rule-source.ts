import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuleSource, RuleStore } from '../jobs/ports.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Blobs } from '../sync/ports.ts';

const ENDING = '.json';

/** Only names that are a tenant's id: an `_example.json` beside them is left alone. */
function tenantIdOf(name: string): string[] {
  const id = name.slice(0, -ENDING.length).toLowerCase();
  return name.endsWith(ENDING) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? [id] : [];
}

/** One document per tenant in a folder of this machine; size and time of change stand for an ETag. */
export function folderRules(folder: string): RuleSource {
  return {
    async list() {
      try {
        return (await readdir(folder)).flatMap(tenantIdOf).sort();
      } catch {
        throw new PortFailure('state', 'configuration', 'The folder that CONFIG names cannot be read: it must hold one <tenantId>.json per tenant.');
      }
    },
    async read(tenantId, etag) {
      const path = join(folder, `${tenantId}${ENDING}`);
      try {
        const { mtimeMs, size } = await stat(path);
        const current = `${mtimeMs}-${size}`;
        return current === etag ? 'unchanged' : { text: await readFile(path, 'utf8'), etag: current };
      } catch {
        return null;
      }
    },
    async companion(tenantId, name) {
      try {
        return await readFile(join(folder, `${tenantId}.${name}`), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw new PortFailure('state', 'configuration', `The file ${tenantId}.${name} beside the rules cannot be read: check its access rights.`);
      }
    },
  };
}

/** One document per tenant in a blob container. */
export function containerRules(blobs: Blobs, container: string): RuleSource {
  return {
    async list() {
      return (await blobs.list(container, '')).flatMap(({ name }) => tenantIdOf(name)).sort();
    },
    async read(tenantId, etag) {
      const name = `${tenantId}${ENDING}`;
      const found = etag === null ? await blobs.get(container, name) : await blobs.getIfChanged(container, name, etag);
      if (found === 'missing') return null;
      if (found === null) return etag === null ? null : 'unchanged';
      return { text: new TextDecoder().decode(found.bytes), etag: found.etag };
    },
    async companion(tenantId, name) {
      const found = await blobs.get(container, `${tenantId}.${name}`);
      return found === null ? null : new TextDecoder().decode(found.bytes);
    },
    store: containerStore(blobs, container),
  };
}

/** Beside the rules: what counted before, and the last document that was good, under names that no tenant has. */
function containerStore(blobs: Blobs, container: string): RuleStore {
  const versionsOf = (tenantId: string): string => `versions/${tenantId}/`;
  const nameOf = (tenantId: string, version: string): string => `${versionsOf(tenantId)}${version}${ENDING}`;
  const goodOf = (tenantId: string): string => `good/${tenantId}${ENDING}`;
  const write = (name: string, text: string, how: { readonly onlyNew?: boolean; readonly ifMatch?: string } = {}): Promise<boolean> => blobs.put(container, name, new TextEncoder().encode(text), { ...how, contentType: 'application/json' });
  const read = async (name: string): Promise<string | null> => {
    const found = await blobs.get(container, name);
    return found === null ? null : new TextDecoder().decode(found.bytes);
  };
  return {
    put: (tenantId, text, etag) => write(`${tenantId}${ENDING}`, text, etag === null ? { onlyNew: true } : { ifMatch: etag }),
    keep: async (tenantId, version, text) => void (await write(nameOf(tenantId, version), text)),
    drop: (tenantId, version) => blobs.remove(container, nameOf(tenantId, version)),
    async versions(tenantId) {
      const found = await blobs.list(container, versionsOf(tenantId));
      return found.map(({ name }) => name.slice(versionsOf(tenantId).length, -ENDING.length)).sort().reverse();
    },
    version: (tenantId, version) => read(nameOf(tenantId, version)),
    keepGood: async (tenantId, text) => void (await write(goodOf(tenantId), text)),
    good: (tenantId) => read(goodOf(tenantId)),
    async removeAll(tenantId) {
      for (const prefix of [`${tenantId}.`, versionsOf(tenantId), goodOf(tenantId)]) for (const { name } of await blobs.list(container, prefix)) await blobs.remove(container, name);
    },
  };
}
