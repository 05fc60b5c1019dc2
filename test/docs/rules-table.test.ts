import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EVENTS } from '../../shared/config/names.ts';
import { parseTenantRules, tenantRulesSchema } from '../../shared/config/rules.ts';
import { PAGES, text } from './pages.ts';

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

const SCHEMA = z.toJSONSchema(tenantRulesSchema, { io: 'input', unrepresentable: 'any' }) as Node;

/** The rules a path names: a list or a map counts as one, whatever it holds. */
function leaves(node: Node, path: string): readonly string[] {
  if (node.properties === undefined) return [path];
  return Object.entries(node.properties).flatMap(([name, child]) => leaves(child, path === '' ? name : `${path}.${name}`));
}

/** Whether the schema has this path, into lists and maps, too. */
function isThere(node: Node, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true;
  const inside = [node, ...(node.anyOf ?? []), ...(node.items === undefined ? [] : [node.items])];
  return inside.some(({ properties, additionalProperties }) => {
    const child = properties?.[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    return child !== undefined && isThere(child, rest);
  });
}

/** What stands in a row's first column: `a.b`, `.c` is a.b and a.c. */
function pathsIn(cell: string): readonly string[] {
  let parent = '';
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, path = '']) => {
    const full = path.startsWith('.') ? `${parent}${path}` : path;
    parent = full.slice(0, full.lastIndexOf('.'));
    return full;
  });
}

const [, section = ''] = text('docs/operations.md').split(/^## 6\. The rules of a tenant$/m);
const ROWS = (section.split(/^The least that works:$/m)[0] ?? '').split('\n').filter((line) => line.startsWith('| `')).map((line) => line.split(' | ')[0] ?? '');

const [, doctor = ''] = text('docs/operations.md').split(/^\| checks \|.*$/m);
const CHECKS = new Set([...(doctor.split('\n\n')[0] ?? '').matchAll(/`([\w.]+)`/g)].map(([, check]) => check));

describe('the rules of a tenant', () => {
  const told = ROWS.flatMap(pathsIn);

  it('every rule that operations.md names is there', () => {
    expect(told.length).toBeGreaterThan(40);
    expect(told.filter((path) => !isThere(SCHEMA, path.split('.')))).toEqual([]);
  });

  it('every rule that is there stands in operations.md, once', () => {
    const lists = (path: string): boolean => told.some((one) => one === path || one.startsWith(`${path}.<`));
    expect(leaves(SCHEMA, '').filter((path) => !lists(path))).toEqual([]);
    expect(told.filter((path, index) => told.indexOf(path) !== index)).toEqual([]);
  });

  it('every rule that another page names is there', () => {
    const kinds = Object.keys(SCHEMA.properties ?? {}).filter((name) => (SCHEMA.properties?.[name]?.properties ?? null) !== null);
    const isRule = new RegExp(`^(?:${kinds.join('|')})\\.[\\w.<>]+$`);
    const broken = PAGES.flatMap(({ path, prose }) => [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code).filter((code) => isRule.test(code) && !isNoRule(code) && !isThere(SCHEMA, code.split('.'))).map((code) => `${path}: ${code}`));
    expect(broken).toEqual([]);
  });

  it('the documents that pages show can be used as they are', () => {
    const shown = PAGES.flatMap(({ path, fences }) => fences.filter(({ language, body }) => language === 'json' && body.includes('"tenantId"')).map(({ line, body }) => ({ at: `${path}:${line}`, ...parseTenantRules(JSON.parse(body)) })));
    expect(shown.length).toBeGreaterThanOrEqual(2);
    for (const one of shown) expect(one).toMatchObject({ at: one.at, rules: {} });
  });
});

/** Files, events, Graph's hosts and the doctor's checks may begin like rules. */
function isNoRule(code: string): boolean {
  return /\.(md|ts|xml)$|^graph\.microsoft\./.test(code) || EVENTS.some((event) => event === code) || CHECKS.has(code);
}
