import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALWAYS_NEEDED, PERMISSIONS_BY_KIND } from '../../shared/config/permissions.ts';
import { startEngine, type Engine, type Parsed, type ScriptRun } from './powershell.ts';

const SCRIPT = fileURLToPath(new URL('../../infra/scripts/grant-mailboxes.ps1', import.meta.url));
const STAGE = fileURLToPath(new URL('powershell/exchange.ps1', import.meta.url));
const text = readFileSync(SCRIPT, 'utf8');
const facts = JSON.parse(readFileSync(new URL('cmdlets.json', import.meta.url), 'utf8')) as { cmdlets: Record<string, { required: string[]; optional: string[]; switches: string[]; asks?: true }>; applicationRoles: { names: string[] } };

/** Kinds and what they need, as the script has them. */
const [, always = ''] = /\$AlwaysNeeded = @\(([^)]*)\)/.exec(text) ?? [];
const [, byKind = ''] = /\$NeededByKind = @\{\n([\s\S]*?)\n\}/.exec(text) ?? [];
const quoted = (list: string): string[] => [...list.matchAll(/'([^']+)'/g)].map(([, one = '']) => one);
const kinds = Object.fromEntries([...byKind.matchAll(/(\w+) = @\(([^)]*)\)/g)].map(([, kind = '', list = '']) => [kind, quoted(list)]));

describe('what the script gives', () => {
  it('is what permissions.ts says that each kind needs on mailboxes, and nothing else', () => {
    const onMailboxes = (list: readonly { name: string; onMailboxes: boolean }[]): string[] => list.filter((one) => one.onMailboxes).map(({ name }) => name);
    expect(quoted(always)).toEqual(onMailboxes(ALWAYS_NEEDED));
    expect(kinds).toEqual(Object.fromEntries(Object.entries(PERMISSIONS_BY_KIND).map(([kind, list]) => [kind, onMailboxes(list)])));
    expect(quoted(/\[ValidateSet\(([^)]*)\)\] \[string\[\]\] \$Kinds/.exec(text)?.[1] ?? '')).toEqual(Object.keys(PERMISSIONS_BY_KIND));
  });

  it('is a role that Exchange has for applications', () => {
    for (const right of [...quoted(always), ...Object.values(kinds).flat()]) expect(facts.applicationRoles.names).toContain(`Application ${right}`);
  });

  it('stands in ASCII: Windows PowerShell reads a file without a mark as it pleases', () => {
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  });
});

const APP = '22222222-2222-4222-8222-222222222222';
const OBJECT = '55555555-5555-4555-8555-555555555555';
const GRAPH = '66666666-6666-4666-8666-666666666666';
const PREFIX = 'connector 22222222 ';
const GROUP = { ApplicationId: APP, Group: 'Connector users' };
const IN_GROUP = { TestMailbox: 'ada@example.com', ClosedMailbox: 'board@example.com' };
type WorldOf = Record<string, unknown>;

/** A tenant whose admin consented to finding people, with Exchange and Graph connected. */
function tenant(more: WorldOf = {}): WorldOf {
  return {
    cmdlets: facts.cmdlets,
    roles: facts.applicationRoles.names,
    connected: true,
    dehydrated: false,
    graph: 'connected',
    entra: [{ AppId: APP, Id: OBJECT }],
    pointers: [],
    scopes: [],
    assignments: [],
    members: { 'RecipientGroupScope:Connector users': ['ada@example.com'], 'RecipientGroupScope:Others': ['bob@example.com'], 'RecipientAdministrativeUnitScope:unit-1': ['ada@example.com'], "filter:CustomAttribute1 -eq 'CRM'": ['ada@example.com'] },
    resources: [{ Id: GRAPH, DisplayName: 'Microsoft Graph', AppRoles: [...ALWAYS_NEEDED, ...Object.values(PERMISSIONS_BY_KIND).flat()].map(({ id, name }) => ({ Id: id, Value: name })) }],
    grants: [],
    ...more,
  };
}

