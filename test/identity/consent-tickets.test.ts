import { describe, expect, it } from 'vitest';
import { makeInvitation, makeState, readInvitation, readState } from '../../shared/jobs/consent-tickets.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';
const SECRET = 'a secret of at least 32 characters';
const NOW = Date.UTC(2026, 10, 23, 8);

describe('tickets of a consent', () => {
  it('name their tenant again', () => {
    expect(readInvitation(makeInvitation(TENANT, NOW, SECRET), NOW, SECRET)).toBe(TENANT);
    expect(readState(makeState(TENANT, 'browser', NOW, SECRET), 'browser', NOW, SECRET)).toBe(TENANT);
  });

  it('are good for one use: a state, which every browser is given, is never an invitation', () => {
    // The instance that reads it may be slower than the one that made it.
    expect(readInvitation(makeState(TENANT, 'browser', NOW + 30_000, SECRET), NOW, SECRET)).toBeNull();
  });

  it('hold nothing of the cookie that can be given back', () => {
    expect(makeState(TENANT, 'browser', NOW, SECRET)).not.toContain('browser');
  });

  it('that come from the future by more than clocks differ are none', () => {
    expect(readState(makeState(TENANT, 'browser', NOW + 50_000, SECRET), 'browser', NOW, SECRET)).toBe(TENANT);
    expect(readState(makeState(TENANT, 'browser', NOW + 70_000, SECRET), 'browser', NOW, SECRET)).toBeNull();
  });
});
