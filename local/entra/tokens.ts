import { constants, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';

export type Claims = Readonly<Record<string, unknown>>;

/** The keys that one login signs with: a token of another login does not pass here. */
export interface SigningKeys {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function signingKeys(keyId: string): SigningKeys {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return { keyId, privateKey, publicKey: createPublicKey(privateKey) };
}

export function signToken(keys: SigningKeys, claims: Claims): string {
  const head = `${encoded({ typ: 'JWT', alg: 'RS256', kid: keys.keyId })}.${encoded(claims)}`;
  return `${head}.${sign('sha256', Buffer.from(head), keys.privateKey).toString('base64url')}`;
}

export interface ReadToken {
  readonly header: Claims;
  readonly claims: Claims;
}

/** Read, not believed. */
export function readToken(token: string): ReadToken | null {
  const [header, claims, signature, ...more] = token.split('.');
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0) return null;
  const parts = [header, claims].map(decoded);
  const [first, second] = parts;
  return first == null || second == null ? null : { header: first, claims: second };
}

/** RS256 and PS256 are what Entra takes of client assertions. */
export function signedBy(token: string, key: KeyObject): boolean {
  const end = token.lastIndexOf('.');
  const read = readToken(token);
  if (read === null) return false;
  const signature = Buffer.from(token.slice(end + 1), 'base64url');
  const data = Buffer.from(token.slice(0, end));
  switch (read.header['alg']) {
    case 'RS256':
      return verify('sha256', data, key, signature);
    case 'PS256':
      return verify('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature);
    default:
      return false;
  }
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decoded(text: string): Claims | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Claims) : null;
  } catch {
    return null;
  }
}