let engine: Engine | null = null;
let parsed: Parsed | null = null;
beforeAll(async () => {
  engine = await startEngine();
  if (engine === null) console.log('PowerShell: scripts were not run, because its engine is not there (npm run powershell).');
  else parsed = await engine.parse(SCRIPT);
}, 300_000);
afterAll(() => engine?.end());

/** One run behind the other in the same tenant; null = there is no engine. */
async function inTurn(world: WorldOf, ...all: readonly object[]): Promise<ScriptRun[] | null> {
  if (engine === null) return null;
  const done: ScriptRun[] = [];
  for (const parameters of all) done.push(await engine.run(SCRIPT, STAGE, parameters, done.at(-1)?.world ?? world));
  return done;
}

const writesOf = ({ calls }: ScriptRun): string[] => calls.filter((call) => /^(New|Remove|Set)-/.test(call));
const short = (run: ScriptRun): string => /MailboxSettings\.Read ([0-9a-f]{8})/.exec(JSON.stringify(run.world['assignments']))?.[1] ?? '';

describe('the script, as PowerShell reads it', () => {
  it('has no mistake, calls what the references have, with parameters that they have, and lets no failure pass', (context) => {
    if (parsed === null) return context.skip();
    expect(parsed.errors).toEqual([]);
    const own = ['ForEach-Object', 'Where-Object', 'Get-Command', 'Set-StrictMode', 'Write-Warning'];
    for (const { name, line, parameters } of parsed.commands) {
      if (own.includes(name) || parsed.functions.includes(name)) continue;
      const cmdlet = facts.cmdlets[name];
      expect(cmdlet, `${line}: ${name}`).toBeDefined();
      const known = [...(cmdlet?.required ?? []), ...(cmdlet?.optional ?? []), ...(cmdlet?.switches ?? []), ...(cmdlet?.asks ? ['Confirm', 'WhatIf'] : []), 'ErrorAction'];
      expect(parameters.filter((one) => !known.includes(one)), `${line}: ${name}`).toEqual([]);
      expect(parameters, `${line}: ${name}`).toEqual(expect.arrayContaining([...(cmdlet?.required ?? []), 'ErrorAction']));
    }
  });

  it('explains every parameter and nothing else, and its examples use what is there', (context) => {
    if (parsed === null) return context.skip();
    const named = parsed.parameters.map((one) => one.toUpperCase()).sort();
    expect([...parsed.help].sort()).toEqual(named);
    const used = parsed.examples.flatMap((example) => [...example.matchAll(/\s-(\w+)/g)].map(([, one = '']) => one.toUpperCase()));
    expect(used.length).toBeGreaterThan(4);
    expect(used.filter((one) => !named.includes(one) && one !== 'WHATIF')).toEqual([]);
  });
});

