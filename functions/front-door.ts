import { createHash } from 'node:crypto';
import { HttpRequest, type HttpFunctionOptions, type HttpHandler, type HttpResponseInit } from '@azure/functions';
import { ROUTES } from '../shared/config/names.ts';
import { rateLimit } from './rate-limit.ts';
import { refusal } from './refusal.ts';
import { withItsBody } from './request-body.ts';
import { PER_MINUTE, SURFACE, type Surface } from './surface.ts';
import { inTime } from './time-limit.ts';

/** Time as it is passed in. */
type Clock = Parameters<typeof rateLimit>[0] & Parameters<typeof inTime>[0];

type Registrar = (name: string, options: HttpFunctionOptions) => void;

/** On every answer, unless the endpoint says otherwise. None of them is a page but those of the consent, and nothing is kept by anybody on the way. */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/**
 * Stands before every HTTP function: method, rate, size, content type and time, as surface.ts has them, then the security headers. The host has looked at
 * the function key before. What is refused here is refused in a sentence of ours that repeats nothing of the request.
 */
export function behindFrontDoor(register: Registrar, clock: Clock): Registrar {
  const limits = new Map(Object.entries(PER_MINUTE).map(([group, perMinute]) => [group, rateLimit(clock, perMinute)]));
  return (name, options) => {
    const surface = surfaceOf(options.route ?? name);
    const handler: HttpHandler = async (request, context) => {
      const wait = limits.get(surface.counted)?.(callerOf(request, surface)) ?? 0;
      if (wait > 0) return dressed(refusal(429, 'Too many requests: come again later.', { 'retry-after': String(Math.ceil(wait / 1_000)) }));
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      if (!surface.methods.some((one) => one === method)) return dressed(refusal(405, 'This method is not for this address.', { allow: surface.methods.join(', ') }));
      const taken = await withItsBody(request, surface);
      if (!(taken instanceof HttpRequest)) return dressed(taken);
      return dressed(await inTime(clock, surface.seconds, Promise.resolve(options.handler(taken, context))));
    };
    register(name, { ...options, handler });
  };
}

function surfaceOf(route: string): Surface {
  const key = (Object.keys(ROUTES) as (keyof typeof ROUTES)[]).find((one) => ROUTES[one] === route);
  if (key === undefined) throw new Error(`The route ${route} stands in no row of the surface.`);
  return SURFACE[key];
}

/** By the key, as the host reads it: the header wins. Its hash is enough to tell callers apart, and nobody can read a key out of a memory dump. */
function callerOf(request: HttpRequest, { proof }: Surface): string {
  if (proof !== 'functionKey') return 'anybody';
  return createHash('sha256').update(request.headers.get('x-functions-key') ?? request.query.get('code') ?? '').digest('base64url');
}

function dressed(answer: HttpResponseInit): HttpResponseInit {
  const headers = new Headers(HEADERS);
  if (typeof answer.body === 'string') headers.set('content-type', 'text/plain; charset=utf-8');
  for (const [name, value] of new Headers(answer.headers as Record<string, string> | undefined)) headers.set(name, value);
  return { ...answer, headers: Object.fromEntries(headers) };
}
