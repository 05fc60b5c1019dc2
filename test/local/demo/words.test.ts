import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { accountLines } from '../../../local/demo/account.ts';
import { nextSteps } from '../../../local/demo/next-steps.ts';
import { readOptions } from '../../../local/demo/options.ts';
import { BYSTANDER, EMPLOYEES } from '../../../local/demo/people.ts';
import { screenOn, wrapped } from '../../../local/demo/screen.ts';
import { givenFunctionKey, outsideSettings, simulatedSettings, wantsOutsideSystems } from '../../../local/demo/settings.ts';
import { newsBetween } from '../../../local/demo/watch.ts';

const employee = EMPLOYEES[0]!;
const START = Date.parse('2026-11-24T09:00:00Z');
const item = (subject: string, changes: { isOriginal?: boolean; leftAlone?: string | null } = {}) => ({
  id: subject, subject, key: subject, leftAlone: null, isOriginal: true, time: { allDay: false as const, start: START, end: START + 3_600_000 }, ...changes,
}); // prettier-ignore

function terminal(isTTY: boolean) {
  let text = '';
  return { write: (more: string) => (text += more), isTTY, columns: 40, text: () => text };
}

describe('the options', () => {
  it('are none or --once', () => {
    expect(readOptions([])).toEqual({ once: false });
    expect(readOptions(['--once'])).toEqual({ once: true });
  });

  it.each([['--onec'], ['--once=yes'], ['now']])('are refused in one sentence that names %s', (flag) => {
    expect(() => readOptions([flag])).toThrow(new RegExp(`^"${flag}" is not understood; the only option is --once[^\n]*\\.$`));
  });
});

describe('the progress line', () => {
  it('is written again on a terminal, never wider than it', () => {
    const on = terminal(true);
    const screen = screenOn(on);
    screen.status('x'.repeat(60), '1 s');
    screen.status('half', '2 s');
    screen.line('done');
    expect(on.text()).toBe(`${'x'.repeat(39)}\r\u001b[2Khalf (2 s)\r\u001b[2Kdone\n`);
  });

  it('is a line of its own elsewhere, and only where something has changed', () => {
    const on = terminal(false);
    const screen = screenOn(on);
    screen.status('half', '1 s');
    screen.status('half', '2 s');
    screen.status('all', '3 s');
    expect(on.text()).toBe('half (1 s)\nall (3 s)\n');
  });

  it('breaks long words of reason under each other', () => {
    expect(wrapped('  why  ', 'one two three', 14)).toEqual(['  why  one two', '       three']);
  });
});

describe('the account', () => {
  const stores = {
    outlook: [item('a'), item('b', { isOriginal: false }), item('p', { leftAlone: 'private' })],
    crm: [item('a', { isOriginal: false }), item('b'), item('t', { leftAlone: 'a telephone call' }), item('u', { leftAlone: 'a telephone call' })],
  };
  const lines = accountLines([{ employee, repId: 1, stores, mails: 0, graphRequests: 12, crmRequests: 3 }], { seconds: 4.26, graphRequests: 6, crmRequests: 2, violations: 0, bystander: { employee: BYSTANDER, items: 8, requests: 0 } });

  it('counts what came from where and names what was left alone', () => {
    expect(lines).toEqual(expect.arrayContaining([
      'The first synchronization took 4.3 s.',
      '  from Outlook      1 appointment; created in the CRM: 1',
      '  from the CRM      1 activity; created in Outlook: 1',
      '  left in Outlook   1: private',
      '  left in the CRM   2: a telephone call (2)',
      '  requests          12 to Graph, 3 to the CRM',
      '  Mails sent        0',
    ])); // prettier-ignore
  });

  it('fits into 80 columns, the commands to paste included', () => {
    const placed = { employee, repId: 1, person: { statNo: 100, seqNo: 12 }, events: new Set<string>(), activities: new Set<string>() };
    const addresses = { graph: 'http://127.0.0.1:40000', crm: 'http://127.0.0.1:40001', host: 'http://127.0.0.1:40002', functionKey: 'k'.repeat(43), hostLog: 'folder/host.log' };
    const steps = nextSteps({ employees: [placed], bystander: placed }, addresses, START);
    for (const line of [...lines, ...steps]) expect(line.length, line).toBeLessThanOrEqual(80);
    const bodies = [...steps.join('\n').matchAll(/-d '([^']*)'/g)].map(([, body]) => JSON.parse(body!) as Record<string, unknown>);
    expect(bodies).toMatchObject([
      { subject: 'Lunch with the new colleague', start: { dateTime: '2026-11-25T12:00:00' } },
      { by: employee.login, values: { RepId: 1, Date: '2026-11-25', EndTime: '18:00', PeGrp: 100, PeNo: 12 } },
    ]);
  });

  it('ends with pages to go on with, which are there', () => {
    const placed = { employee, repId: 1, person: { statNo: 100, seqNo: 12 }, events: new Set<string>(), activities: new Set<string>() };
    const steps = nextSteps({ employees: [placed], bystander: placed }, { graph: '', crm: '', host: '', functionKey: '', hostLog: '' }, START);
    const pages = steps.slice(steps.indexOf('Where to go next') + 1).map((line) => line.trim().split(' ', 1)[0] ?? '');
    expect(pages).toEqual(['docs/deployment.md', 'docs/onboarding.md', 'docs/migration.md']);
    for (const page of pages) expect(existsSync(new URL(`../../../${page}`, import.meta.url)), page).toBe(true);
  });
});