describe('opening mailboxes', () => {
  it('makes the pointer and one assignment for each right over the group, tests both ways, and says when it counts', async (context) => {
    const runs = await inTurn(tenant(), { ...GROUP, ...IN_GROUP });
    if (runs === null) return context.skip();
    const [run] = runs as [ScriptRun];
    expect([run.failure, run.errors, run.warnings]).toEqual([null, [], []]);
    expect(run.world['pointers']).toEqual([{ AppId: APP, ObjectId: OBJECT, DisplayName: 'connector SE for Exchange' }]);
    expect(run.world['assignments']).toEqual(
      ['MailboxSettings.Read', 'Calendars.ReadWrite'].map((right) => ({ Name: `${PREFIX}${right} ${short(run)}`, Role: `Application ${right}`, ObjectId: OBJECT, Over: 'RecipientGroupScope:Connector users' })),
    );
    expect(run.output).toEqual(expect.arrayContaining(['The mailbox ada@example.com is open: Application MailboxSettings.Read, Application Calendars.ReadWrite.', 'The mailbox board@example.com is closed to what Exchange gives.']));
    expect(run.output.at(-1)).toMatch(/30 minutes to two hours/);
  });

  it.for<[string, object]>([
    ['a group', GROUP],
    ['an administrative unit', { ApplicationId: APP, AdministrativeUnit: 'unit-1' }],
    ['a filter', { ApplicationId: APP, RecipientFilter: "CustomAttribute1 -eq 'CRM'" }],
  ])('over %s: a second run changes nothing and says so; -Remove takes everything away, and a second one finds nothing', async ([, parameters], context) => {
    const runs = await inTurn(tenant(), { ...parameters, ...IN_GROUP }, { ...parameters, ...IN_GROUP }, { ApplicationId: APP, Remove: true }, { ApplicationId: APP, Remove: true });
    if (runs === null) return context.skip();
    const [first, second, removed, again] = runs as [ScriptRun, ScriptRun, ScriptRun, ScriptRun];
    expect(runs.map(({ failure, errors }) => [failure, errors])).toEqual(runs.map(() => [null, []]));
    expect(writesOf(first).length).toBeGreaterThan(2);
    expect([writesOf(second), second.output.at(-1)]).toEqual([[], 'Nothing to change: everything is there already.']);
    expect(removed.world).toMatchObject({ pointers: [], scopes: [], assignments: [] });
    expect([writesOf(again), again.output]).toEqual([[], ['Nothing to change: there is nothing of it left.']]);
  });

  it('another scope takes the place of the one before, which goes behind it', async (context) => {
    const filter = { ApplicationId: APP, RecipientFilter: "CustomAttribute1 -eq 'CRM'" };
    const runs = await inTurn(tenant(), GROUP, { ApplicationId: APP, Group: 'Others' }, filter, { ...filter, RecipientFilter: "CustomAttribute1 -eq 'Sales'" }, GROUP);
    if (runs === null) return context.skip();
    expect(runs.map(({ failure }) => failure)).toEqual(runs.map(() => null));
    expect(runs.map(({ world }) => [...new Set((world['assignments'] as { Over: string }[]).map(({ Over }) => Over.split(':')[0]))])).toEqual([['RecipientGroupScope'], ['RecipientGroupScope'], ['CustomResourceScope'], ['CustomResourceScope'], ['RecipientGroupScope']]);
    expect(runs.map(({ world }) => (world['scopes'] as unknown[]).length)).toEqual([0, 0, 1, 1, 0]);
    for (const run of runs) {
      const verbs = writesOf(run).map((call) => call.split('-', 1)[0]);
      expect(verbs).toEqual([...verbs].sort());
      expect(run.world['assignments']).toHaveLength(2);
    }
  });

  it('-WhatIf changes nothing', async (context) => {
    const runs = await inTurn(tenant(), { ...GROUP, ...IN_GROUP, WhatIf: true });
    if (runs === null) return context.skip();
    expect([runs[0]?.failure, writesOf(runs[0] as ScriptRun), runs[0]?.output]).toEqual([null, [], []]);
    const [, after] = (await inTurn(tenant(), GROUP, { ApplicationId: APP, Remove: true, WhatIf: true })) as [ScriptRun, ScriptRun];
    expect([after.failure, writesOf(after), after.output]).toEqual([null, [], []]);
  });

  it('leaves alone what it did not make, and tells of it', async (context) => {
    const byHand = { Name: 'by hand', Role: 'Application Exchange Full Access', ObjectId: OBJECT, Over: 'RecipientGroupScope:Everybody' };
    const others = { Name: `${PREFIX.replace('2', '3')}Calendars.ReadWrite abc`, Role: 'Application Calendars.ReadWrite', ObjectId: GRAPH, Over: 'RecipientGroupScope:Everybody' };
    const runs = await inTurn(tenant({ assignments: [byHand, others], pointers: [{ AppId: APP, ObjectId: OBJECT, DisplayName: 'by hand' }] }), GROUP, { ApplicationId: APP, Remove: true });
    if (runs === null) return context.skip();
    const [given, removed] = runs as [ScriptRun, ScriptRun];
    expect(given.warnings).toEqual([expect.stringMatching(/^The app also has the role Application Exchange Full Access by 'by hand'/)]);
    expect(removed.world['assignments']).toEqual([byHand, others]);
    expect(removed.world['pointers']).toHaveLength(1);
    expect(removed.warnings).toEqual([expect.stringMatching(/by hand\.$/)]);
  });
});

