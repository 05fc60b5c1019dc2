import { describe, expect, it } from 'vitest';
import { cond, query } from '../../local/crm/crm-under-test.ts';
import { activity, commandsIn, importOf, KEY, outcomes, rawCrm, theReturn, updateOf } from './raw-interface.ts';

describe('dialect 2: envelope', () => {
  it('the answer has one element per command, of the same name, with the echoed attributes, in order', async () => {
    const crm = rawCrm();
    const response = await crm.post(
      '<request user="SYNC" pwd="secret-pwd" impersonate="email=jane.doe@example.com" lang="en" catbynum="true" dateformatin="ymd" dateformatout="ymd" corr="7f3a">' +
        `${query('RepUser', 'Name', [], 'corr="q1" maxrecords="1" trace="x"')}${importOf(activity(crm, KEY('a')))}<nop corr="n1"/></request>`,
    );
    const answers = commandsIn(await response.text());
    expect(answers.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['query', { corr: 'q1', trace: 'x' }],
      ['import', { corr: 'i' }],
      ['nop', { corr: 'n1' }],
    ]);
    expect(crm.crm.records('Contact')[0]?.values.UpdBy).toBe('JDO');
  });

  it('without impersonation the master user acts', async () => {
    const crm = rawCrm();
    await crm.ask(importOf(activity(crm, KEY('a'))));
    expect(crm.crm.records('Contact')[0]?.values.UpdBy).toBe('SYNC');
  });

  it('no answer holds a secret, not even one that complains about it', async () => {
    const crm = rawCrm();
    const token = crm.crm.issueToken('SYNC') ?? '';
    for (const login of ['user="SYNC" pwd="wrong-secret"', `auth="${token}"`, 'auth="wrong-token"', 'domain="D" user="SYNC" pwd="wrong-secret"']) {
      const text = await (await crm.post(`<request ${login}><nop/><unheard/><nop pwd="wrong-secret"/></request>`)).text();
      expect(text).not.toMatch(new RegExp(`wrong-secret|wrong-token|${token}`));
    }
  });

  it('a failing command does not stop the next', async () => {
    const crm = rawCrm();
    const { id } = crm.jane.person;
    const answers = await crm.ask(updateOf('Person', id, '<Phone>1</Phone><Nope/>') + updateOf('Person', id, '<Fax>2</Fax>'));
    expect(outcomes(answers)).toEqual(['422', 'update']);
    expect(crm.crm.record('Person', id)?.values).toMatchObject({ Phone: '', Fax: '2' });
  });

  it('a break whose path is true ends the request, and what stands behind is not run and has no element', async () => {
    const crm = rawCrm();
    const { id } = crm.jane.person;
    const found = query('Person', 'PeNo', [cond('Person', 'LastName', '=', 'Doe')], 'corr="g"');
    const answers = await crm.ask(`${found}<break if="/root/response/query[@corr='g']/return/@count='1'"/>${updateOf('Person', id, '<Fax>2</Fax>')}<nop/>`);
    expect(answers.map(({ name }) => name)).toEqual(['query', 'break']);
    expect(theReturn(answers[1]).attributes).toEqual({ type: 'ok', broken: 'true' });
    expect(crm.crm.record('Person', id)?.values.Fax).toBe('');
  });

  it('a break sees the answer so far, not what is still to come', async () => {
    const crm = rawCrm();
    const answers = await crm.ask('<break if="/root/response/nop"/><nop/><break if="/root/response/nop"/><nop/>');
    expect(answers.map(({ name }) => name)).toEqual(['break', 'nop', 'break']);
  });

  it.each([
    ['goesOn', ['500', 'update'], '2'],
    ['stops', ['500'], ''],
  ] as const)('behind a break that cannot be judged the request %s', async (failedBreak, expected, fax) => {
    const crm = rawCrm({ quirks: { failedBreak } });
    const { id } = crm.jane.person;
    const answers = await crm.ask(`<break corr="b" if="count(/root/response/query)"/>${updateOf('Person', id, '<Fax>2</Fax>')}`);
    expect(outcomes(answers)).toEqual(expected);
    expect(crm.crm.record('Person', id)?.values.Fax).toBe(fax);
  });

  it.each([
    ['command', 200],
    ['http', 401],
  ] as const)('a refused login is told by %s', async (loginFailure, status) => {
    const crm = rawCrm({ quirks: { loginFailure } });
    const response = await crm.post('<request user="SYNC" pwd="wrong"><nop/><nop/></request>');
    expect(response.status).toBe(status);
    if (status === 200) expect(outcomes(commandsIn(await response.text()))).toEqual(['401', '401']);
    expect(outcomes(await crm.ask('<nop/>'))).toEqual(['ok']);
  });
});
