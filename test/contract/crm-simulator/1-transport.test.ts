import { describe, expect, it } from 'vitest';
import { query } from '../../local/crm/crm-under-test.ts';
import { commandsIn, outcomes, rawCrm, updateOf } from './raw-interface.ts';

const NOP = '<request user="SYNC" pwd="secret-pwd"><nop/></request>';

describe('dialect 1: transport', () => {
  it('a request is a POST of its XML to the one path of the customer', async () => {
    const crm = rawCrm({ path: '/Interface_btb_81/request' });
    const send = (path: string) => crm.crm.fetch(new Request(`http://crm.example.com${path}`, { method: 'POST', body: NOP, headers: { 'content-type': 'text/xml; charset=utf-8' } }));
    expect((await send('/interface/request')).status).toBe(404);
    const response = await send('/Interface_btb_81/request');
    expect([response.status, outcomes(commandsIn(await response.text()))]).toEqual([200, ['ok']]);
  });

  it('errors of commands come with HTTP 200, whatever their code', async () => {
    const crm = rawCrm();
    const failing: [string, string][] = [
      [query('Nope', 'StatNo'), '422'],
      [updateOf('Contact', '7', '<Subject>x</Subject>'), '404'],
      ['<unheard/>', '500'],
      ['<nop user="SYNC" pwd="wrong"/>', '401'],
    ];
    for (const [command, code] of failing) {
      const response = await crm.post(`<request user="SYNC" pwd="secret-pwd">${command}</request>`);
      expect([response.status, outcomes(commandsIn(await response.text()))]).toEqual([200, [code]]);
    }
  });

  it.each(['text/xml; charset=utf-8', 'application/xml'])('a system that wants %s takes no other type', async (contentType) => {
    const crm = rawCrm({ quirks: { contentType } });
    for (const sent of ['text/xml; charset=utf-8', 'application/xml']) {
      const response = await crm.post(NOP, { headers: { 'content-type': sent } });
      expect(response.status).toBe(sent === contentType ? 200 : 415);
    }
  });

  it('HTTP authentication stands in front of the login of the CRM, and both must be right', async () => {
    const crm = rawCrm({ basicAuth: { user: 'iis', password: 'p' } });
    const headers = { 'content-type': 'text/xml; charset=utf-8', authorization: `Basic ${Buffer.from('iis:p').toString('base64')}` };
    expect((await crm.post(NOP)).status).toBe(401);
    const wrong = await crm.post(NOP.replace('secret-pwd', 'wrong'), { headers });
    expect([wrong.status, outcomes(commandsIn(await wrong.text()))]).toEqual([200, ['401']]);
    expect((await crm.post(NOP, { headers })).status).toBe(200);
  });

  it('a failure of the web server is another status, and nothing was run', async () => {
    const crm = rawCrm();
    crm.crm.addFault({ kind: 'errorBefore', status: 503 });
    const response = await crm.post(`<request user="SYNC" pwd="secret-pwd">${updateOf('Person', crm.jane.person.id, '<Phone>1</Phone>')}</request>`);
    expect(response.status).toBe(503);
    expect(crm.crm.record('Person', crm.jane.person.id)?.values.Phone).toBe('');
  });
});
