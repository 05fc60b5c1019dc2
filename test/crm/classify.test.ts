import { describe, expect, it } from 'vitest';
import type { CommandAnswer } from '../../shared/crm/answer.ts';
import { commandFailure, errorOf, httpFailed, networkFailed, queryFailure, requestRefused, timedOut } from '../../shared/crm/classify.ts';

const WRITING = { writes: true, sentAt: 1_000 };
const READING = { writes: false, sentAt: 1_000 };
const refused = (code: string, field: string | null = null): CommandAnswer => ({ state: 'answered', returns: [{ type: 'error', code, field, broken: false, records: [] }] });

describe('What can go wrong with the CRM', () => {
  it.each([
    ['401', 'configuration'],
    ['403', 'recordRejected'],
    ['404', 'notFound'],
    ['409', 'recordRejected'],
    ['422', 'recordRejected'],
    ['500', 'transient'],
    ['509', 'crmBusy'],
    ['511', 'transient'],
    ['777', 'transient'],
  ])('takes code %s of a command for %s', (code, reason) => {
    expect(commandFailure({ code, field: null })).toMatchObject({ port: 'crm', reason, details: { code } });
  });

  it('takes a field that a whole table does not have for a mistake in the profile', () => {
    expect(queryFailure({ code: '422', field: 'Subjekt' }, 'Contact')).toMatchObject({ reason: 'configuration', message: expect.stringContaining('Subjekt') as string });
    expect(queryFailure({ code: '403', field: null }, 'Contact').reason).toBe('permission');
  });

  it('passes on a code and a field only where they look like ones', () => {
    expect(errorOf(refused('Jane Doe', 'my secret subject'))).toEqual({ code: 'unknown', field: null });
    expect(errorOf(refused('422', 'Subject'))).toEqual({ code: '422', field: 'Subject' });
  });

  it('takes a refusal of every command for a refusal of the request', () => {
    expect(requestRefused([refused('401'), refused('401')])?.reason).toBe('configuration');
    expect(requestRefused([refused('509'), refused('509')])?.reason).toBe('crmBusy');
    expect(requestRefused([refused('509'), refused('422')])).toBeNull();
    expect(requestRefused([refused('500'), refused('500')])).toBeNull();
  });

  it.each([
    [301, 'configuration', false, false],
    [400, 'configuration', false, false],
    [401, 'configuration', false, false],
    [404, 'configuration', false, false],
    [415, 'configuration', false, false],
    [429, 'transient', false, false],
    [500, 'transient', true, false],
    [502, 'transient', true, true],
    [503, 'transient', true, false],
    [504, 'transient', true, true],
  ])('takes HTTP %i for %s (unknown outcome: %s, may still run: %s)', (status, reason, unknown, running) => {
    const failure = httpFailed(status, undefined, WRITING);
    expect(failure.reason).toBe(reason);
    expect(failure.details.outcomeUnknown === true).toBe(unknown);
    expect(failure.details.sentAt !== undefined).toBe(running);
  });

  it('hands on how long the server wants to be left alone', () => {
    expect(httpFailed(503, 30_000, READING).details).toEqual({ code: 'http503', retryAfterMs: 30_000 });
  });

  it('knows a connection that was never made from one that broke', () => {
    const never = Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) });
    const broke = Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
    expect(networkFailed(never, WRITING).details).toEqual({ code: 'ECONNREFUSED' });
    expect(networkFailed(broke, WRITING).details).toEqual({ code: 'ECONNRESET', outcomeUnknown: true, sentAt: 1_000 });
    expect(networkFailed(broke, READING).details).toEqual({ code: 'ECONNRESET', sentAt: 1_000 });
    expect(networkFailed('odd', READING).details.code).toBe('network');
  });

  it('counts a request without an answer as running', () => {
    expect(timedOut(WRITING, 60)).toMatchObject({ reason: 'transient', details: { code: 'timeout', outcomeUnknown: true, sentAt: 1_000 } });
  });
});
