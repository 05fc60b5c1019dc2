import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lint, startCompiler, type CompilerProcess, type Diagnostic } from './compiler-process.ts';
import type { Bicep } from './compiler.ts';

const INFRA = fileURLToPath(new URL('../../infra', import.meta.url));

/** What is deployed of one type. */
export function ofType({ predictedResources }: Snapshot, type: string): readonly Resource[] {
  return predictedResources.filter((resource) => resource.type === type);
}

/** Last part of a name: the queue of an account's queue, the secret of a vault's secret. */
export function leaf({ name = '' }: Resource): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** What one parameter set would deploy: modules flattened, conditions and loops evaluated, names computed. */
export interface Snapshot {
  readonly predictedResources: readonly Resource[];
  readonly diagnostics: readonly unknown[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface Resource {
  readonly id?: string;
  readonly type: string;
  readonly name?: string;
  readonly condition?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly sku?: Readonly<Record<string, unknown>>;
  readonly kind?: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export type SetName = 'smallest' | 'default' | 'everything' | 'with a client secret';

export interface Compiled {
  /** Of the compiler. */
  readonly version: string;
  /** What the compiler has to say of main.bicep and its modules. */
  readonly complaints: readonly string[];
  /** Files that `bicep format` would change. */
  readonly unformatted: readonly string[];
  readonly template: Template;
  /** By file; what is built of it, and what the compiler has to say. */
  readonly parameterFiles: readonly ParameterFile[];
  readonly sets: Readonly<Record<SetName, Snapshot>>;
  /** Null where the types of the Graph extension are not at hand. */
  readonly identity: { readonly complaints: readonly string[]; readonly entra: Snapshot; readonly exchange: Snapshot } | null;
}

export interface ParameterFile {
  readonly name: string;
  readonly complaints: readonly string[];
  readonly parameters: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface Template {
  readonly parameters: Readonly<Record<string, TemplateParameter>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface TemplateParameter {
  readonly type: string;
  readonly defaultValue?: unknown;
  readonly allowedValues?: readonly unknown[];
  readonly minValue?: number;
  readonly maxValue?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly metadata?: { readonly description?: string };
}

export const SUBSCRIPTION = '33333333-3333-4333-8333-333333333333';
const PLACE = { tenantId: '11111111-1111-4111-8111-111111111111', subscriptionId: SUBSCRIPTION, resourceGroup: 'rg', location: 'westeurope', deploymentName: 'main' };

/** A way to log in that no set of ours recommends, and that has settings of its own. */
const WITH_SECRET = "using '../main.bicep'\n\nparam graphAuth = 'clientSecret'\nparam graphAppId = '22222222-2222-4222-8222-222222222222'\nparam graphClientSecret = 'secret'\nparam crmPassword = 'password'\n";

/** Everything that the tests ask the compiler, asked once. It works in a copy, in which the Graph extension's types may lie. */
export async function compileAll(bicep: Bicep): Promise<Compiled> {
  const folder = mkdtempSync(join(tmpdir(), 'infra-'));
  cpSync(INFRA, folder, { recursive: true });
  const sources = readdirSync(folder, { recursive: true }).map(String).filter((name) => /\.bicep(param)?$/.test(name)).sort();
  writeFileSync(join(folder, 'parameters', 'client-secret.bicepparam'), WITH_SECRET);
  const hasGraphTypes = useGraphTypes(folder);
  const compiler = startCompiler(bicep);
  try {
    const [complaints, rest] = await Promise.all([lint(bicep, join(folder, 'main.bicep')), ask(compiler, folder, sources, hasGraphTypes)]);
    return { complaints, ...rest };
  } finally {
    compiler.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ask(compiler: CompilerProcess, folder: string, sources: readonly string[], hasGraphTypes: boolean): Promise<Omit<Compiled, 'complaints'>> {
  const { version } = await compiler.call<{ version: string }>('version', {});
  const built = await compiler.call<{ contents: string | null; diagnostics: Diagnostic[] }>('compile', { path: join(folder, 'main.bicep') });
  if (built.contents === null) throw new Error(`infra/main.bicep does not compile:\n${said(built.diagnostics).join('\n')}`);
  const unformatted: string[] = [];
  const parameterFiles: ParameterFile[] = [];
  for (const name of sources) {
    const path = join(folder, name);
    const { contents } = await compiler.call<{ contents: string }>('format', { path });
    if (contents !== readFileSync(path, 'utf8')) unformatted.push(name);
    if (name.endsWith('.bicepparam')) parameterFiles.push({ name, ...(await buildParameters(compiler, path)) });
  }
  const sets = {
    smallest: await snapshot(compiler, join(folder, 'parameters', 'smallest.bicepparam')),
    default: await snapshot(compiler, join(folder, 'main.bicepparam')),
    everything: await snapshot(compiler, join(folder, 'parameters', 'everything.bicepparam')),
    'with a client secret': await snapshot(compiler, join(folder, 'parameters', 'client-secret.bicepparam')),
  };
  return { version, template: withoutGenerator(JSON.parse(built.contents) as Template), unformatted, parameterFiles, sets, identity: hasGraphTypes ? await compileIdentity(compiler, folder) : null };
}

async function snapshot(compiler: CompilerProcess, path: string): Promise<Snapshot> {
  const { snapshot: text } = await compiler.call<{ snapshot: string }>('getSnapshot', { path, metadata: PLACE, externalInputs: null });
  return JSON.parse(text) as Snapshot;
}

async function buildParameters(compiler: CompilerProcess, path: string): Promise<Omit<ParameterFile, 'name'>> {
  const { parameters, diagnostics } = await compiler.call<{ parameters: string | null; diagnostics: Diagnostic[] }>('compileParams', { path, parameterOverrides: {} });
  return { complaints: said(diagnostics), ...(JSON.parse(parameters ?? '{"parameters":{}}') as Pick<ParameterFile, 'parameters'>) };
}

function said(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ code, message }) => `${code}: ${message}`);
}

/** The extension's registry may be out of reach; `BICEP_GRAPH_TYPES` names a file with its types. */
function useGraphTypes(folder: string): boolean {
  const file = process.env['BICEP_GRAPH_TYPES'];
  if (file === undefined || !existsSync(file)) return false;
  const config = join(folder, 'bicepconfig.json');
  cpSync(file, join(folder, 'msgraph.tgz'));
  writeFileSync(config, JSON.stringify({ ...(JSON.parse(readFileSync(config, 'utf8')) as object), extensions: { microsoftGraphV1: './msgraph.tgz' } }));
  return true;
}

async function compileIdentity(compiler: CompilerProcess, folder: string): Promise<NonNullable<Compiled['identity']>> {
  const sets = Object.fromEntries(['entra', 'exchange'].map((access) => [access, join(folder, `identity-${access}.bicepparam`)]));
  for (const [access, path] of Object.entries(sets)) writeFileSync(path, `using 'identity.bicep'\n\nparam mailboxAccess = '${access}'\n`);
  const { diagnostics } = await compiler.call<{ diagnostics: Diagnostic[] }>('compile', { path: join(folder, 'identity.bicep') });
  return { complaints: said(diagnostics), entra: await snapshot(compiler, String(sets['entra'])), exchange: await snapshot(compiler, String(sets['exchange'])) };
}

/** Version and hash of the compiler stand in every template and module: they are no difference. */
function withoutGenerator<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (name, member: unknown) => (name === '_generator' ? undefined : member))) as T;
}
