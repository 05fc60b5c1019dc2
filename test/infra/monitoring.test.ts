import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EVENTS } from '../../shared/config/names.ts';
import { diagnosticsOf } from './kusto.ts';
import { alerts, queries, workbook } from './queries.ts';

const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const eventsIn = (query: string): string[] => [...query.matchAll(/\{"evt":"([^"]+)"/g)].map(([, name]) => String(name));
const FUNCTIONS = [...text('functions/main.ts').matchAll(/app\.\w+\('([^']+)'/g)].map(([, name]) => String(name));

/** What docs/operations.md says of each event: its fields stand in the last column. */
const TOLD = new Map([...text('docs/operations.md').matchAll(/^\| `([\w.]+)` \| .* \|(.*)\|$/gm)].map(([, event, fields]) => [String(event), String(fields)]));

describe('queries of alerts and workbook', () => {
  it.each(queries)('$name: is Kusto that reads columns that exist', ({ text: query }) => {
    expect(diagnosticsOf(query)).toEqual([]);
  });

  it('a query with a mistake would be found', () => {
    expect(diagnosticsOf('traces | whre message')).not.toEqual([]);
    expect(diagnosticsOf('traces | where mesage == 1')).not.toEqual([]);
  });

  it.each(queries)('$name: asks for events that the code tells of, functions that it registers, or the poison queues', ({ text: query }) => {
    const events = eventsIn(query);
    const functions = [...query.matchAll(/operation_Name in \(([^)]*)\)/g)].flatMap(([, names]) => [...String(names).matchAll(/'([^']+)'/g)].map(([, name]) => String(name)));
    for (const event of events) expect(EVENTS).toContain(event);
    for (const name of functions) expect(FUNCTIONS).toContain(name);
    if (query.startsWith('StorageQueueLogs')) expect(query).toContain("'-poison/'");
    else expect(events.length + functions.length).toBeGreaterThan(0);
  });

  it.each(queries)('$name: reads fields that those events have', ({ text: query }) => {
    const fields = [...query.matchAll(/\be(?:\.(\w+)|\['([^']+)'\])/g)].map(([, plain, quoted]) => plain ?? String(quoted)).filter((field) => field !== 'evt');
    const told = eventsIn(query).map((event) => TOLD.get(event) ?? '');
    for (const field of fields) expect(told.some((list) => list.includes(`\`${field}\``)), field).toBe(true);
  });

  it('jobs that the timers start are those whose silence is noticed', () => {
    const watched = [...String(alerts.find(({ name }) => name === 'timer-dead')?.query[0]).matchAll(/'(\w+)', \d/g)].map(([, job]) => job);
    const started = [...text('functions/main.ts').matchAll(/enqueueTimer\(productionApp, '(\w+)'\)/g)].map(([, job]) => job);
    expect(watched.sort()).toEqual(started.sort());
  });
});

describe('alerts', () => {
  it('have names that Azure takes, once each, and a sentence that says what to do', () => {
    expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
    for (const { name, title, severity, whatToDo } of alerts) {
      expect(name).toMatch(/^[a-z][a-z-]{2,30}$/);
      expect([1, 2, 3]).toContain(severity);
      expect(title.length).toBeGreaterThan(10);
      expect(whatToDo).toMatch(/\.$/);
    }
  });

  it('are those of the operations page, in its order', () => {
    const [, table = ''] = text('docs/operations.md').split('### Alerts\n');
    const rows = [...(table.split('\n#')[0] ?? '').matchAll(/^\| `([a-z-]+)` \| (\d) \|/gm)].map(([, name, severity]) => [name, Number(severity)]);
    expect(alerts.map(({ name, severity }) => [name, severity])).toEqual(rows);
  });

  it('look back far enough for what they ask, in spans and steps that Azure takes', () => {
    const minutes: Readonly<Record<string, number>> = { PT5M: 5, PT10M: 10, PT15M: 15, PT30M: 30, PT1H: 60, PT2H: 120, PT6H: 360, P1D: 1_440 };
    const spans: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1_440 };
    for (const { name, every, window, query } of alerts) {
      const [step = 0, span = 0] = [minutes[every], minutes[window]];
      expect(step, name).toBeGreaterThan(0);
      expect(span, name).toBeGreaterThanOrEqual(step);
      for (const [, amount, unit] of query.join('\n').matchAll(/\b(\d+)([mhd])\b/g)) expect(span, `${name}: ${amount}${unit}`).toBeGreaterThanOrEqual(Number(amount) * (spans[String(unit)] ?? Infinity));
    }
  });
});

describe('workbook', () => {
  it('is of the form that the portal opens', () => {
    expect(workbook).toMatchObject({ version: 'Notebook/1.0', fallbackResourceIds: ['{component}'] });
    for (const { type, name } of workbook.items) {
      expect([1, 3, 9], name).toContain(type);
      expect(name.length).toBeGreaterThan(0);
    }
    expect(new Set(workbook.items.map(({ name }) => name)).size).toBe(workbook.items.length);
  });

  it('each query takes its time from the page, and uses only parameters that the page has', () => {
    const parameters = workbook.items.flatMap(({ content }) => content.parameters ?? []).map(({ name }) => name);
    expect(parameters).toEqual(['TimeRange', 'Tenant']);
    for (const { type, name, content } of workbook.items) {
      if (type !== 3) continue;
      expect(content.timeContextFromParameter, name).toBe('TimeRange');
      expect(content.resourceType, name).toBe('microsoft.insights/components');
      for (const [, used] of String(content.query).matchAll(/'\{(\w+)\}'/g)) expect(parameters, name).toContain(used);
    }
  });
});
