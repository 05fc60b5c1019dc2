import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SOURCE = fileURLToPath(new URL('powershell', import.meta.url));
/** Ignored by git like everything in node_modules. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/powershell', import.meta.url));
const PROGRAM = join(CACHE, 'out', 'host.dll');
const BUILD_MS = 240_000;

export interface Parsed {
  readonly errors: readonly string[];
  readonly commands: readonly { readonly name: string; readonly line: number; readonly parameters: readonly string[] }[];
  readonly functions: readonly string[];
  readonly parameters: readonly string[];
  /** The parameters that its help explains, in capitals. */
  readonly help: readonly string[];
  readonly examples: readonly string[];
}

export interface ScriptRun {
  readonly output: readonly string[];
  readonly warnings: readonly string[];
  /** What did not end the run. */
  readonly errors: readonly string[];
  /** What ended it. */
  readonly failure: string | null;
  readonly calls: readonly string[];
  readonly world: Readonly<Record<string, unknown>>;
}

/** PowerShell's own engine. */
export interface Engine {
  parse(script: string): Promise<Parsed>;
  /** Runs a script on a stage that plays the commands it calls, in a runspace of its own. */
  run(script: string, stage: string, parameters: object, world: object): Promise<ScriptRun>;
  end(): void;
}

/** Null = it is not there: CI builds its host from NuGet; elsewhere nobody's machine downloads anything for a test (`npm run powershell` does). */
export async function startEngine(): Promise<Engine | null> {
  if (process.env['CI'] === 'true') await build();
  else if (!isBuilt()) return null;
  const child = spawn('dotnet', [PROGRAM], { env: quiet(), stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: { resolve: (answer: never) => void; reject: (failure: Error) => void }[] = [];
  createInterface(child.stdout).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line) as never));
  child.on('close', (code) => waiting.splice(0).forEach(({ reject }) => reject(new Error(`PowerShell's host ended with ${code}.`))));
  const ask = <T>(asked: object): Promise<T> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.stdin.write(`${JSON.stringify(asked)}\n`);
    });
  return {
    parse: (script) => ask({ parse: script }),
    run: (script, stage, parameters, world) => ask({ script, stage, parameters, world }),
    end: () => child.stdin.end(),
  };
}

function isBuilt(): boolean {
  return existsSync(PROGRAM) && ['Program.cs', 'host.csproj'].every((file) => statSync(join(SOURCE, file)).mtimeMs <= statSync(PROGRAM).mtimeMs);
}

async function build(): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const args = ['build', join(SOURCE, 'host.csproj'), '-nodeReuse:false', '-p:UseSharedCompilation=false', '-o', join(CACHE, 'out'), `-p:BaseIntermediateOutputPath=${join(CACHE, 'obj')}/`, `-p:RestorePackagesPath=${join(CACHE, 'packages')}`];
  const told = await promisify(execFile)('dotnet', args, { timeout: BUILD_MS, env: quiet() }).catch((failure: { stdout?: string; message: string }) => ({ stdout: `${failure.message}\n${failure.stdout ?? ''}` }));
  if (!existsSync(PROGRAM)) throw new Error(`CI needs PowerShell's engine, and its host could not be built:\n${told.stdout.slice(-2_000)}`);
}

function quiet(): NodeJS.ProcessEnv {
  return { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1', POWERSHELL_TELEMETRY_OPTOUT: '1' };
}
