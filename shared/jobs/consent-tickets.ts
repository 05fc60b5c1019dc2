import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { day, minute, type Instant } from '../model/time/instant.ts';

/** An invitation is sent by mail to somebody who may be away; whoever has it can do no more than begin. */
export const INVITATION_LIFE = 7 * day;
/** From leaving for Entra until coming back. */
export const STATE_LIFE = 15 * minute;
/** Clocks of two instances may differ. */
const AHEAD = minute;

/** What our signature says it is for: nothing that was signed for one use passes in another. */
type Use = 'consent-invitation' | 'consent-state';

export function makeInvitation(tenantId: string, now: Instant, secret: string): string {
  return signed('consent-invitation', [tenantId, String(now + INVITATION_LIFE)], secret);
}

/** The tenant that is invited; null for what is not ours or has run out. */
export function readInvitation(invitation: string, now: Instant, secret: string): string | null {
  const parts = opened('consent-invitation', invitation, secret);
  const [tenantId, until] = parts ?? [];
  return tenantId !== undefined && Number(until) > now ? tenantId : null;
}

/** Bound to one browser, by the hash of what its cookie holds, and to the time. */
export function makeState(tenantId: string, cookie: string, now: Instant, secret: string): string {
  return signed('consent-state', [tenantId, String(now), hashed(cookie)], secret);
}

/** The tenant that was asked for; null where it was not we who asked, another browser, or too long ago. */
export function readState(state: string, cookie: string, now: Instant, secret: string): string | null {
  const [tenantId, at, browser] = opened('consent-state', state, secret) ?? [];
  if (tenantId === undefined || browser === undefined || !same(browser, hashed(cookie))) return null;
  const age = now - Number(at);
  return age <= STATE_LIFE && age >= -AHEAD ? tenantId : null;
}

function signed(use: Use, parts: readonly string[], secret: string): string {
  const text = parts.join('.');
  return `${text}.${signature(use, text, secret)}`;
}

function opened(use: Use, ticket: string, secret: string): readonly string[] | null {
  if (ticket.length > 500) return null;
  const end = ticket.lastIndexOf('.');
  const text = ticket.slice(0, Math.max(end, 0));
  return same(ticket.slice(end + 1), signature(use, text, secret)) ? text.split('.') : null;
}

function signature(use: Use, text: string, secret: string): string {
  return createHmac('sha256', secret).update(`${use}|${text}`).digest('base64url');
}

function hashed(cookie: string): string {
  return createHash('sha256').update(cookie).digest('base64url');
}

/** In constant time. */
function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
