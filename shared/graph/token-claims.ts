/** What a token for Graph says of itself. It is Graph who judges it; we look so that a mistake is told before anything is asked with it. */
export interface TokenClaims {
  /** Lower case. */
  readonly tenantId: string | null;
  readonly audience: string | null;
  /** Names of the application permissions that were granted. */
  readonly roles: readonly string[];
}

/** null where the token tells nothing: its form is Graph's own and may change. */
export function readClaims(token: string): TokenClaims | null {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return null;
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
  if (typeof claims !== 'object' || claims === null) return null;
  const text = (name: string): string | null => {
    const value: unknown = Reflect.get(claims, name);
    return typeof value === 'string' ? value : null;
  };
  const roles: unknown = Reflect.get(claims, 'roles');
  return {
    tenantId: text('tid')?.toLowerCase() ?? null,
    audience: text('aud'),
    roles: Array.isArray(roles) ? roles.filter((role): role is string => typeof role === 'string' && /^[A-Za-z][A-Za-z.-]{0,99}$/.test(role)) : [],
  };
}
