import { describe, expect, it } from 'vitest';
import { serveCrm } from '../../../local/crm/server.ts';
import { crmUnderTest, INTERFACE } from './crm-under-test.ts';

const NOP = '<request user="SYNC" pwd="secret-pwd"><nop/></request>';

describe('transport (dialect 1, 9)', () => {
  it('answers 200 with XML, dated by the clock', async () => {
    const { post } = crmUnderTest();
    const response = await post(NOP);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/xml; charset=utf-8');
    expect(response.headers.get('date')).toBe('Mon, 02 Nov 2026 09:00:00 GMT');
    expect(await response.text()).toBe(
      '<?xml version="1.0" encoding="utf-8"?><root><response><nop><return type="ok"/></nop></response></root>',
    );
  });

  it('shows a skewed clock, or none', async () => {
    const ahead = crmUnderTest({ quirks: { clockSkewMs: 60_000 } });
    expect((await ahead.post(NOP)).headers.get('date')).toBe('Mon, 02 Nov 2026 09:01:00 GMT');
    const silent = crmUnderTest({ quirks: { dateHeader: false } });
    expect((await silent.post(NOP)).headers.get('date')).toBeNull();
  });

  it('takes POST only', async () => {
    const { crm } = crmUnderTest();
    expect((await crm.fetch(new Request(INTERFACE))).status).toBe(405);
  });

  it('knows one path, which can be another one', async () => {
    const { crm } = crmUnderTest({ path: '/Interface_btb/request' });
    expect((await crm.fetch(new Request(INTERFACE, { method: 'POST', body: NOP }))).status).toBe(404);
    const init = { method: 'POST', body: NOP, headers: { 'content-type': 'text/xml; charset=utf-8' } };
    expect((await crm.fetch(new Request('http://crm.example.com/Interface_btb/request', init))).status).toBe(200);
  });

  it.each(['text/xml', 'application/xml; charset=utf-8', 'text/xml;charset=utf-8', 'text/plain'])(
    'answers 415 to %s',
    async (type) => {
      const { post } = crmUnderTest();
      expect((await post(NOP, { headers: { 'content-type': type } })).status).toBe(415);
    },
  );

  it.each(['<request>', '<request/><request/>', '<!DOCTYPE request><request/>', '<SyncML/>', ''])(
    'answers 400 to %j',
    async (body) => {
      const { post } = crmUnderTest();
      expect((await post(body)).status).toBe(400);
    },
  );

  it('answers 400 to a body that is not UTF-8', async () => {
    const { crm } = crmUnderTest();
    const request = new Request(INTERFACE, {
      method: 'POST',
      body: Buffer.concat([Buffer.from('<request corr="'), Buffer.from([0xff]), Buffer.from('"/>')]),
      headers: { 'content-type': 'text/xml; charset=utf-8' },
    });
    expect((await crm.fetch(request)).status).toBe(400);
  });

  it('asks for HTTP authentication where it is set up', async () => {
    const { post } = crmUnderTest({ basicAuth: { user: 'iis', password: 'p' } });
    const refused = await post(NOP);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Basic realm="crm"');
    const headers = {
      'content-type': 'text/xml; charset=utf-8',
      authorization: `Basic ${Buffer.from('iis:p').toString('base64')}`,
    };
    expect((await post(NOP, { headers })).status).toBe(200);
  });

  it('is served over HTTP with the date of its own clock, and a lost answer resets the socket', async () => {
    const { crm } = crmUnderTest();
    const server = await serveCrm(crm, { host: '127.0.0.1', port: 0 });
    try {
      const init = { method: 'POST', body: NOP, headers: { 'content-type': 'text/xml; charset=utf-8' } };
      const response = await fetch(`${server.url}/interface/request`, init);
      expect(response.headers.get('date')).toBe('Mon, 02 Nov 2026 09:00:00 GMT');
      expect(await response.text()).toContain('<nop><return type="ok"/></nop>');
      crm.addFault({ kind: 'lostAnswer' });
      await expect(fetch(`${server.url}/interface/request`, init)).rejects.toThrow();
      expect(crm.state().traffic.requests).toBe(2);
    } finally {
      await server.close();
    }
  });

  it('goes on with a request whose client hung up', async () => {
    const { crm, jane, clock } = crmUnderTest({ latencyMs: 1000 });
    const server = await serveCrm(crm, { host: '127.0.0.1', port: 0 });
    try {
      const gone = new AbortController();
      const body = `<request user="SYNC" pwd="secret-pwd"><update><fields><Person id="${jane.person.id}"><Phone>1</Phone></Person></fields></update></request>`;
      const headers = { 'content-type': 'text/xml; charset=utf-8' };
      const sent = fetch(`${server.url}/interface/request`, { method: 'POST', body, headers, signal: gone.signal });
      while (crm.state().traffic.inFlight.sync !== 1) await new Promise((resolve) => setImmediate(resolve));
      gone.abort();
      await expect(sent).rejects.toThrow();
      await clock.advance(1000);
      expect(crm.record('Person', jane.person.id)?.values.Phone).toBe('1');
      expect(crm.state().traffic.inFlight).toEqual({});
    } finally {
      await server.close();
    }
  });
});
