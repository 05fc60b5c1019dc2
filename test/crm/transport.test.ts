import { describe, expect, it } from 'vitest';
import { crmTransport, type CrmSecrets, type CrmTransport, type Fetch } from '../../shared/crm/transport.ts';
import type { Command } from '../../shared/crm/dialect.ts';
import { LeaseLost, PortFailure } from '../../shared/sync/failures.ts';
import type { Gate } from '../../shared/sync/ports.ts';
import { quiet, VirtualClock } from './virtual-clock.ts';
import { PASSWORD, rulesWith } from './world.ts';

const NOP: Command = { kind: 'nop', corr: 'n1' };
const UPDATE: Command = { kind: 'update', corr: 'u1', records: [{ table: 'Contact', id: '7', fields: [] }] };
const NOP_ANSWER = '<root><response><nop corr="n1"><return type="ok"/></nop></response></root>';
const answered = (body: string, init: ResponseInit = {}): Response => new Response(body, { status: 200, ...init });

interface Made {
  readonly transport: CrmTransport;
  readonly clock: VirtualClock;
  readonly requests: Request[];
  readonly bodies: string[];
}

function made(respond: Fetch, options: { crm?: Record<string, unknown>; secrets?: CrmSecrets; gate?: Gate; actAs?: string | null } = {}): Made {
  const clock = new VirtualClock('2026-11-02T08:00:00Z');
  const requests: Request[] = [];
  const bodies: string[] = [];
  const fetch: Fetch = async (request) => {
    requests.push(request);
    bodies.push(await request.clone().text());
    return respond(request);
  };
  const transport = crmTransport({
    rules: rulesWith(options.crm).crm,
    secrets: options.secrets ?? { password: PASSWORD },
    fetch,
    clock,
    actAs: options.actAs === undefined ? 'jane.doe@example.com' : options.actAs,
    ...(options.gate === undefined ? {} : { gate: options.gate }),
  });
  return { transport, clock, requests, bodies };
}

async function failureOf(work: Promise<unknown>): Promise<PortFailure> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof PortFailure) return error;
  throw new Error(`Expected a PortFailure and found ${String(error)}.`);
}

