import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROJECT = fileURLToPath(new URL('compiler/compiler.csproj', import.meta.url));
/** Ignored by git like everything in node_modules; a restore that was made once is found by every later run. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/bicep', import.meta.url));
const RESTORE_MS = 240_000;

/** The compiler's program and the environment it runs in. */
export interface Bicep {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The real compiler: what `BICEP` names, `bicep` on PATH, or the one that was restored from NuGet. CI restores it; elsewhere nobody's machine downloads
 * anything for a test, and null says that there is none.
 */
export async function findBicep(): Promise<Bicep | null> {
  const path = process.env['BICEP'] ?? onPath('bicep') ?? restored() ?? (process.env['CI'] === 'true' ? await restore() : null);
  return path === null ? null : { path, env: ownEnvironment() };
}

/** Parameter files read the environment: what somebody's shell holds must not get into what is compared here. */
function ownEnvironment(): Record<string, string> {
  const { PATH, HOME, TMPDIR } = process.env;
  return { ...(PATH === undefined ? {} : { PATH }), ...(HOME === undefined ? {} : { HOME }), ...(TMPDIR === undefined ? {} : { TMPDIR }), DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' };
}

function onPath(name: string): string | null {
  const found = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name));
  return found.find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The package of the compiler and its version, which is pinned: another one may write the same template in other words. */
export function pinned(): { readonly id: string; readonly version: string } {
  const [, id, version] = /Include="([^"]+)" Version="\[([^\]]+)\]"/.exec(readFileSync(PROJECT, 'utf8')) ?? [];
  if (id === undefined || version === undefined) throw new Error('The project file of the compiler names no exact version.');
  return { id, version };
}

function restored(): string | null {
  const { id, version } = pinned();
  const path = join(CACHE, 'packages', id.toLowerCase(), version, 'tools', 'bicep');
  if (!existsSync(path)) return null;
  // The package comes without the run bit.
  chmodSync(path, 0o755);
  return path;
}

async function restore(): Promise<string> {
  if (onPath('dotnet') === null) throw new Error('CI needs the Bicep compiler, and there is neither BICEP, nor bicep, nor dotnet to restore it from NuGet.');
  mkdirSync(CACHE, { recursive: true });
  const args = ['restore', PROJECT, '--packages', join(CACHE, 'packages'), `-p:BaseIntermediateOutputPath=${join(CACHE, 'obj')}/`];
  const told = await promisify(execFile)('dotnet', args, { timeout: RESTORE_MS, env: { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' } }).catch((failure: { stdout?: string; message: string }) => ({ stdout: failure.stdout ?? failure.message }));
  const path = restored();
  if (path === null) throw new Error(`The Bicep compiler could not be restored from NuGet:\n${told.stdout.slice(-2_000)}`);
  return path;
}
