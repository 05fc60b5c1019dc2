/** A path with its query as Graph reads it: every value encoded, no option twice. */
export function withQuery(path: string, options: Readonly<Record<string, string | number>>): string {
  const query = Object.entries(options).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return query.length === 0 ? path : `${path}?${query.join('&')}`;
}

export function userPath(mailboxId: string, ...rest: readonly string[]): string {
  return ['/users', mailboxId, ...rest].map((part, index) => (index === 0 ? part : encodeURIComponent(part))).join('/');
}
