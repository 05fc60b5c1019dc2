import { readFileSync } from 'node:fs';

/** The data files of infra/monitoring, with the queries in them. */
export interface Alert {
  readonly name: string;
  readonly title: string;
  readonly severity: number;
  readonly asks: 'app' | 'workspace';
  readonly every: string;
  readonly window: string;
  readonly query: readonly string[];
  readonly whatToDo: string;
}

export interface WorkbookItem {
  readonly type: number;
  readonly name: string;
  readonly content: {
    readonly query?: string;
    readonly title?: string;
    readonly json?: string;
    readonly timeContextFromParameter?: string;
    readonly resourceType?: string;
    readonly parameters?: readonly { readonly name: string; readonly query?: string }[];
  };
}

const read = (name: string): string => readFileSync(new URL(`../../infra/monitoring/${name}`, import.meta.url), 'utf8');

export const alerts = (JSON.parse(read('alerts.json')) as { alerts: readonly Alert[] }).alerts;
export const workbook = JSON.parse(read('workbook.json')) as { readonly version: string; readonly items: readonly WorkbookItem[]; readonly fallbackResourceIds: readonly string[] };

export interface NamedQuery {
  readonly name: string;
  readonly text: string;
}

export const queries: readonly NamedQuery[] = [
  ...alerts.map(({ name, query }) => ({ name: `alert ${name}`, text: query.join('\n') })),
  ...workbook.items.flatMap(({ name, content }) => [
    ...(content.query === undefined ? [] : [{ name: `workbook: ${name}`, text: content.query }]),
    ...(content.parameters ?? []).flatMap((parameter) => (parameter.query === undefined ? [] : [{ name: `workbook parameter ${parameter.name}`, text: parameter.query }])),
  ]),
];
