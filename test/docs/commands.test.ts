import { describe, expect, it } from 'vitest';
import { cmdletMistake } from './cmdlet-mistakes.ts';
import { commandMistake } from './command-mistakes.ts';
import { REGISTERED, requestMistake } from './http-surface.ts';
import { lineAt, pageOf, PAGES, spansOf, text, type Page } from './pages.ts';
import { shellCommands } from './shell-words.ts';

/** Words by which a line is a command, whether or not its block says so. */
const COMMAND = /^(?:npm|npx|node|az|azd|curl|zip|export|(?:\.\/)?infra\/scripts\/\S+\.sh)\s/;
const POWERSHELL = /^infra\/scripts\/\S+\.ps1\s/;

/** What a page promises and the project does not keep, as `path:line: sentence`. */
function brokenIn(page: Page): readonly string[] {
  const told: string[] = [];
  const tell = (line: number, mistake: string | null): void => {
    if (mistake !== null) told.push(`${page.path}:${line}: ${mistake}`);
  };
  for (const { language, line, body } of page.fences) {
    if (language === 'sh') for (const command of shellCommands(body)) tell(line, commandMistake(command));
    else if (language === 'powershell') for (const command of body.split('\n')) tell(line, cmdletMistake(command));
    else if (['', 'json', 'ts', 'xml', 'kusto'].includes(language)) {
      if (body.split('\n').some((one) => COMMAND.test(one.trim()))) tell(line, 'a block of commands begins with ```sh');
    } else tell(line, `nobody checks blocks of ${language}`);
  }
  for (const { code, line } of spansOf(page)) if (COMMAND.test(code)) for (const command of shellCommands(code.replace(/ …$/, ''))) tell(line, commandMistake(command));
  for (const { code, line } of spansOf(page)) if (POWERSHELL.test(code)) tell(line, cmdletMistake(code.replace(/ …$/, '')));
  const method = '(?:GET|POST|PUT|PATCH|DELETE)';
  for (const match of page.prose.matchAll(new RegExp(`(?:\\b(${method}(?:(?:, | or )${method})*) )?\`?(?:HOST|…|https://[^\\s\`/]+|(?<!\\w))(/api/[^\\s\`'")]*)`, 'g'))) {
    tell(lineAt(page.prose, match.index), requestMistake([...(match[1] ?? '').matchAll(/[A-Z]+/g)].map(String), String(match[2]).replaceAll('\\|', '|')));
  }
  return told;
}

describe('every command that a page names is there', () => {
  it.each(PAGES.map((page) => [page.path, page] as const))('%s', (_path, page) => {
    expect(brokenIn(page)).toEqual([]);
  });

  it('every function that takes requests stands in operations.md', () => {
    const table = text('docs/operations.md').split('### Timers')[0] ?? '';
    for (const name of REGISTERED.keys()) expect(table, name).toContain(`\`${name}\``);
  });
});

