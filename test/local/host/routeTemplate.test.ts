import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRoutes } from '../../../local/host/http-routes.ts';
import type { HttpRegistration } from '../../../local/host/registration.ts';
import { compileRoute } from '../../../local/host/route-template.ts';

const match = (template: string, path: string): Record<string, string> | undefined => compileRoute(template).match(path);

describe('a route template', () => {
  it('gives back any value that was put into it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ minLength: 1 }), (a, b) => {
        const plain = (text: string): string => text.replaceAll('/', '%2F');
        const safe = (text: string): string => encodeURIComponent(text).replaceAll('.', '%2E');
        expect(match('crm/{tenant}/x/{id}', `/crm/${safe(a)}/x/${safe(b)}`)).toEqual({ tenant: plain(a), id: plain(b) });
      }),
      { seed: 1 },
    );
  });

  it('knows literals, optional parameters, defaults and catch-alls', () => {
    expect(match('a/b', '/A/B/')).toEqual({});
    expect(match('a/b', '/a')).toBeUndefined();
    expect(match('a/b', '/a/b/c')).toBeUndefined();
    expect(match('a/{x?}', '/a')).toEqual({});
    expect(match('a/{x=7}', '/a')).toEqual({ x: '7' });
    expect(match('a/{x}', '/a')).toBeUndefined();
    expect(match('a/{*rest}', '/a')).toEqual({});
    expect(match('a/{**rest}', '/a/b/c')).toEqual({ rest: 'b/c' });
    expect(match('', '/')).toEqual({});
  });

  it('keeps an encoded slash inside its value', () => {
    expect(match('a/{id}', '/a/x%2Fy')).toEqual({ id: 'x%2Fy' });
  });

  it('knows several parameters in one segment', () => {
    expect(match('f/{name}.{ext}', '/f/report.final.pdf')).toEqual({ name: 'report', ext: 'final.pdf' });
    expect(match('v{major:int}/x', '/v2/x')).toEqual({ major: '2' });
    expect(match('v{major:int}/x', '/vx/x')).toBeUndefined();
  });

  it.each([
    ['int', ['1', '-7'], ['x', '1.5', '99999999999']],
    ['long', ['99999999999'], ['x']],
    ['bool', ['true', 'False'], ['1']],
    ['guid', ['9d2b1c52-7d3b-4c0e-9c5d-6f6d0a4b1c2d'], ['9d2b']],
    ['alpha', ['abc'], ['ab1']],
    ['decimal', ['1.5'], ['x']],
    ['double', ['1e3'], ['x']],
    ['datetime', ['2026-03-01'], ['soon']],
    ['min(3)', ['3'], ['2', 'x']],
    ['max(3)', ['3'], ['4']],
    ['range(2,4)', ['2', '4'], ['1', '5']],
    ['minlength(2)', ['ab'], ['a']],
    ['maxlength(2)', ['ab'], ['abc']],
    ['length(2)', ['ab'], ['a', 'abc']],
    ['length(1,2)', ['a', 'ab'], ['abc']],
    ['regex(^MA|KP$)', ['MA', 'kp'], ['x']],
    ['regex(^\\d{{2}}$)', ['12'], ['123']],
    ['int:min(3)', ['3'], ['2']],
  ])('holds the constraint %s', (constraint, good, bad) => {
    for (const value of good) expect(match(`{x:${constraint}}`, `/${encodeURIComponent(value)}`)).toEqual({ x: value });
    for (const value of bad) expect(match(`{x:${constraint}}`, `/${encodeURIComponent(value)}`)).toBeUndefined();
  });

  it('says what is wrong with one that Azure would not take', () => {
    expect(() => compileRoute('a/{x')).toThrow('unbalanced brace');
    expect(() => compileRoute('a//b')).toThrow('empty segment');
    expect(() => compileRoute('{x}/{X}')).toThrow('the parameter "x" twice');
    expect(() => compileRoute('{*x}/b')).toThrow('has to be its last segment');
    expect(() => compileRoute('{x?}/b')).toThrow('before its last segment');
    expect(() => compileRoute('{x}{y}')).toThrow('without text between them');
    expect(() => compileRoute('{x:integer}')).toThrow('the constraint "integer"');
    expect(() => compileRoute('{x:min(a)}')).toThrow('the constraint "min"');
    expect(() => compileRoute('{1x}')).toThrow('which cannot be read');
  });
});

describe('several routes', () => {
  const fn = (name: string, route: string, methods: string[]): HttpRegistration => ({ trigger: 'http', name, functionId: name, binding: 'b', route, methods, authLevel: 'anonymous' });

  it('are tried in the order of the function names, as in Azure', () => {
    const route = createRoutes([fn('zExact', 'a/b', ['GET']), fn('aRest', 'a/{*rest}', ['GET'])], 'api');
    expect(route('GET', '/api/a/b')).toMatchObject({ kind: 'function', fn: { name: 'aRest' } });
  });

  it('share a path where their methods differ', () => {
    const route = createRoutes([fn('read', 'x', ['GET']), fn('write', 'x', ['POST'])], 'api');
    expect(route('POST', '/api/x')).toMatchObject({ kind: 'function', fn: { name: 'write' } });
    expect(route('PUT', '/api/x')).toEqual({ kind: 'methodNotAllowed', allow: ['GET', 'HEAD', 'POST'] });
  });

  it('take any method where a function names none, and no prefix where host.json has an empty one', () => {
    const route = createRoutes([fn('any', 'x', [])], '');
    expect(route('PATCH', '/x')).toMatchObject({ kind: 'function' });
    expect(route('GET', '/api/x')).toEqual({ kind: 'notFound' });
  });
});