describe('what Entra grants besides', () => {
  const permissions = [...ALWAYS_NEEDED, ...Object.values(PERMISSIONS_BY_KIND).flat()];

  it('opens all mailboxes, whatever is scoped: each such right is named with the consent to take away', async (context) => {
    const runs = await inTurn(tenant({ grants: permissions.map(({ id }) => ({ AppRoleId: id, ResourceId: GRAPH })) }), GROUP);
    if (runs === null) return context.skip();
    const rights = permissions.filter(({ onMailboxes }) => onMailboxes).map(({ name }) => name);
    expect(rights.length).toBeGreaterThan(1);
    expect(runs[0]?.warnings).toEqual(rights.map((right) => expect.stringContaining(`Entra grants ${right} (Microsoft Graph) for ALL mailboxes, and no scope narrows that: take the consent to ${right} away`) as string));
    expect(runs[0]?.failure).toBeNull();
  });

  it.for(['absent', 'disconnected'])('is not known where Microsoft Graph PowerShell is %s: that is said, and the object id must be', async (graph, context) => {
    const runs = await inTurn(tenant({ graph }), GROUP, { ...GROUP, ObjectId: OBJECT }, GROUP);
    if (runs === null) return context.skip();
    const [without, withIt, later] = runs as [ScriptRun, ScriptRun, ScriptRun];
    expect([without.failure, writesOf(without)]).toEqual([expect.stringMatching(/^Say -ObjectId: /), []]);
    expect([withIt.failure, later.failure]).toEqual([null, null]);
    expect(later.warnings).toEqual([expect.stringMatching(/^Nobody looked whether Entra grants/)]);
  });
});

describe('what is refused, in one sentence and before anything is changed', () => {
  it.for<[string, WorldOf, object, RegExp]>([
    ['no scope', {}, { ApplicationId: APP }, /^Say which mailboxes: exactly one of/],
    ['two scopes', {}, { ...GROUP, RecipientFilter: 'x' }, /^Say which mailboxes: exactly one of/],
    ['a scope to remove', {}, { ...GROUP, Remove: true }, /^With -Remove everything goes/],
    ['no connection', { connected: false }, GROUP, /^There is no connection to Exchange Online/],
    ['an application that nobody consented to', { entra: [] }, GROUP, /^No enterprise application of this tenant/],
    ['another object id than the known one', { pointers: [{ AppId: APP, ObjectId: OBJECT, DisplayName: 'x' }] }, { ...GROUP, ObjectId: GRAPH }, /^Exchange knows this application by the object id/],
    ['a tenant that was never customized', { dehydrated: true }, GROUP, /Enable-OrganizationCustomization/],
    ['a kind that is not synchronized', {}, { ...GROUP, Kinds: ['everything'] }, /Kinds/],
    ['an id that is none', {}, { ...GROUP, ApplicationId: 'the app' }, /ApplicationId/],
  ])('%s', async ([, world, parameters, sentence], context) => {
    const runs = await inTurn(tenant(world), parameters);
    if (runs === null) return context.skip();
    expect(runs[0]?.failure).toMatch(sentence);
    expect(writesOf(runs[0] as ScriptRun)).toEqual([]);
  });

  it('a mailbox that is not as it should be, afterwards', async (context) => {
    const runs = await inTurn(tenant(), { ...GROUP, TestMailbox: 'board@example.com' }, { ...GROUP, ClosedMailbox: 'ada@example.com' });
    if (runs === null) return context.skip();
    expect(runs.map(({ failure }) => failure)).toEqual([expect.stringMatching(/^The mailbox board@example\.com is not open: it lacks Application/), expect.stringMatching(/^The mailbox ada@example\.com is open, and should not be/)]);
  });
});
