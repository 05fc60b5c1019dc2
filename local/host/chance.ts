/** A number in [0, 1), like Math.random; a test passes a seeded one. */
export type Random = () => number;

function hex(random: Random, digits: number): string {
  let text = '';
  for (let i = 0; i < digits; i += 1) text += Math.floor(random() * 16).toString(16);
  return text;
}

export function uuid(random: Random): string {
  const variant = (8 + Math.floor(random() * 4)).toString(16);
  return `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-${variant}${hex(random, 3)}-${hex(random, 12)}`;
}

/** A W3C traceparent that continues `parent`'s trace where that is one, and starts a trace where it is not. */
export function traceParent(random: Random, parent?: string): string {
  const given = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(parent ?? '');
  return `00-${given?.[1] ?? hex(random, 32)}-${hex(random, 16)}-${given?.[2] ?? '01'}`;
}
