import { describe, it, expect } from 'vitest';
import { openTransport, type Transport, type TransportOptions } from '../../shared/graph/transport.ts';
import { LeaseLost, PortFailure } from '../../shared/sync/failures.ts';
import { BASE, failureOf, json, refusal, scriptedFetch, type Script } from './scripted-graph.ts';
import { settled, VirtualClock } from './virtual-clock.ts';

function open(script: Script, options: Partial<TransportOptions> = {}) {
  const clock = new VirtualClock();
  const { fetch, sent } = scriptedFetch(script);
  const transport: Transport = openTransport({ baseUrl: BASE, fetch, token: async () => 'first-token', clock, timeoutMs: 30_000, reach: () => true, ...options });
  return { transport, sent, clock };
}

/** Answers that a test gives one by one. */
function held() {
  const answers: ((response: Response) => void)[] = [];
  return { answers, script: () => new Promise<Response>((resolve) => answers.push(resolve)) };
}

describe('what is sent', () => {
  it('asks below the version, as the app, for immutable ids, and follows no redirect', async () => {
    const { transport, sent } = open(() => json({ ok: true }));
    await expect(transport.send({ path: '/users/a%2Fb/events?$select=id', prefer: ['odata.maxpagesize=50'] })).resolves.toEqual({ ok: true });
    expect(sent[0]?.url).toBe(`${BASE}/v1.0/users/a%2Fb/events?$select=id`);
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer first-token');
    expect(sent[0]?.headers.get('prefer')).toBe('IdType="ImmutableId", odata.maxpagesize=50');
    expect(sent[0]?.init.redirect).toBe('manual');
  });

  it('keeps encoded values of options as they are', async () => {
    const { transport, sent } = open(() => json({}));
    await transport.send({ path: "/users?$filter=mail%20eq%20'a%2Bb%26c%3Dd'&$top=1" });
    expect(sent[0]?.url).toBe(`${BASE}/v1.0/users?$filter=mail%20eq%20'a%2Bb%26c%3Dd'&$top=1`);
  });

  it('sends a body as JSON with the headers of the call', async () => {
    const { transport, sent } = open(() => json({ id: '1' }, 201));
    await transport.send({ method: 'PATCH', path: '/users/u/events/1', headers: { 'If-Match': 'W/"x"' }, body: { subject: 'ü' } });
    expect(sent[0]?.method).toBe('PATCH');
    expect(sent[0]?.headers.get('if-match')).toBe('W/"x"');
    expect(sent[0]?.headers.get('content-type')).toBe('application/json');
    expect(sent[0]?.body).toEqual({ subject: 'ü' });
  });

  it('tells every request that is sent, the repeated one too', async () => {
    const methods: string[] = [];
    const { transport } = open((_sent, index) => (index === 0 ? refusal(401, 'InvalidAuthenticationToken') : json({})), { onRequest: (method) => methods.push(method) });
    await transport.send({ method: 'POST', path: '/x', body: {} });
    expect(methods).toEqual(['POST', 'POST']);
  });
});

describe('absolute links', () => {
  it('travel byte for byte, repeated options and odd encodings included', async () => {
    const link = `${BASE}/v1.0/users('u')/calendarView/delta?$deltatoken=a%2bB%3D&x=1&x=2&$select=a&$select=b#`;
    const { transport, sent } = open(() => json({}));
    await transport.send({ link });
    expect(sent[0]?.url).toBe(link);
    expect(sent[0]?.headers.get('prefer')).toContain('ImmutableId');
  });

  it.each(['https://graph.example.org/v1.0/x', 'http://127.0.0.1:8911/v1.0/x', 'https://127.0.0.1:8910/v1.0/x', 'http://127.0.0.1:8910@example.org/x', 'nonsense'])(
    'to another host are refused before a token leaves: %s',
    async (link) => {
      const { transport, sent } = open(() => json({}));
      const failure = await failureOf(transport.send({ link }));
      expect(failure.reason).toBe('gone');
      expect(sent).toHaveLength(0);
    },
  );
});

