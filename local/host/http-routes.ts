import type { HttpRegistration } from './registration.ts';
import { compileRoute } from './route-template.ts';
import type { RouteTemplate } from './route-template.ts';

export type RouteMatch =
  | { kind: 'function'; fn: HttpRegistration; params: Record<string, string> }
  | { kind: 'methodNotAllowed'; allow: string[] }
  | { kind: 'notFound' };

/**
 * The routes of all HTTP functions under `prefix`. Where several match, the first by function name wins, not the most specific: the host keeps functions
 * sorted by name and tries their routes in order. HEAD goes to a GET function (Azure/azure-functions-host#11658).
 */
export function createRoutes(functions: readonly HttpRegistration[], prefix: string): (method: string, path: string) => RouteMatch {
  const routes: Array<{ fn: HttpRegistration; template: RouteTemplate }> = [...functions]
    .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
    .map((fn) => ({ fn, template: compileRoute(prefix === '' ? fn.route : `${prefix}/${fn.route}`) }));
  return (method, path) => {
    const allow = new Set<string>();
    for (const { fn, template } of routes) {
      const params = template.match(path);
      if (!params) continue;
      const methods = fn.methods.includes('GET') ? [...fn.methods, 'HEAD'] : fn.methods;
      if (methods.length === 0 || methods.includes(method)) return { kind: 'function', fn, params };
      for (const allowed of methods) allow.add(allowed);
    }
    return allow.size > 0 ? { kind: 'methodNotAllowed', allow: [...allow] } : { kind: 'notFound' };
  };
}
