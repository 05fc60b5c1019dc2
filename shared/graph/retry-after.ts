import type { Instant } from '../model/time/instant.ts';

/**
 * Milliseconds to wait from now; undefined where the header is missing or says nothing sensible. A date is taken against the answer's own `Date`
 * where there is one, so that a clock of ours that is wrong does not break the wait.
 */
export function retryAfterMs(header: string | null, answered: string | null, now: Instant): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  const until = Date.parse(text);
  if (Number.isNaN(until) || !/[a-z]/i.test(text)) return undefined;
  const serverNow = answered === null ? Number.NaN : Date.parse(answered);
  return Math.max(0, until - (Number.isNaN(serverNow) ? now : serverNow));
}
