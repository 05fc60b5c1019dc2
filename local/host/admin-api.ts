import type { HttpAnswer } from './http-rpc.ts';

/** Answers requests below `/admin`; `authorized` says whether they carried the master key. */
export type AdminApi = (method: string, path: string, authorized: boolean, body: Uint8Array) => HttpAnswer;

export interface AdminParts {
  functions: ReadonlyArray<{ name: string; trigger: string }>;
  /** Starts a function that is not triggered by HTTP and does not wait for it; `input` is the queue message's text. */
  start(name: string, input: string): void;
}

/**
 * What Azure offers to start timers and queue functions by hand: `POST /admin/functions/{name}` with `{"input": "…"}`, answered 202 before the function has
 * run, and `GET /admin/host/status`; both with the master key only.
 */
export function createAdminApi(parts: AdminParts): AdminApi {
  return (method, path, authorized, body) => {
    if (!authorized) return answer(401);
    if (method === 'GET' && /^\/admin\/host\/status\/?$/i.test(path)) return answer(200, { state: 'Running', version: '4' });
    if (method === 'GET' && /^\/admin\/functions\/?$/i.test(path)) return answer(200, parts.functions);
    const name = /^\/admin\/functions\/([^/]+)\/?$/i.exec(path)?.[1]?.toLowerCase();
    const fn = parts.functions.find((candidate) => candidate.name.toLowerCase() === name);
    if (method !== 'POST' || !fn || fn.trigger === 'http') return answer(404);
    const input = readInput(body);
    if (input === undefined) return answer(400);
    parts.start(fn.name, input);
    return answer(202);
  };
}

function readInput(body: Uint8Array): string | undefined {
  if (body.length === 0) return '';
  try {
    const document: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    const input = typeof document === 'object' && document !== null && 'input' in document ? document.input : '';
    return typeof input === 'string' ? input : JSON.stringify(input);
  } catch {
    return undefined;
  }
}

function answer(status: number, json?: unknown): HttpAnswer {
  if (json === undefined) return { status, headers: {}, body: new Uint8Array() };
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: Buffer.from(JSON.stringify(json)) };
}
