import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SETTINGS } from '../../shared/config/names.ts';
import { requestMistake } from './http-surface.ts';
import { exists, ROOT, text } from './pages.ts';

/** One sentence on what in a command is not there, or null. What no page has used yet is told, too: whoever uses it says here how it is checked. */
export function commandMistake(words: readonly string[]): string | null {
  const [program = '', ...args] = words;
  if (/^\w+=/.test(program)) return settingMistake([program]) ?? (args.length === 0 ? null : commandMistake(args));
  if (/^(\.\/)?infra\/scripts\//.test(program)) return scriptMistake(program.replace('./', ''), args);
  const check = PROGRAMS[program];
  return check === undefined ? `nothing is known of ${program}` : check(args);
}

const PROGRAMS: Readonly<Record<string, (args: readonly string[]) => string | null>> = {
  npm,
  npx,
  node: (args) => (args[0] === undefined ? 'node without a file' : (fileMistake(args[0]) ?? optionMistake(args[0], args.slice(1)))),
  export: settingMistake,
  zip: (args) => first(args.filter((arg) => !arg.startsWith('-')).slice(1), fileMistake),
  curl,
  az,
  azd: (args) => {
    const [command, ...rest] = args;
    if (command === 'up' && rest.length === 0) return null;
    if (command !== 'env' || rest[0] !== 'set') return `nothing is known of azd ${args.join(' ')}`;
    return rest[1] === 'AZURE_RESOURCE_GROUP' || SHELL.has(rest[1] ?? '') ? null : `nothing reads ${rest[1]}`;
  },
};

const first = <T>(list: readonly T[], mistakeIn: (one: T) => string | null): string | null => list.map(mistakeIn).find((mistake) => mistake !== null) ?? null;
const flagsIn = (args: readonly string[]): readonly string[] => args.map((arg) => arg.replace(/[[\]]/g, '')).filter((arg) => arg.startsWith('-') && arg !== '--');

const manifest = JSON.parse(text('package.json')) as { scripts: Record<string, string> };

function npm([command = '', ...rest]: readonly string[]): string | null {
  if (['install', 'ci'].includes(command)) return first(rest, (flag) => (flag === '--ignore-scripts' ? null : `nothing is known of npm ${command} ${flag}`));
  const [script = '', ...args] = command === 'run' ? rest : [command, ...rest];
  const line = manifest.scripts[script];
  if (line === undefined) return `package.json has no script ${script}`;
  const dashes = args.indexOf('--');
  if (dashes !== 0) return args.length === 0 ? null : `npm keeps ${args[0]} for itself: put -- before it`;
  const entry = /node (?:--\S+ )*(\S+\.mjs)$/.exec(line)?.[1];
  return entry === undefined ? `script ${script} takes no options` : optionMistake(entry, args.slice(1));
}

function npx(args: readonly string[]): string | null {
  const [program = '', ...rest] = args.filter((arg, index) => arg !== '--yes' && arg !== '-p' && args[index - 1] !== '-p');
  if (program === 'node') return commandMistake([program, ...rest]);
  if (!exists(`node_modules/.bin/${program}`)) return `${program} is not among the packages`;
  return program === 'vitest' ? first(rest.slice(1).filter((arg) => !arg.startsWith('-')), fileMistake) : null;
}

/** Files that are there, or that build.mjs makes. */
function fileMistake(path: string): string | null {
  const [, made] = /^dist\/(.+?)\.mjs(?:\.map)?$/.exec(path) ?? [];
  if (made !== undefined && new RegExp(`[\\s'{]${made}'?: '`).test(text('build.mjs'))) return null;
  return exists(path) ? null : `there is no ${path}`;
}

/** Where the options of an entry point are read: its own folder, or that of its source. */
function optionMistake(entry: string, args: readonly string[]): string | null {
  const [, made] = /^dist\/(.+)\.mjs$/.exec(entry) ?? [];
  const source = made === undefined ? entry : new RegExp(`'${made}': '([^']+)'`).exec(text('build.mjs'))?.[1];
  if (source === undefined) return `build.mjs does not make ${entry}`;
  const folder = dirname(source);
  const code = readdirSync(join(ROOT, folder)).filter((file) => /\.(ts|mjs)$/.test(file)).map((file) => text(`${folder}/${file}`)).join('\n');
  return first(flagsIn(args), (flag) => {
    const name = flag.replace(/^--(no-)?/, '').split('=', 1)[0] ?? '';
    return new RegExp(`(['"]?)\\b${name}\\1: \\{ type: '`).test(code) ? null : `${source} knows no ${flag}`;
  });
}

/** What a shell may be told: settings, and what main.bicepparam reads. */
const SHELL = new Set<string>([...Object.values(SETTINGS), ...[...text('infra/main.bicepparam').matchAll(/readEnvironmentVariable\('(\w+)'/g)].map(([, name]) => String(name))]);

function settingMistake(assignments: readonly string[]): string | null {
  return first(assignments, (one) => (SHELL.has(one.split('=', 1)[0] ?? '') ? null : `nothing reads ${one.split('=', 1)[0]}`));
}

function scriptMistake(path: string, args: readonly string[]): string | null {
  if (!exists(path)) return `there is no ${path}`;
  const known = new Set([...text(path).matchAll(/^\s*(--[\w-]+)\) /gm)].map(([, flag]) => String(flag)));
  return first(flagsIn(args), (flag) => (known.has(flag) ? null : `${path} knows no ${flag}`));
}

function curl(args: readonly string[]): string | null {
  const address = args.find((arg) => arg.includes('/api/'));
  if (address === undefined) return null;
  const after = (...flags: readonly string[]): string | undefined => args[args.findIndex((arg) => flags.includes(arg)) + 1];
  const sends = args.some((arg) => ['-d', '--data', '--data-binary'].includes(arg));
  const method = args.some((arg) => ['-X', '--request'].includes(arg)) ? after('-X', '--request') : sends ? 'POST' : 'GET';
  return requestMistake([method ?? ''], address.slice(address.indexOf('/api/')));
}

/** Azure CLI: what pages use of it, with the options that its reference gives to these commands. */
const AZ: Readonly<Record<string, readonly string[]>> = {
  'deployment group create': ['-g', '--resource-group', '-f', '--template-file', '-p', '--parameters', '-n', '--name', '--query', '-o', '--output'],
  'functionapp deployment source config-zip': ['-g', '--resource-group', '-n', '--name', '--src'],
  'keyvault secret set': ['--vault-name', '-n', '--name', '--value', '--file'],
  'provider register': ['-n', '--namespace'],
  'storage blob upload': ['--auth-mode', '--account-name', '-c', '--container-name', '-n', '--name', '-f', '--file', '--overwrite'],
};

function az(args: readonly string[]): string | null {
  const command = Object.keys(AZ).find((one) => one.split(' ').every((word, index) => args[index] === word));
  if (command === undefined) return `nothing is known of az ${args.filter((arg) => !arg.startsWith('-')).slice(0, 3).join(' ')}`;
  const rest = args.slice(command.split(' ').length);
  const odd = flagsIn(rest).find((flag) => !AZ[command]?.includes(flag));
  if (odd !== undefined) return `az ${command} knows no ${odd}`;
  if (command !== 'deployment group create') return null;
  const template = rest[rest.findIndex((arg) => arg === '-f' || arg === '--template-file') + 1] ?? '';
  const given = rest.flatMap((arg, index) => (arg === '-p' || arg === '--parameters' ? valuesFrom(rest, index + 1) : []));
  return fileMistake(template) ?? first(given, (one) => parameterMistake(template, one));
}

function valuesFrom(args: readonly string[], start: number): readonly string[] {
  const end = args.findIndex((arg, index) => index >= start && arg.startsWith('-'));
  return args.slice(start, end < 0 ? undefined : end);
}

function parameterMistake(template: string, given: string): string | null {
  const [name = '', value] = given.split('=', 2);
  if (value === undefined) return fileMistake(given.replace(/^@/, ''));
  return parametersOf(template).has(name) ? null : `${template} has no parameter ${name}`;
}

/** main.bicep by what the compiler made of it, others by their own lines. */
function parametersOf(template: string): ReadonlySet<string> {
  if (template === 'infra/main.bicep') return new Set(Object.keys((JSON.parse(text('infra/main.json')) as { parameters: object }).parameters));
  return new Set([...text(template).matchAll(/^param (\w+) /gm)].map(([, name]) => String(name)));
}