describe('The transport', () => {
  it('posts XML as the rules say and does not follow redirects', async () => {
    const { transport, requests, bodies } = made(() => Promise.resolve(answered(NOP_ANSWER)), { crm: { basic: { user: 'iis', passwordSetting: 'IIS' } }, secrets: { password: PASSWORD, basicPassword: 'gäte' } });
    await transport.send([NOP]);
    expect(requests[0]).toMatchObject({ method: 'POST', url: 'http://localhost/interface/request', redirect: 'manual' });
    expect(requests[0]?.headers.get('content-type')).toBe('text/xml; charset=utf-8');
    expect(Buffer.from((requests[0]?.headers.get('authorization') ?? '').slice('Basic '.length), 'base64').toString('utf8')).toBe('iis:gäte');
    expect(bodies[0]).toContain('impersonate="email=jane.doe@example.com"');
  });

  it('never falls back to the master user where a rep has no usable address', async () => {
    for (const actAs of ['', 'jane.doe', 'a@example.com;user=SYNC']) {
      const { transport, requests } = made(() => Promise.resolve(answered(NOP_ANSWER)), { actAs });
      expect(await failureOf(transport.send([NOP]))).toMatchObject({ reason: 'configuration' });
      expect(requests).toHaveLength(0);
    }
  });

  it('sends one request at a time, in order, also behind one that failed', async () => {
    let inFlight = 0;
    let peak = 0;
    const { transport, clock, bodies } = made(async () => {
      inFlight += 1;
      peak = Math.max(peak, inFlight);
      await clock.sleep(100);
      inFlight -= 1;
      return bodies.length === 1 ? answered('', { status: 400 }) : answered(NOP_ANSWER);
    });
    const work = Promise.allSettled([transport.send([NOP]), transport.send([NOP]), transport.send([NOP])]);
    await clock.advance(1_000);
    expect((await work).map((each) => each.status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(peak).toBe(1);
    expect(bodies.map((body) => /corr="(r\d)"/.exec(body)?.[1])).toEqual(['r1', 'r2', 'r3']);
  });

  it('asks the gate before every request, with its timeout, and lets its refusals through', async () => {
    const asked: unknown[] = [];
    let open = true;
    const gate: Gate = {
      enter(port, timeoutMs) {
        asked.push([port, timeoutMs]);
        return open ? Promise.resolve() : Promise.reject(new LeaseLost());
      },
    };
    const { transport, requests } = made(() => Promise.resolve(answered(NOP_ANSWER)), { gate, crm: { timeoutSeconds: 45 } });
    await transport.send([NOP]);
    open = false;
    await expect(transport.send([NOP])).rejects.toBeInstanceOf(LeaseLost);
    expect(asked).toEqual([['crm', 45_000], ['crm', 45_000]]); // prettier-ignore
    expect(requests).toHaveLength(1);
  });

  it('gives up at the timeout, closes the connection, and then sends nothing until the request must have ended', async () => {
    let silent = true;
    const { transport, clock, requests } = made(() => (silent ? new Promise(() => undefined) : Promise.resolve(answered(NOP_ANSWER))));
    const first = failureOf(transport.send([UPDATE]));
    await quiet();
    const sentAt = clock.now();
    await clock.advance(60_000);
    expect((await first).details).toEqual({ code: 'timeout', outcomeUnknown: true, sentAt });
    expect(requests[0]?.signal.aborted).toBe(true);
    silent = false;
    expect(await failureOf(transport.send([NOP]))).toMatchObject({ reason: 'crmBusy', details: { retryAfterMs: 240_000, sentAt } });
    expect(requests).toHaveLength(1);
    await clock.advance(240_000);
    await transport.send([NOP]);
    expect(requests).toHaveLength(2);
  });

  it('leaves no timer behind an answer', async () => {
    const { transport, clock } = made(() => Promise.resolve(answered(NOP_ANSWER)));
    await transport.send([NOP]);
    expect(clock.waiting).toBe(0);
  });

  it('takes every answer that is not what was promised for a lost one', async () => {
    const broken: readonly [Response | TypeError, string][] = [
      [answered('<html><body>Please sign in</body></html>'), 'answer'],
      [answered(NOP_ANSWER.slice(0, 30)), 'answer'],
      [new Response(Buffer.from(NOP_ANSWER.replaceAll('ok', 'n\xe4'), 'latin1')), 'answer'],
      [new Response('Bad gateway', { status: 502 }), 'http502'],
      [new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) }), 'ECONNRESET'],
    ];
    for (const [answer, code] of broken) {
      const { transport, clock } = made(() => (answer instanceof Response ? Promise.resolve(answer) : Promise.reject(answer)));
      expect((await failureOf(transport.send([UPDATE]))).details).toEqual({ code, outcomeUnknown: true, sentAt: clock.now() });
    }
  });

  it('goes on after an answer that was finished but wrong: the request no longer runs', async () => {
    let body = '<root><response><nop corr="other"><return type="ok"/></nop></response></root>';
    const { transport } = made(() => Promise.resolve(answered(body)));
    expect((await failureOf(transport.send([NOP]))).details).toEqual({ code: 'answer' });
    body = NOP_ANSWER;
    await expect(transport.send([NOP])).resolves.toBeDefined();
  });

  it('hands on a Retry-After in seconds and as a date', async () => {
    for (const header of ['30', 'Mon, 02 Nov 2026 08:00:30 GMT']) {
      const { transport } = made(() => Promise.resolve(answered('', { status: 503, headers: { 'retry-after': header } })));
      expect((await failureOf(transport.send([NOP]))).details.retryAfterMs).toBe(30_000);
    }
  });

  it('tells the time of the CRM at the sending, never later than it was', async () => {
    const { transport, clock } = made(async () => {
      await clock.sleep(5_000);
      return answered(NOP_ANSWER, { headers: { date: 'Mon, 02 Nov 2026 09:00:07 GMT' } });
    });
    expect(transport.crmClock.known).toBe(false);
    expect(transport.crmClock.at()).toBe(clock.now() - 300_000);
    const work = transport.send([NOP]);
    await clock.advance(5_000);
    expect((await work).startedAt).toBe(Date.parse('2026-11-02T09:00:02Z'));
    await clock.advance(10_000);
    expect(transport.crmClock.at()).toBe(Date.parse('2026-11-02T09:00:17Z'));
  });

  it('takes our clock less the skew where answers carry no date', async () => {
    const { transport, clock } = made(() => Promise.resolve(answered(NOP_ANSWER)), { crm: { clockSkewSeconds: 120 } });
    expect((await transport.send([NOP])).startedAt).toBe(clock.now() - 120_000);
  });

  it('shows no secret, address or content in any error', async () => {
    const secrets = { password: PASSWORD, basicPassword: 'iis-secret-pass' };
    const command: Command = { kind: 'update', corr: 'u1', records: [{ table: 'Contact', id: '7', fields: [{ field: 'Subject', value: 'salary of Jane' }] }] };
    const leaks = [PASSWORD, 'iis-secret-pass', 'jane.doe', 'salary', 'SYNC', 'http://localhost', Buffer.from('iis:iis-secret-pass').toString('base64')];
    const echo = (request: Request): string => `${request.url} ${request.headers.get('authorization') ?? ''} ${leaks.join(' ')}`;
    const answers: Fetch[] = [
      (request) => Promise.reject(new TypeError(`fetch failed for ${echo(request)}`, { cause: new Error(echo(request)) })),
      (request) => Promise.resolve(answered(echo(request))),
      (request) => Promise.resolve(answered(echo(request), { status: 500 })),
      (request) => Promise.resolve(answered(echo(request), { status: 401 })),
      (request) => Promise.resolve(answered(`<root><response><update corr="u1"><return type="error" code="401" text="${echo(request)}"/></update></response></root>`)),
      (request) => Promise.resolve(answered(`<root><response><${echo(request)}/></response></root>`)),
    ];
    for (const respond of answers) {
      const { transport } = made(respond, { secrets, crm: { basic: { user: 'iis', passwordSetting: 'IIS' } } });
      const failure = await failureOf(transport.send([command]));
      const shown = `${failure.message} ${failure.stack ?? ''} ${JSON.stringify(failure)} ${JSON.stringify(failure.details)} ${String(failure.cause)}`;
      for (const leak of leaks) expect(shown).not.toContain(leak);
    }
  });

  it('says which setting is wrong where the address holds a login', async () => {
    const { transport } = made(() => Promise.resolve(answered(NOP_ANSWER)), { crm: { url: 'https://user:word@crm.example.com/x' } });
    const failure = await failureOf(transport.send([NOP]));
    expect(failure).toMatchObject({ reason: 'configuration', message: expect.stringContaining('crm.url') as string });
    expect(failure.message).not.toContain('word@');
  });
});
