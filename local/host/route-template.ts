import { readConstraint } from './route-constraints.ts';
import type { Constraint } from './route-constraints.ts';

/** A compiled ASP.NET route template; answers the parameters of a path that matches, undefined for one that does not. */
export interface RouteTemplate {
  match(path: string): Record<string, string> | undefined;
}

interface Parameter {
  name: string;
  catchAll: boolean;
  optional: boolean;
  otherwise: string | undefined;
  constraints: Constraint[];
}

type Part = string | Parameter;

/**
 * Compiles literals, `{name}`, `{name?}`, `{name=default}`, `{*rest}` and `{name:constraint}`, also several to a segment; `path` comes percent-encoded and
 * without its query. Throws one sentence for a template that Azure would not take.
 */
export function compileRoute(template: string): RouteTemplate {
  const segments = splitSegments(template).map((segment) => parseSegment(segment, template));
  const parameters = segments.flat().filter((part) => typeof part !== 'string');
  const names = parameters.map((parameter) => parameter.name.toLowerCase());
  const twin = names.find((name, i) => names.indexOf(name) !== i);
  if (twin !== undefined) throw new Error(`The route "${template}" has the parameter "${twin}" twice.`);
  segments.forEach((segment, i) => checkSegment(segment, i === segments.length - 1, template));
  const patterns = segments.map((segment) => segmentPattern(segment));

  return {
    match: (path) => {
      const given = path.replace(/^\/+|\/+$/g, '').split('/').filter((segment, _, all) => !(all.length === 1 && segment === ''));
      const values: Record<string, string> = {};
      for (const [i, segment] of segments.entries()) {
        const only = segment.length === 1 ? segment[0] : undefined;
        if (typeof only === 'object' && only.catchAll) {
          const rest = given.slice(i).map(decodeSegment).join('/');
          return take(values, only, rest === '' ? undefined : rest) ? values : undefined;
        }
        const text = given[i];
        if (text === undefined) {
          if (typeof only !== 'object' || !(only.optional || only.otherwise !== undefined)) return undefined;
          if (!take(values, only, undefined)) return undefined;
          continue;
        }
        const found = patterns[i]?.exec(decodeSegment(text));
        if (!found) return undefined;
        const inSegment = segment.filter((part) => typeof part !== 'string');
        if (!inSegment.every((parameter, n) => take(values, parameter, found[n + 1]))) return undefined;
      }
      return given.length > segments.length ? undefined : values;
    },
  };
}

/** Notes a parameter's value; false where a constraint refuses it. */
function take(values: Record<string, string>, parameter: Parameter, given: string | undefined): boolean {
  const value = given === undefined || given === '' ? parameter.otherwise : given;
  if (value === undefined) return parameter.catchAll || parameter.optional;
  if (!parameter.constraints.every((accepts) => accepts(value))) return false;
  values[parameter.name] = value;
  return true;
}

/** Kestrel decodes a path but leaves "%2F", so that a slash in a value never splits it. */
function decodeSegment(text: string): string {
  return decodeURIComponent(text.replace(/%2f/gi, '%252F'));
}

function splitSegments(template: string): string[] {
  const segments: string[] = [];
  let depth = 0;
  let current = '';
  for (const char of template.replace(/^\/+|\/+$/g, '')) {
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    if (char === '/' && depth === 0) {
      segments.push(current);
      current = '';
    } else current += char;
  }
  if (depth !== 0) throw new Error(`The route "${template}" has an unbalanced brace.`);
  return current === '' && segments.length === 0 ? [] : [...segments, current];
}

function parseSegment(segment: string, template: string): Part[] {
  if (segment === '') throw new Error(`The route "${template}" has an empty segment.`);
  const parts: Part[] = [];
  let start = 0;
  let depth = 0;
  for (let i = 0; i < segment.length; i += 1) {
    if (segment[i] === '{') {
      if (depth === 0 && i > start) parts.push(segment.slice(start, i));
      if (depth === 0) start = i + 1;
      depth += 1;
    } else if (segment[i] === '}') {
      depth -= 1;
      if (depth === 0) {
        parts.push(parseParameter(segment.slice(start, i), template));
        start = i + 1;
      }
    }
  }
  if (start < segment.length) parts.push(segment.slice(start));
  return parts;
}

function parseParameter(text: string, template: string): Parameter {
  const parts = /^(\*{0,2})([A-Za-z_][\w-]*)((?::[^:=(?]+(?:\((?:[^()]|\([^()]*\))*\))?)*)(\?|=.*)?$/s.exec(text);
  if (!parts) throw new Error(`The route "${template}" has the parameter "{${text}}", which cannot be read.`);
  const [, stars = '', name = '', constraints = '', end] = parts;
  return {
    name,
    catchAll: stars !== '',
    optional: end === '?',
    otherwise: end?.startsWith('=') ? end.slice(1) : undefined,
    constraints: [...constraints.matchAll(/:([^:(]+)(?:\(((?:[^()]|\([^()]*\))*)\))?/gs)].map((found) => readConstraint(found[1] ?? '', found[2], template)),
  };
}

function checkSegment(segment: Part[], last: boolean, template: string): void {
  for (const [i, part] of segment.entries()) {
    if (typeof part === 'string') continue;
    if (part.catchAll && !(last && segment.length === 1)) throw new Error(`The route "${template}" has "{*${part.name}}", which has to be its last segment.`);
    if (part.optional && !last) throw new Error(`The route "${template}" has the optional parameter "${part.name}" before its last segment.`);
    if (i > 0 && typeof segment[i - 1] !== 'string') throw new Error(`The route "${template}" has two parameters without text between them.`);
  }
}

function segmentPattern(segment: Part[]): RegExp {
  const lone = segment.length === 1;
  const source = segment.map((part) => (typeof part === 'string' ? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : lone ? '(.*)' : '(.+?)'));
  return new RegExp(`^${source.join('')}$`, 'is');
}
