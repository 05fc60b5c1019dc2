import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuthLevel } from './registration.ts';

/** The keys of the app: `master` opens everything, every other host key all functions, a key under `functions` that function only. */
export interface HostKeys {
  master: string | undefined;
  host: readonly string[];
  functions: ReadonlyMap<string, readonly string[]>;
}

/** Reads `{"default": "…", "master": "…", "functions": {"name": {"key": "…"}}}`; throws one sentence that quotes no key. */
export function readHostKeys(document: unknown): HostKeys {
  if (document === undefined) return { master: undefined, host: [], functions: new Map() };
  const keys = object(document, 'HOST_KEYS');
  const functions = new Map<string, string[]>();
  const host: string[] = [];
  for (const [name, value] of Object.entries(keys)) {
    if (name === 'functions') {
      for (const [fn, own] of Object.entries(object(value, 'HOST_KEYS.functions'))) {
        functions.set(fn.toLowerCase(), Object.values(object(own, `HOST_KEYS.functions.${fn}`)).map((key) => keyText(key, fn)));
      }
    } else if (name !== 'master') host.push(keyText(value, name));
  }
  return { master: keys['master'] === undefined ? undefined : keyText(keys['master'], 'master'), host, functions };
}

/**
 * Whether a request may call the function. The header `x-functions-key` wins over the query's `code` even where it is wrong (azure.md 3.4,
 * AuthenticationLevelHandler.cs). Without any key configured nothing but anonymous functions answers.
 */
export function isAuthorized(level: AuthLevel, functionName: string, header: string | undefined, code: string | undefined, keys: HostKeys): boolean {
  if (level === 'anonymous') return true;
  const given = header ?? code;
  if (given === undefined || given === '') return false;
  if (keys.master !== undefined && same(given, keys.master)) return true;
  if (level === 'admin') return false;
  return [...keys.host, ...(keys.functions.get(functionName.toLowerCase()) ?? [])].some((key) => same(given, key));
}

function same(given: string, key: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(key));
}

function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${name} has to be a JSON object of keys.`);
  return value as Record<string, unknown>;
}

function keyText(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`The key "${name}" in HOST_KEYS has to be a string that is not empty.`);
  return value;
}
