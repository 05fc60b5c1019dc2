import { describe, expect, it } from 'vitest';
import { routeTable } from '../../../local/graph/route-table.ts';
import type { RouteParts } from '../../../local/graph/route-table.ts';
import { knownGaps } from './known-gaps.ts';
import { readOfficial, WHERE_IT_IS_LOOKED_FOR } from './official.ts';
import type { Official } from './official.ts';
import { keyOf, officialMethods, shapeOf } from './official-paths.ts';

const official = readOfficial();
/** No handler runs here, so nothing of what they work on is needed. */
const routes = routeTable({} as RouteParts).map(({ method, template }) => ({ method, path: template }));

/** What $expand answers instead of a path. */
const EXPANDED = ['singleValueExtendedProperties', 'exceptionOccurrences'];
/** Types whose paths and operations the simulator answers at least in part. */
const MODELLED = ['user', 'outlookUser', 'mailboxSettings', 'calendar', 'event', 'subscription'];
/** Read by the reference pages, not in the official map of permissions (README of the official data), or in it for other methods only. */
const UNMAPPED = [
  'GET /users/{id}/calendar', 'GET /users/{id}/calendars/{id}', 'GET /users/{id}/calendar/calendarview/delta', 'POST /users/{id}/calendar/events/{id}/permanentdelete',
  'GET /users/{id}/events/{id}/attachments/{id}', 'DELETE /users/{id}/events/{id}/attachments/{id}', 'GET /users/{id}/events/{id}/attachments/{id}/$value',
];

if (official === undefined) {
  it.skip(`the Graph simulator's paths are held to the official data only where that is found: ${WHERE_IT_IS_LOOKED_FOR}`, () => undefined);
} else {
  compare(official);
}

/** Some route goes on behind this member. */
const isOnTheWay = (member: string): boolean => routes.some(({ path }) => path.includes(`/${member}/`));

function compare(data: Official): void {
  const methods = officialMethods(data);

  describe('every path and method of the simulator', () => {
    it.each(routes)('$method $path is official', ({ method, path }) => {
      const shape = shapeOf(data, path);
      expect(shape, 'the path leads somewhere').toBeDefined();
      expect([...(methods.get(shape === undefined ? '' : keyOf(shape)) ?? [])]).toContain(method);
    });

    it('that touches a mailbox can be permitted to applications', () => {
      const unmapped = routes
        .filter(({ path }) => path.startsWith('/users'))
        .map(({ method, path }) => ({ method, path: path.replace(/\{\w+\}/g, '{id}').toLowerCase() }))
        .filter(({ method, path }) => data.permissions[path]?.[method] === undefined)
        .map(({ method, path }) => `${method} ${path}`);
      expect(unmapped.filter((one) => !UNMAPPED.includes(one))).toEqual([]);
    });
  });

  it('what the official types offer beyond are the known gaps of docs/simulators/graph.md', () => {
    const reached = new Map<string, Set<string>>();
    for (const { method, path } of routes) {
      const key = keyOf(shapeOf(data, path) ?? { on: '', name: '' });
      reached.set(key, (reached.get(key) ?? new Set()).add(method));
    }
    const gaps: Record<string, string[]> = {};
    for (const type of MODELLED) {
      const operations = data.operations.filter(({ boundTo }) => boundTo === type || boundTo === `Collection(${type})`).map(({ name }) => name);
      const members = Object.entries(data.types[type]?.navigation ?? {})
        .filter(([name, { type: target }]) => !EXPANDED.includes(name) && !reached.has(keyOf({ on: target, name: '' })) && !isOnTheWay(name))
        .map(([name]) => name);
      const own = [...new Set([...operations, ...members])].filter((name) => !reached.has(keyOf({ on: type, name })));
      const refused = [...(methods.get(keyOf({ on: type, name: '' })) ?? [])].filter((method) => reached.get(keyOf({ on: type, name: '' }))?.has(method) !== true);
      if (own.length + refused.length > 0) gaps[type] = [...own, ...refused].sort();
    }
    expect(gaps).toEqual(knownGaps('operations'));
  });
}
