import { describe, expect, it } from 'vitest';
import { hostClient } from '../../../local/demo/host-client.ts';

const TENANT = '3f2b8c1e-7a54-4d0b-9c1f-5e6a7b8c9d01';

function clientThatIsTold(status: number, body: unknown) {
  const asked: string[] = [];
  const fetch = (async (url: string, init?: RequestInit) => {
    asked.push(`${init?.method ?? 'GET'} ${url} ${String(new Headers(init?.headers).get('x-functions-key'))}`);
    return new Response(JSON.stringify(body), { status });
  }) as typeof globalThis.fetch;
  const clock = { now: () => 0, after: () => () => undefined, sleep: () => Promise.resolve() };
  return { client: hostClient({ url: 'http://127.0.0.1:7071', ended: new Promise(() => undefined) }, 'the key', { fetch, clock }), asked };
}

describe('asking the connector for a poll of the CRM', () => {
  it('polls that tenant at once, as an administrator would', async () => {
    const { client, asked } = clientThatIsTold(200, { state: 'done', hits: 0, news: 0, rung: 0 });
    expect(await client.pollCrm(TENANT)).toBe(true);
    expect(asked).toEqual([`POST http://127.0.0.1:7071/api/admin/jobs/crmPoll?tenantId=${TENANT} the key`]);
  });

  it.each([
    { state: 'busy', isOver: false },
    { state: 'failed', isOver: true },
  ])('a poll that is told $state: over is $isOver, so that trouble with the CRM is nothing the start waits for', async ({ state, isOver }) => {
    expect(await clientThatIsTold(200, { state }).client.pollCrm(TENANT)).toBe(isOver);
  });

  it('says in one sentence that it was refused', async () => {
    await expect(clientThatIsTold(401, {}).client.pollCrm(TENANT)).rejects.toThrow('The connector refused to poll the CRM with status 401: its log says why.');
  });
});
