import type { Handler } from './call.ts';
import { badRequest, GraphFailure } from './failure.ts';

export interface Route {
  method: string;
  template: string;
  segments: readonly string[];
  /** Values that the template itself fixes. */
  fixed: Readonly<Record<string, string>>;
  /** The route reads or writes a mailbox. */
  isMailbox: boolean;
  handler: Handler;
}

export interface Match {
  route: Route;
  params: Record<string, string>;
}

export function route(method: string, template: string, handler: Handler, fixed: Record<string, string> = {}): Route {
  const segments = template.split('/').filter((part) => part !== '');
  return { method, template, segments, fixed, isMailbox: segments[0] === 'users' && segments.length > 2, handler };
}

/** Paths as Graph takes them: `users/{id}` and `users('{id}')`, functions with and without brackets. */
export function segmentsOf(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const text = decodeSegment(part);
      const keyed = /^(users|calendars|events|subscriptions)\('(.+)'\)$/.exec(text);
      return keyed === null ? [text.replace(/\(.*\)$/, '')] : [keyed[1] ?? '', keyed[2] ?? ''];
    });
}

function decodeSegment(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest('The path of the request is not correctly encoded.', 'BadRequest');
  }
}

export function matchRoute(routes: readonly Route[], method: string, path: string): Match {
  const segments = segmentsOf(path);
  let knownPath = false;
  for (const candidate of routes) {
    const params = paramsOf(candidate, segments);
    if (params === null) continue;
    knownPath = true;
    if (candidate.method === method) return { route: candidate, params };
  }
  if (knownPath) throw new GraphFailure(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.');
  throw badRequest(`Resource not found for the segment '${segments.at(-1) ?? ''}'.`, 'BadRequest');
}

function paramsOf(candidate: Route, segments: readonly string[]): Record<string, string> | null {
  if (candidate.segments.length !== segments.length) return null;
  const params: Record<string, string> = { ...candidate.fixed };
  for (const [at, part] of candidate.segments.entries()) {
    const given = segments[at] ?? '';
    if (part.startsWith('{')) params[part.slice(1, -1)] = given;
    else if (part.toLowerCase() !== given.toLowerCase()) return null;
  }
  return params;
}

export const routeName = (match: Match): string => `${match.route.method} ${match.route.template}`;

