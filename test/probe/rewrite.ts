import type { Between } from './world.ts';

type Json = Record<string, unknown>;

/** Requests of Graph whose method, path and query fit. */
function fits(request: Request, pattern: RegExp): boolean {
  return pattern.test(`${request.method} ${decodeURIComponent(request.url)}`);
}

/** Another answer of Graph than the simulator's, to requests that fit. */
export function graphAnswers(pattern: RegExp, answer: (json: Json, status: number) => { status?: number; json?: Json }): Between {
  return async (request, send) => {
    if (!fits(request, pattern)) return send(request);
    const real = await send(request);
    const text = await real.text();
    const json = (text === '' ? {} : JSON.parse(text)) as Json;
    const other = answer(json, real.status);
    const status = other.status ?? real.status;
    return new Response(status === 204 ? null : JSON.stringify(other.json ?? json), { status, headers: { 'content-type': 'application/json', ...(real.headers.get('date') === null ? {} : { date: real.headers.get('date') ?? '' }) } });
  };
}

/** Refused before anything was done. */
export function graphRefuses(pattern: RegExp, status: number, code: string, when: (body: string) => boolean = () => true): Between {
  return async (request, send) => {
    if (!fits(request, pattern) || !when(await request.clone().text())) return send(request);
    return new Response(JSON.stringify({ error: { code, message: 'Text of the server about secrets of spare.mailbox@example.com' } }), { status, headers: { 'content-type': 'application/json' } });
  };
}

/** The text of every answer to requests that fit. */
export function graphText(pattern: RegExp, rewrite: (text: string) => string): Between {
  return async (request, send) => {
    if (!fits(request, pattern)) return send(request);
    const real = await send(request);
    return new Response(rewrite(await real.text()), { status: real.status, headers: { 'content-type': 'application/json' } });
  };
}

/** Another request to the CRM, or another answer, where the request holds this text. */
export function crm(holds: string, how: { readonly request?: (xml: string) => string; readonly answer?: (xml: string) => string | Uint8Array<ArrayBuffer>; readonly status?: number }): Between {
  return async (request, send) => {
    const xml = request.method === 'POST' && request.headers.get('content-type')?.includes('xml') === true ? await request.clone().text() : '';
    if (!xml.includes(holds)) return send(request);
    if (how.status !== undefined) return new Response('', { status: how.status });
    const sent = how.request?.(xml) ?? xml;
    const real = await send(new Request(request.url, { method: 'POST', headers: request.headers, body: sent, redirect: 'manual' }));
    const text = await real.text();
    return new Response(how.answer?.(text) ?? text, { status: real.status, headers: real.headers });
  };
}

export function row(change: (event: Json) => Json): (json: Json) => { json: Json } {
  return (json) => ({ json: Array.isArray(json['value']) ? { ...json, value: (json['value'] as Json[]).map(change) } : change(json) });
}