describe('requests in flight', () => {
  it('are at most four, and the first to come is the first to go', async () => {
    const { answers, script } = held();
    const { transport, sent } = open(script);
    const calls = Array.from({ length: 7 }, (_, index) => transport.send({ path: `/x/${index}` }));
    await settled();
    expect(sent.map((one) => one.asked)).toEqual(['/x/0', '/x/1', '/x/2', '/x/3']);
    answers[2]?.(json({}));
    await settled();
    expect(sent.map((one) => one.asked)).toEqual(['/x/0', '/x/1', '/x/2', '/x/3', '/x/4']);
    for (let index = 0; index < 7; index += 1) {
      answers[index]?.(json({}));
      await settled();
    }
    await Promise.all(calls);
    expect(sent.at(-1)?.asked).toBe('/x/6');
  });

  it('count until the body has been read', async () => {
    const bodies: ReadableStreamDefaultController[] = [];
    const { transport, sent } = open(() => new Response(new ReadableStream({ start: (controller) => void bodies.push(controller) }), { headers: { 'content-type': 'application/json' } }));
    const calls = Array.from({ length: 5 }, () => transport.send({ path: '/x' }));
    await settled();
    expect(sent).toHaveLength(4);
    for (let index = 0; index < 5; index += 1) {
      bodies[index]?.enqueue(new TextEncoder().encode('{}'));
      bodies[index]?.close();
      await settled();
    }
    await Promise.all(calls);
    expect(sent).toHaveLength(5);
  });

  it('free their place when they fail', async () => {
    const { transport, sent } = open(() => {
      throw new TypeError('fetch failed');
    });
    await Promise.all(Array.from({ length: 9 }, () => failureOf(transport.send({ path: '/x' }))));
    expect(sent).toHaveLength(9);
  });
});

describe('the gate', () => {
  it('is passed before every request, with its timeout and with a place in hand', async () => {
    const asked: [string, number, number][] = [];
    const { answers, script } = held();
    const { transport, sent } = open(script, { gate: { enter: async (port, timeoutMs) => void asked.push([port, timeoutMs, sent.length]) } });
    const calls = Array.from({ length: 5 }, () => transport.send({ path: '/x' }));
    await settled();
    expect(asked).toHaveLength(4);
    expect(asked[0]?.slice(0, 2)).toEqual(['graph', 30_000]);
    answers[0]?.(json({}));
    await settled();
    expect(asked).toHaveLength(5);
    for (const answer of answers) answer(json({}));
    await Promise.all(calls);
  });

  it.each([new LeaseLost(), new PortFailure('graph', 'throttled', 'A Retry-After runs.', { retryAfterMs: 5 })])('stops the request with its own error: %s', async (error) => {
    let closed = true;
    const { transport, sent } = open(() => json({}), {
      gate: {
        enter: async () => {
          if (closed) throw error;
        },
      },
    });
    for (let index = 0; index < 6; index += 1) await expect(transport.send({ path: '/x' })).rejects.toBe(error);
    expect(sent).toHaveLength(0);
    closed = false;
    await expect(transport.send({ path: '/x' })).resolves.toEqual({});
  });
});

