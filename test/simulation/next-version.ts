import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as failures from '../../shared/sync/failures.ts';
import type { Product } from '../world/product.ts';
import { loadNext } from './run/load-next.mjs';
import { bundleNext } from './run/next.mjs';

/** The product as its next version, made and loaded beside today's. */
export async function nextVersion(): Promise<Product> {
  const folder = await mkdtemp(join(tmpdir(), 'next-version-'));
  try {
    const file = join(folder, 'next.mjs');
    await bundleNext(file);
    return (await loadNext(file, failures)) as Product;
  } finally {
    await rm(folder, { recursive: true });
  }
}