describe('the news while it runs', () => {
  const nothing = { outlook: [], crm: [] };

  it('follow an appointment from one side to the other and away', () => {
    const inOutlook = { outlook: [item('Lunch')], crm: [] };
    const onBoth = { outlook: [item('Lunch')], crm: [item('Lunch')] };
    expect(newsBetween(nothing, inOutlook)).toEqual(['"Lunch" (Tue 24 Nov 10:00) is in Outlook, on its way to the CRM']);
    expect(newsBetween(inOutlook, onBoth)).toEqual(['"Lunch" (Tue 24 Nov 10:00) is on both sides']);
    expect(newsBetween(onBoth, inOutlook)).toEqual(['"Lunch" (Tue 24 Nov 10:00) left the CRM']);
    expect(newsBetween(onBoth, nothing)).toEqual(['"Lunch" (Tue 24 Nov 10:00) is gone from both sides']);
    expect(newsBetween(onBoth, onBoth)).toEqual([]);
  });

  it('say why something stays', () => {
    expect(newsBetween(nothing, { outlook: [], crm: [item('Call', { leftAlone: 'a telephone call' })] })).toEqual(['"Call" (Tue 24 Nov 10:00) stays in the CRM: a telephone call']);
  });
});

describe('the settings of the host', () => {
  const places = { storage: 'emulator', graphUrl: 'http://127.0.0.1:1', graphToken: 't', crmPassword: 'p', config: 'folder', functionKey: 'key', webhookSecret: 's' };

  it('are the simulators’ own, whatever the shell says of the product', () => {
    const settings = simulatedSettings({ PATH: 'kept', GRAPH_BASE_URL: 'https://graph.example.com', GRAPH_CLIENT_SECRET: 'not for the demo' }, places, 'http://127.0.0.1:2');
    expect(settings).toMatchObject({ PATH: 'kept', GRAPH_BASE_URL: 'http://127.0.0.1:1', GRAPH_AUTH: 'local', PUBLIC_BASE_URL: 'http://127.0.0.1:2', CONFIG: 'folder' });
    expect(settings).not.toHaveProperty('GRAPH_CLIENT_SECRET');
  });

  it('are the shell’s for outside systems, with what is missing made up', () => {
    const env = { GRAPH_BASE_URL: 'https://graph.example.com', CONFIG: 'config', WEBHOOK_SECRET: 'chosen', PUBLIC_BASE_URL: '' };
    expect(outsideSettings(env, { storage: 'emulator', functionKey: 'key', webhookSecret: 'made' }, 'http://127.0.0.1:2')).toMatchObject({
      GRAPH_BASE_URL: 'https://graph.example.com', WEBHOOK_SECRET: 'chosen', PUBLIC_BASE_URL: 'http://127.0.0.1:2', DATA: 'emulator', AzureWebJobsStorage: 'emulator',
    }); // prettier-ignore
    expect(outsideSettings({ ...env, DATA: 'account' }, { storage: null, functionKey: 'key', webhookSecret: 'made' }, '')).toMatchObject({ DATA: 'account', AzureWebJobsStorage: 'account' });
  });

  it('ask for outside systems where GRAPH_BASE_URL and CONFIG are both set', () => {
    expect(wantsOutsideSystems({ GRAPH_BASE_URL: 'https://graph.example.com', CONFIG: 'config' })).toBe(true);
    expect(wantsOutsideSystems({ GRAPH_BASE_URL: 'https://graph.example.com', CONFIG: '' })).toBe(false);
    expect(wantsOutsideSystems({ CONFIG: 'config' })).toBe(false);
  });

  it('take the function key from HOST_KEYS, and say what is wrong there without quoting it', () => {
    expect(givenFunctionKey({})).toBeNull();
    expect(givenFunctionKey({ HOST_KEYS: '{"default":"given"}' })).toBe('given');
    expect(() => givenFunctionKey({ HOST_KEYS: 'quoted' })).toThrow(/^HOST_KEYS needs a key named "default"(?!.*quoted)/);
  });
});
