import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('the package', () => {
  // git reads patterns as azd and the Functions tools do.
  const left = (paths: readonly string[]): string[] => {
    const ignored = new Set(execFileSync('git', ['ls-files', '--others', '--ignored', '--exclude-from', join(ROOT, '.funcignore')], { cwd: folder(paths), encoding: 'utf8' }).split('\n'));
    return paths.filter((path) => !ignored.has(path));
  };

  it('holds the bundle and what the host reads, and nothing else of the project', () => {
    const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
    const made = ['dist/main.mjs', 'dist/main.mjs.map', 'dist/local/host.mjs', 'dist/playground/page.js', 'dist/simulation/worker-1.mjs', 'node_modules/zod/index.js', 'local.settings.json', '.env', '.github/workflows/ci.yml', '.vscode/settings.json', '.azure/prod/.env'];
    expect(left([...new Set([...tracked, ...made])]).sort()).toEqual(['dist/main.mjs', 'dist/main.mjs.map', 'host.json', 'package.json']);
  });

  it('is what package.json tells the host to load', () => {
    expect(JSON.parse(text('package.json'))).toMatchObject({ main: 'dist/main.mjs', type: 'module' });
  });

  it('azd finds template and app by the names that they have', () => {
    const yaml = text('azure.yaml');
    expect(yaml).toMatch(/path: infra\n {2}module: main\n/);
    expect(yaml).toMatch(/host: function\n {4}remoteBuild: false\n/);
    const [, service] = /services:\n(?: {2}#.*\n)* {2}(\w+):/.exec(yaml) ?? [];
    expect(text('infra/modules/function-app.bicep')).toContain(`'azd-service-name': '${service}'`);
  });
});

const made: string[] = [];
afterEach(() => made.splice(0).forEach((path) => rmSync(path, { recursive: true, force: true })));

/** A git repository with empty files of these names. */
function folder(paths: readonly string[]): string {
  const path = mkdtempSync(join(tmpdir(), 'package-'));
  made.push(path);
  execFileSync('git', ['init', '-q'], { cwd: path });
  for (const name of paths) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), '');
  }
  return path;
}

const PRINCIPAL = '55555555-5555-4555-8555-555555555555';
const APP = '22222222-2222-4222-8222-222222222222';
const TENANT = '11111111-1111-4111-8111-111111111111';

/** Stands in for the Azure CLI: writes down each call and answers what its questions need. */
const FAKE_AZ = `#!/usr/bin/env node
const { appendFileSync } = require('node:fs');
const args = process.argv.slice(2);
appendFileSync(process.env.CALLS, JSON.stringify(args) + '\\n');
const line = args.join(' ');
const answers = [
  [/^cloud show --query name/, process.env.CLOUD ?? 'AzureCloud'],
  [/^cloud show --query endpoints.microsoftGraph/, 'https://graph.microsoft.com/'],
  [/^cloud show --query endpoints.activeDirectory/, 'https://login.microsoftonline.com'],
  [/^account show/, '${TENANT}'],
  [/^identity show/, process.env.NO_IDENTITY === undefined ? '${PRINCIPAL}' : null],
  [/^identity create/, '${PRINCIPAL}'],
  [/^group show/, 'westeurope'],
  [/applications\\(uniqueName.*--query appId/, '${APP}'],
  [/servicePrincipals\\(appId='00000003.*--query id/, 'graph-sp'],
  [/appRoleAssignments.*--query/, process.env.GRANTED ?? ''],
  [/^rest --method (patch|post)/, ''],
];
const found = answers.find(([pattern]) => pattern.test(line));
if (found === undefined || found[1] === null) process.exit(3);
if (found[1] !== '') console.log(found[1]);
`;

function run(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): { calls: string[][]; stdout: string; status: number | null } {
  const path = mkdtempSync(join(tmpdir(), 'az-'));
  made.push(path);
  // CommonJS, whatever lies above the folder.
  writeFileSync(join(path, 'package.json'), '{"type":"commonjs"}');
  writeFileSync(join(path, 'az'), FAKE_AZ);
  chmodSync(join(path, 'az'), 0o755);
  const calls = join(path, 'calls');
  writeFileSync(calls, '');
  const { stdout, status } = spawnSync('bash', [join(ROOT, 'infra/scripts', script), ...args], { encoding: 'utf8', env: { PATH: `${path}:${process.env['PATH']}`, CALLS: calls, ...env } });
  return { calls: readFileSync(calls, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as string[]), stdout, status };
}

const after = (call: readonly string[], option: string): string => call[call.indexOf(option) + 1] ?? '';
const writes = (calls: readonly string[][]): { url: string; body: unknown; prefer: boolean }[] => calls.filter((call) => ['patch', 'post'].includes(after(call, '--method'))).map((call) => ({ url: after(call, '--url').replace('https://graph.microsoft.com/v1.0/', ''), body: JSON.parse(after(call, '--body')) as unknown, prefer: call.includes('Prefer=create-if-missing') }));

