import crypto from 'node:crypto';
import dns from 'node:dns';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';

/**
 * What answers when a thread of the machine has time, answers in an order that no seed decides: calls of that kind, and the machine's own timers and
 * dice, end the history that makes them. What is loaded late is loaded before.
 */
export function banThreadPool(): void {
  const ban = (name: string) => (): never => {
    throw new Error(`${name} was called within a history: its answer would come in an order that no seed decides.`);
  };
  const { subtle } = globalThis.crypto;
  for (const method of ['digest', 'sign', 'verify', 'encrypt', 'decrypt', 'importKey', 'exportKey', 'generateKey', 'deriveBits', 'deriveKey', 'wrapKey', 'unwrapKey'] as const) Object.defineProperty(subtle, method, { value: ban(`crypto.subtle.${method}`) });
  const replace = (module: object, label: string, names: readonly string[]): void => {
    for (const name of names) Object.defineProperty(module, name, { value: ban(`${label}.${name}`), configurable: true, writable: true });
  };
  replace(crypto, 'crypto', ['pbkdf2', 'scrypt', 'hkdf', 'generateKeyPair', 'randomFill']);
  replace(zlib, 'zlib', ['deflate', 'inflate', 'gzip', 'gunzip', 'unzip', 'brotliCompress', 'brotliDecompress', 'deflateRaw', 'inflateRaw']);
  replace(fs, 'fs', ['readFile', 'writeFile', 'stat', 'readdir', 'open']);
  replace(fs.promises, 'fs.promises', ['readFile', 'writeFile', 'stat', 'readdir', 'open']);
  replace(dns, 'dns', ['lookup', 'resolve']);
  replace(dns.promises, 'dns.promises', ['lookup', 'resolve']);
  replace(globalThis, 'globalThis', ['setTimeout', 'setInterval', 'fetch']);
  replace(Math, 'Math', ['random']);
  syncBuiltinESMExports();
}