describe('what is not there is found', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['npm run bild', 'package.json has no script bild'],
    ['npm start --once', 'npm keeps --once for itself: put -- before it'],
    ['npm start -- --twice', 'local/demo/start.ts knows no --twice'],
    ['npm ci && npm run simulate -- --seeds 3', 'test/simulation/run/simulate.mjs knows no --seeds'],
    ['npx vitest run test/nowhere', 'there is no test/nowhere'],
    ['npx --yes -p node@24 node test/simulation/run/simulation.mjs', 'there is no test/simulation/run/simulation.mjs'],
    ['node dist/local/hosts.mjs', 'there is no dist/local/hosts.mjs'],
    ['export GRAPH_APPID=1', 'nothing reads GRAPH_APPID'],
    ['zip -q package.zip dist/main.mjs hosts.json', 'there is no hosts.json'],
    ["curl 'https://connector.example.com/api/admin/gard?tenantId=1'", 'there is no route /api/admin/gard'],
    ['curl -d x https://connector.example.com/api/health', '/api/health does not take POST'],
    ['curl -X POST …/api/admin/jobs/users?tenants=1', 'nothing reads tenants from the query of /api/admin/jobs/users'],
    ['curl -X POST …/api/admin/jobs/reconsile', 'there is no route /api/admin/jobs/reconsile'],
    ['az deployment group create -g RG -f infra/mein.bicep', 'there is no infra/mein.bicep'],
    ['az deployment group create -g RG -f infra/main.bicep -p infra/main.bicepparam lockdata=true', 'infra/main.bicep has no parameter lockdata'],
    ['az deployment group create -g RG -f infra/identity.bicep \\\n  -p redirectUri=https://x', 'infra/identity.bicep has no parameter redirectUri'],
    ['az keyvault secret set --vault kv --name crm-password --value …', 'az keyvault secret set knows no --vault'],
    ['az webapp up', 'nothing is known of az webapp up'],
    ['azd env set RESOURCE_GROUP RG', 'nothing reads RESOURCE_GROUP'],
    ['infra/scripts/register-app.sh --group RG', 'infra/scripts/register-app.sh knows no --group'],
    ['infra/scripts/registrate.sh', 'there is no infra/scripts/registrate.sh'],
    ['wget https://connector.example.com', 'nothing is known of wget'],
  ];
  it.each(wrong)('%s', (command, mistake) => {
    expect(brokenIn(pageOf('page.md', `\`\`\`sh\n${command}\n\`\`\``))).toEqual([`page.md:1: ${mistake}`]);
  });

  it('in tables and sentences, too', () => {
    const prose = 'Then `npm run bild`.\n| `adminGuard` | POST `/api/admin/guard` |\nAsk `GET HOST/api/admin/consents?tenantId=…` or …/reject?…, below `/api/admin/tenants/{id}`, `POST /api/admin/guard/{confirm\\|refuse}`';
    expect(brokenIn(pageOf('page.md', prose))).toEqual(['page.md:1: package.json has no script bild', 'page.md:2: /api/admin/guard does not take POST', 'page.md:3: there is no route /api/admin/consents', 'page.md:3: there is no route /api/admin/guard/{confirm|refuse}']);
  });

  it('and blocks that say nothing of what they are, or what nobody checks', () => {
    expect(brokenIn(pageOf('page.md', '```\nnpm start\n```\n```fish\nls\n```\n1. A list\n\n   ```sh\n   npm run bild\n   ```'))).toEqual(['page.md:1: a block of commands begins with ```sh', 'page.md:4: nobody checks blocks of fish', 'page.md:9: package.json has no script bild']);
  });

  it.each([
    ['New-ManagementScope -Name "connector" -Filter "x -eq y"', 'New-ManagementScope knows no -Filter'],
    ['New-ManagementRoleAssignment -App ID -Role "Application Mail.Send"', 'the connector has no use for the role Application Mail.Send'],
    ['infra/scripts/grant-mailboxes.ps1 -ApplicationId ID -Groups "Connector users"', 'infra/scripts/grant-mailboxes.ps1 knows no -Groups'],
    ['infra/scripts/grant-mailbox.ps1 -Remove', 'there is no infra/scripts/grant-mailbox.ps1'],
    ['Remove-Mailbox someone', 'nothing is known of Remove-Mailbox'],
  ])('%s', (line, mistake) => {
    expect(cmdletMistake(line)).toBe(mistake);
    if (!line.startsWith('infra/')) return;
    expect(brokenIn(pageOf('page.md', `Run \`${line}\`.`))).toEqual([`page.md:1: ${mistake}`]);
  });

  it('a request is one where route, method and query are', () => {
    expect(requestMistake(['POST'], '/api/admin/adoption/anew?tenantId=…&mailboxId=…')).toBeNull();
    expect(requestMistake(['POST'], '/api/admin/mail-guard/confirm')).toBe('there is no route /api/admin/mail-guard/confirm');
  });
});