describe('tokens', () => {
  it('are renewed once after a 401, and the request is sent again', async () => {
    const rejected: (string | undefined)[] = [];
    const token = async (old?: string) => {
      rejected.push(old);
      return old === undefined ? 'first-token' : 'fresh-token';
    };
    const { transport, sent } = open((one) => (one.headers.get('authorization') === 'Bearer fresh-token' ? json({ ok: 1 }) : refusal(401, 'InvalidAuthenticationToken')), { token });
    await expect(transport.send({ method: 'POST', path: '/x', body: { a: 1 } })).resolves.toEqual({ ok: 1 });
    expect(rejected).toEqual([undefined, 'first-token']);
    expect(sent.map((one) => one.body)).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it('that are refused twice are a matter of configuration', async () => {
    const { transport, sent } = open(() => refusal(401, 'InvalidAuthenticationToken'));
    expect((await failureOf(transport.send({ path: '/x' }))).reason).toBe('configuration');
    expect(sent).toHaveLength(2);
  });

  it('that cannot be had stop the request before it is sent', async () => {
    const failure = new PortFailure('graph', 'configuration', 'No token.');
    const { transport, sent } = open(() => json({}), { token: () => Promise.reject(failure) });
    await expect(transport.send({ path: '/x' })).rejects.toBe(failure);
    expect(sent).toHaveLength(0);
  });
});

describe('time', () => {
  it('runs out: the request is closed, its place is free, a write stays open', async () => {
    const { script } = held();
    const { transport, sent, clock } = open(script);
    const calls = Array.from({ length: 5 }, () => failureOf(transport.send({ method: 'POST', path: '/x', body: {} })));
    await clock.turn(29_999);
    expect(sent).toHaveLength(4);
    expect(sent[0]?.init.signal?.aborted).toBe(false);
    await clock.turn(1);
    expect(sent).toHaveLength(5);
    expect(sent.slice(0, 4).every((one) => one.init.signal?.aborted)).toBe(true);
    await clock.turn(30_000);
    const [first] = await Promise.all(calls);
    expect(first?.reason).toBe('transient');
    expect(first?.details.outcomeUnknown).toBe(true);
  });

  it('runs out while the body is read', async () => {
    const { transport, clock } = open(() => new Response(new ReadableStream(), { headers: { 'content-type': 'application/json' } }));
    const call = failureOf(transport.send({ path: '/x' }));
    await clock.turn(30_000);
    const failure = await call;
    expect(failure.details).toEqual({ code: 'timeout' });
  });

  it('is not watched any more after an answer', async () => {
    const { transport, clock } = open(() => json({}));
    await transport.send({ path: '/x' });
    expect(clock.sleeping).toBe(0);
  });

  it.each([429, 503, 504])('is not slept away: a %i comes back at once, unrepeated', async (status) => {
    const { transport, sent, clock } = open(() => refusal(status, 'TooBusy', { 'retry-after': '120' }));
    await failureOf(transport.send({ path: '/x' }));
    expect(sent).toHaveLength(1);
    expect(clock.sleeping).toBe(0);
  });
});

describe('answers', () => {
  it.each([204, 202])('without content (%i) are nothing', async (status) => {
    const { transport } = open(() => new Response(null, { status }));
    await expect(transport.send({ method: 'DELETE', path: '/x' })).resolves.toBeNull();
  });

  it.each([
    ['a page in HTML', () => new Response('{"value":[]}', { headers: { 'content-type': 'text/html' } })],
    ['no type at all', () => new Response(new TextEncoder().encode('{"value":[]}'))],
    ['half an answer', () => new Response('{"value":[', { headers: { 'content-type': 'application/json' } })],
  ])('that are %s are not parsed: what a write did stays open', async (_name, answer) => {
    const { transport } = open(answer);
    const read = await failureOf(transport.send({ path: '/x' }));
    expect([read.reason, read.details.outcomeUnknown]).toEqual(['transient', undefined]);
    const write = await failureOf(transport.send({ method: 'PATCH', path: '/x', body: {} }));
    expect([write.reason, write.details.outcomeUnknown]).toEqual(['transient', true]);
  });

  it('with 404 that Graph did not write are no proof that anything is missing', async () => {
    const { transport } = open(() => new Response('<h1>Not found</h1>', { status: 404, headers: { 'content-type': 'text/html' } }));
    expect((await failureOf(transport.send({ path: '/x' }))).reason).toBe('transient');
  });

  it('that lead elsewhere are refused', async () => {
    const { transport, sent } = open(() => new Response(null, { status: 302, headers: { location: 'https://example.org/' } }));
    expect((await failureOf(transport.send({ path: '/x' }))).reason).toBe('configuration');
    expect(sent).toHaveLength(1);
  });

  it('that never came leave a write open only if it may have been sent', async () => {
    const lost = open(() => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }) });
    });
    expect((await failureOf(lost.transport.send({ method: 'POST', path: '/x', body: {} }))).details.outcomeUnknown).toBe(true);
    const unsent = open(() => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) });
    });
    expect((await failureOf(unsent.transport.send({ method: 'POST', path: '/x', body: {} }))).details.outcomeUnknown).toBeUndefined();
  });
});

describe('errors', () => {
  const secrets = ['first-token', 'AAMkSecretId', 'Quarterly secrets', 'ada@example.com', 'inner text'];
  const troubles: [string, Script][] = [
    ...[400, 401, 403, 404, 409, 410, 412, 413, 422, 429, 500, 501, 502, 503, 504].map((status): [string, Script] => [String(status), () => refusal(status, 'ErrorAda')]),
    ['a code that is a text', () => refusal(400, 'Quarterly secrets of ada@example.com')],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://example.org/AAMkSecretId' } })],
    ['garbage', () => new Response('Quarterly secrets', { headers: { 'content-type': 'text/html' } })],
    ['half an answer', () => new Response('{"subject":"Quarterly secrets"', { headers: { 'content-type': 'application/json' } })],
    [
      'the network',
      () => {
        throw new TypeError('inner text with first-token', { cause: new Error('AAMkSecretId') });
      },
    ],
  ];

  it.each(troubles)('carry no text of the server, no id, no token, no address: %s', async (_name, script) => {
    const { transport } = open(script);
    for (const method of ['GET', 'PATCH'] as const) {
      const failure = await failureOf(transport.send({ method, path: '/users/ada%40example.com/events/AAMkSecretId', body: { subject: 'Quarterly secrets' } }));
      const told = [failure.message, failure.stack, JSON.stringify(failure.details), JSON.stringify(failure), String(failure.cause)].join('\n');
      for (const secret of secrets) expect(told).not.toContain(secret);
      expect(failure.cause).toBeUndefined();
    }
  });

  it('about a link to another host do not quote it', async () => {
    const { transport } = open(() => json({}));
    const failure = await failureOf(transport.send({ link: 'https://example.org/v1.0/users/AAMkSecretId?$deltatoken=first-token' }));
    expect(failure.message + JSON.stringify(failure.details)).not.toMatch(/AAMkSecretId|first-token|example\.org/);
  });
});
