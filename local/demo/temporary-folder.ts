import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Belongings } from './belongings.ts';

/** A new folder that is gone when the start ends. */
export async function temporaryFolder(belongings: Pick<Belongings, 'add'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'connector-demo-'));
  const removal = { recursive: true, force: true };
  belongings.add({ stop: () => rm(folder, removal), kill: () => rmSync(folder, removal) });
  return folder;
}
