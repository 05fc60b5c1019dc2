import { describe, it, expect } from 'vitest';
import { classify, plainCode, type Trouble } from '../../shared/graph/classify.ts';
import { retryAfterMs } from '../../shared/graph/retry-after.ts';

const NOW = Date.UTC(2026, 10, 23, 8);

function refused(status: number, code: string | null = null, retryAfter: string | null = null): Trouble {
  return { kind: 'refusal', status, code, retryAfter, date: null };
}

describe('what an answer means', () => {
  it.each<[string, Trouble, string, { retryAfterMs?: number; outcomeUnknown?: boolean }]>([
    ['429 with seconds', refused(429, 'ApplicationThrottled', '17'), 'throttled', { retryAfterMs: 17_000 }],
    ['429 with a date', refused(429, null, 'Mon, 23 Nov 2026 08:01:30 GMT'), 'throttled', { retryAfterMs: 90_000 }],
    ['429 without a wait', refused(429), 'throttled', {}],
    ['503 with a wait', refused(503, 'ErrorServerBusy', '5'), 'throttled', { retryAfterMs: 5_000 }],
    ['503 without a wait', refused(503), 'transient', { outcomeUnknown: true }],
    ['500', refused(500, 'ErrorInternalServerError'), 'transient', { outcomeUnknown: true }],
    ['502', refused(502), 'transient', { outcomeUnknown: true }],
    ['504', refused(504), 'transient', { outcomeUnknown: true }],
    ['501', refused(501, 'NotImplemented'), 'transient', {}],
    ['408', refused(408), 'transient', { outcomeUnknown: true }],
    ['a network error after sending', { kind: 'network', sent: true }, 'transient', { outcomeUnknown: true }],
    ['a network error before sending', { kind: 'network', sent: false }, 'transient', {}],
    ['a timeout', { kind: 'timeout' }, 'transient', { outcomeUnknown: true }],
    ['garbage', { kind: 'garbage', status: 200 }, 'transient', { outcomeUnknown: true }],
    ['404', refused(404, 'ErrorItemNotFound'), 'notFound', {}],
    ['410', refused(410), 'gone', {}],
    ['a lost sync state with 400', refused(400, 'SyncStateNotFound'), 'gone', {}],
    ['a resync with 400', refused(400, 'resyncRequired'), 'gone', {}],
    ['412', refused(412, 'ErrorIrresolvableConflict'), 'conflict', {}],
    ['409', refused(409, 'ErrorDuplicateTransactionId'), 'conflict', {}],
    ['403', refused(403, 'ErrorAccessDenied'), 'permission', {}],
    ['a user without a mailbox', refused(404, 'MailboxNotEnabledForRESTAPI'), 'mailboxUnavailable', {}],
    ['a user who is gone', refused(404, 'Request_ResourceNotFound'), 'mailboxUnavailable', {}],
    ['400', refused(400, 'ErrorInvalidRequest'), 'recordRejected', {}],
    ['413', refused(413), 'recordRejected', {}],
    ['422', refused(422), 'recordRejected', {}],
    ['401', refused(401, 'InvalidAuthenticationToken'), 'configuration', {}],
    ['a mailbox on its way to another server', refused(400, 'ErrorMailboxMoveInProgress'), 'transient', { outcomeUnknown: true }],
  ])('of a write: %s', (_name, trouble, reason, details) => {
    const failure = classify(trouble, { writes: true }, NOW);
    const { code: _code, ...rest } = failure.details;
    expect([failure.port, failure.reason, rest]).toEqual(['graph', reason, details]);
  });

  it('never leaves a read open', () => {
    for (const trouble of [refused(500), refused(503), { kind: 'timeout' }, { kind: 'network', sent: true }, { kind: 'garbage', status: 200 }] as const) {
      expect(classify(trouble, { writes: false }, NOW).details.outcomeUnknown).toBeUndefined();
    }
  });

  it('names the code of Graph, or the status where there is none', () => {
    expect(classify(refused(404, 'ErrorItemNotFound'), { writes: false }, NOW).details.code).toBe('ErrorItemNotFound');
    expect(classify(refused(502), { writes: false }, NOW).details.code).toBe('502');
  });
});

describe('a code', () => {
  it('is a plain word or nothing', () => {
    expect(plainCode('ErrorItemNotFound')).toBe('ErrorItemNotFound');
    for (const text of ['', 'Two words', 'ada@example.com', 'a'.repeat(65), '1', 7, null, undefined, {}]) expect(plainCode(text)).toBeNull();
  });
});

describe('Retry-After', () => {
  it.each<[string | null, number | undefined]>([
    [null, undefined],
    ['', undefined],
    ['soon', undefined],
    ['-1', undefined],
    ['0', 0],
    ['1', 1_000],
    [' 120 ', 120_000],
    ['1.5', 1_500],
    ['99999999999999', undefined],
    ['Mon, 23 Nov 2026 08:00:10 GMT', 10_000],
    ['Mon, 23 Nov 2026 07:00:00 GMT', 0],
  ])('%s means %s ms', (header, expected) => {
    expect(retryAfterMs(header, null, NOW)).toBe(expected);
  });

  it("takes a date against the server's clock where it is told", () => {
    expect(retryAfterMs('Mon, 23 Nov 2026 12:00:10 GMT', 'Mon, 23 Nov 2026 12:00:00 GMT', NOW)).toBe(10_000);
  });
});