/** Permission ids and audiences as identity.bicep has them. */
const bicep = text('infra/identity.bicep');
const idOf = (permission: string): string => new RegExp(`'${permission.replace('.', '\\.')}': '([0-9a-f-]{36})'`).exec(bicep)?.[1] ?? '';
const audienceOf = (cloud: string): string => new RegExp(`${cloud}: '([^']+)'`).exec(bicep)?.[1] ?? '';
const role = (permission: string): object => ({ id: idOf(permission), type: 'Role' });

describe('register-app.sh', () => {
  it('does what identity.bicep does: a registration, its trust in the identity, its service principal; each made or brought up to date', () => {
    const { calls, stdout } = run('register-app.sh', ['--resource-group', 'rg']);
    expect(writes(calls)).toEqual([
      {
        url: `applications(uniqueName='connector-prod-${PRINCIPAL}')`,
        prefer: true,
        body: {
          displayName: 'connector SE for Exchange',
          signInAudience: 'AzureADMultipleOrgs',
          web: { redirectUris: ['https://localhost'] },
          requiredResourceAccess: [{ resourceAppId: '00000003-0000-0000-c000-000000000000', resourceAccess: ['User.Read.All', 'Calendars.ReadWrite', 'MailboxSettings.Read'].map(role) }],
        },
      },
      {
        url: `applications(appId='${APP}')/federatedIdentityCredentials(name='function-app')`,
        prefer: true,
        body: { description: "The identity of the connector's function app stands in for a secret.", issuer: `https://login.microsoftonline.com/${TENANT}/v2.0`, subject: PRINCIPAL, audiences: [audienceOf('AzureCloud')] },
      },
      { url: `servicePrincipals(appId='${APP}')`, prefer: true, body: {} },
    ]);
    expect(stdout).toContain(`graphAppId for main.bicep: ${APP}`);
    expect(bicep).toContain("description: 'The identity of the connector\\'s function app stands in for a secret.'");
  });

  it('asks for no right on mailboxes where Exchange gives those', () => {
    const [registration] = writes(run('register-app.sh', ['--resource-group', 'rg', '--mailbox-access', 'exchange', '--single-tenant']).calls);
    expect(registration?.body).toMatchObject({ signInAudience: 'AzureADMyOrg', requiredResourceAccess: [{ resourceAccess: [role('User.Read.All')] }] });
  });

  it('makes the identity where it is not there yet, by the name that main.bicep uses', () => {
    const { calls } = run('register-app.sh', ['--resource-group', 'rg', '--workload', 'crmsync', '--environment', 'test'], { NO_IDENTITY: '1' });
    expect(calls.filter(([first, second]) => first === 'identity' && second === 'create').map((call) => [after(call, '--name'), after(call, '--location')])).toEqual([['id-crmsync-test', 'westeurope']]);
  });

  it.each(['AzureUSGovernment', 'AzureChinaCloud'])('uses the audience of %s', (cloud) => {
    const [, trust] = writes(run('register-app.sh', ['--resource-group', 'rg'], { CLOUD: cloud }).calls);
    expect(trust?.body).toMatchObject({ audiences: [audienceOf(cloud)] });
    expect(audienceOf(cloud)).toMatch(/^api:\/\/AzureADTokenExchange./);
  });

  it.each([[], ['--resource-group', 'rg', '--mailbox-access', 'all'], ['--resource-group', 'rg', '--display-name', 'a "name"'], ['--what']])('refuses %j before it changes anything', (...args) => {
    const { calls, status } = run('register-app.sh', args);
    expect(status).toBe(2);
    expect(calls).toEqual([]);
  });
});

describe('grant-identity.sh', () => {
  it('gives the identity the rights that are missing, and no right twice', () => {
    const { calls } = run('grant-identity.sh', ['--resource-group', 'rg'], { GRANTED: idOf('User.Read.All') });
    expect(writes(calls)).toEqual(['Calendars.ReadWrite', 'MailboxSettings.Read'].map((permission) => ({ url: `servicePrincipals/${PRINCIPAL}/appRoleAssignments`, prefer: false, body: { principalId: PRINCIPAL, resourceId: 'graph-sp', appRoleId: idOf(permission) } })));
  });

  it('gives it no right on mailboxes where Exchange gives those', () => {
    const { calls } = run('grant-identity.sh', ['--resource-group', 'rg', '--mailbox-access', 'exchange']);
    expect(writes(calls).map(({ body }) => (body as { appRoleId: string }).appRoleId)).toEqual([idOf('User.Read.All')]);
  });

  it.each([[], ['--resource-group', 'rg', '--mailbox-access', 'all']])('refuses %j before it changes anything', (...args) => {
    const { calls, status } = run('grant-identity.sh', args);
    expect([status, calls]).toEqual([2, []]);
  });
});
