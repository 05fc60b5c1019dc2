import { afterEach, describe, expect, it } from 'vitest';
import { createGraphSimulator } from '../../../local/graph/simulator.ts';
import type { GraphSimulator } from '../../../local/graph/simulator.ts';
import { serveGraph } from '../../../local/graph/server.ts';
import type { GraphServer } from '../../../local/graph/server.ts';
import { systemClock } from '../../../local/graph/clock.ts';
import { ANNA, lunch, seeded, tenants } from './world.ts';

let server: GraphServer | undefined;
afterEach(async () => {
  await server?.close();
});

async function served(): Promise<{ url: string; simulator: GraphSimulator }> {
  // The port is known only once the socket listens, the simulator's links need it.
  const late: { simulator?: GraphSimulator } = {};
  server = await serveGraph({ fetch: (request) => late.simulator?.fetch(request) ?? Promise.reject(new Error('not ready')) }, { host: '127.0.0.1', port: 0 });
  const simulator = createGraphSimulator({ clock: systemClock(), random: seeded(), fetch, tenants: tenants(), baseUrl: server.url });
  late.simulator = simulator;
  return { url: server.url, simulator };
}

const app = { authorization: 'Bearer app', 'content-type': 'application/json' };

describe('behind a socket', () => {
  it('answers the same as in process, and its delta links work as they are', async () => {
    const { url } = await served();
    const made = await fetch(`${url}/v1.0/users/${ANNA}/events`, { method: 'POST', headers: app, body: JSON.stringify(lunch()) });
    expect(made.status).toBe(201);
    const first = (await (await fetch(`${url}/v1.0/users/${ANNA}/calendarView/delta?startDateTime=2026-11-01&endDateTime=2026-12-01`, { headers: app })).json()) as Record<string, string>;
    expect(first['@odata.deltaLink']?.startsWith(`${url}/v1.0/`)).toBe(true);
    expect((await fetch(first['@odata.deltaLink'] ?? '', { headers: app })).status).toBe(200);
    const gone = await fetch(`${url}/v1.0/users/${ANNA}/events/none`, { method: 'DELETE', headers: app });
    expect(gone.status).toBe(404);
  });

  it('breaks the connection where an answer is lost', async () => {
    const { url, simulator } = await served();
    simulator.addFault({ kind: 'lostAnswer', method: 'POST' });
    await expect(fetch(`${url}/v1.0/users/${ANNA}/events`, { method: 'POST', headers: app, body: JSON.stringify(lunch()) })).rejects.toThrow('fetch failed');
    expect(simulator.events(ANNA)).toHaveLength(1);
  });

  it('lets go of a request whose client went away', async () => {
    const { url, simulator } = await served();
    simulator.addFault({ kind: 'never' });
    const stop = new AbortController();
    const answer = fetch(`${url}/v1.0/users/${ANNA}/events`, { headers: app, signal: stop.signal });
    const refused = expect(answer).rejects.toThrow();
    while (simulator.state().mailboxes[ANNA]?.inFlight !== 1) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await refused;
    while (simulator.state().mailboxes[ANNA]?.inFlight !== 0) await new Promise((resolve) => setImmediate(resolve));
    expect(simulator.state().mailboxes[ANNA]).toMatchObject({ requests: 1, inFlight: 0 });
  });
});
