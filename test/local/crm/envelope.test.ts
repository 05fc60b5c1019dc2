import { describe, expect, it } from 'vitest';
import { cond, crmUnderTest, query } from './crm-under-test.ts';

const FAILED = '<return type="error" code="401" text="Login failed."/>';

async function answer(test: ReturnType<typeof crmUnderTest>, request: string): Promise<string> {
  return (await test.post(request)).text();
}

describe('logins (dialect 2, connector-se 3.3)', () => {
  it('answers 401 on every command, breaks included, and runs none', async () => {
    const test = crmUnderTest();
    const text = await answer(
      test,
      `<request user="SYNC" pwd="wrong-pwd"><nop corr="1"/><break if="/root"/><delete corr="2"><fields><Person id="${test.jane.person.id}"/></fields></delete></request>`,
    );
    expect(text).toContain(
      `<response><nop corr="1">${FAILED}</nop><break>${FAILED}</break><delete corr="2">${FAILED}</delete></response>`,
    );
    expect(text).not.toContain('wrong-pwd');
    expect(test.crm.record('Person', test.jane.person.id)?.deleted).toBe(false);
  });

  it.each([
    ['no user', ''],
    ['an unknown user', 'user="NOBODY" pwd="secret-pwd"'],
    ['no password', 'user="SYNC"'],
    ['a domain that the login does not have', 'domain="CORP" user="SYNC"'],
    ['an unknown token', 'auth="abc"'],
  ])('refuses %s', async (_what, attributes) => {
    expect(await answer(crmUnderTest(), `<request ${attributes}><nop/></request>`)).toContain(FAILED);
  });

  it('lets a login without a password in without one, and a Windows user by domain', async () => {
    const test = crmUnderTest({ logins: [{ user: 'OPEN', password: '' }, { user: 'WIN', password: 'x', domain: 'CORP' }, { user: 'SYNC', password: '' }] });
    expect(await answer(test, '<request user="open"><nop/></request>')).toContain('type="ok"');
    expect(await answer(test, '<request domain="corp" user="WIN"><nop/></request>')).toContain('type="ok"');
  });

  it('takes a token once, for a short time, whatever user and pwd say', async () => {
    const test = crmUnderTest({ quirks: { forceLoginEncryption: true } });
    expect(await answer(test, '<request user="SYNC" pwd="secret-pwd"><nop/></request>')).toContain(FAILED);
    const token = test.crm.issueToken('SYNC') ?? '';
    const request = `<request auth="${token}" user="x" pwd="y"><nop/><nop/></request>`;
    expect(await answer(test, request)).toContain('<nop><return type="ok"/></nop><nop><return type="ok"/></nop>');
    expect(await answer(test, request)).toContain(FAILED);
    const shared = test.crm.issueToken('SYNC') ?? '';
    const both = `<request auth="${shared}"><nop/><nop impersonate="user=JDO"/></request>`;
    expect(await answer(test, both)).toContain('<nop><return type="ok"/></nop><nop><return type="ok"/></nop>');
    const late = test.crm.issueToken('SYNC') ?? '';
    await test.clock.advance(61_000);
    expect(await answer(test, `<request auth="${late}"><nop/></request>`)).toContain(FAILED);
  });

  it.each([
    ['user=JDO', 'JDO'],
    ['rep=jane doe', 'JDO'],
    ['email=JANE.DOE@example.com', 'JDO'],
    ['user=NOBODY;email=nobody@example.com;rep=John Roe;user=JDO', 'JRO'],
  ])('acts as the first hit of %s', async (impersonate, acting) => {
    const test = crmUnderTest();
    await test.send(
      `<update><fields><Person id="${test.jane.person.id}"><Phone>1</Phone></Person></fields></update>`,
      `impersonate="${impersonate}"`,
    );
    expect(test.crm.record('Person', test.jane.person.id)?.values.UpdBy).toBe(acting);
    expect(test.crm.state().traffic.requestsByUser).toEqual({ [acting.toLowerCase()]: 1 });
  });

  it('impersonates for the master user only, and only who has a login', async () => {
    const test = crmUnderTest();
    expect(await answer(test, '<request user="PLAIN" pwd="plain-pwd" impersonate="user=JDO"><nop/></request>')).toContain(FAILED);
    const nobody = '<request user="SYNC" pwd="secret-pwd" impersonate="email=nobody@example.com"><nop/></request>';
    const text = await answer(test, nobody);
    expect(text).toContain(FAILED);
    expect(text).not.toContain('nobody@example.com');
  });

  it('knows a rep by the address of today', async () => {
    const test = crmUnderTest();
    test.crm.act('SYNC').update('RepUser', test.jane.rep.id, { Email1: 'jane.smith@example.com' });
    expect(await test.send('<nop/>', 'impersonate="email=jane.smith@example.com"')).toContain('type="ok"');
    expect(await test.send('<nop/>', 'impersonate="email=jane.doe@example.com"')).toContain(FAILED);
    test.crm.act('SYNC').delete('RepUser', test.jane.rep.id);
    expect(await test.send('<nop/>', 'impersonate="email=jane.smith@example.com"')).toContain(FAILED);
  });

  it('lets one command log in on its own', async () => {
    const test = crmUnderTest();
    const text = await answer(test, '<request user="SYNC" pwd="secret-pwd"><nop pwd="wrong"/><nop/></request>');
    expect(text).toContain(`<nop>${FAILED}</nop><nop><return type="ok"/></nop>`);
    expect(text).not.toContain('wrong');
  });

  it('locks logins for a while', async () => {
    const test = crmUnderTest();
    test.crm.lockLogins(60_000);
    expect(await test.send('<nop/>')).toContain(FAILED);
    await test.clock.advance(60_000);
    expect(await test.send('<nop/>')).toContain('type="ok"');
  });
});

describe('commands (dialect 2)', () => {
  it('echoes unknown attributes of request and commands, and no known ones', async () => {
    const test = crmUnderTest();
    const text = await answer(
      test,
      '<request user="SYNC" pwd="secret-pwd" lang="en" catbynum="true" dateformatin="ymd" dateformatout="ymd" corr="7f3a" x-y="&lt;&amp;"><nop corr="n1" mine="2"/></request>',
    );
    expect(text).toContain('<response corr="7f3a" x-y="&lt;&amp;"><nop corr="n1" mine="2"><return type="ok"/></nop></response>');
    expect(text).not.toContain('secret-pwd');
  });

  it.each(['text', 'code', 'value', 'label', 'upd', 'null', 'locked'])('refuses the protected attribute %s', async (name) => {
    const { send } = crmUnderTest();
    expect(await send(`<nop corr="a" ${name}="1"/><nop corr="b"/>`)).toMatch(
      /^<nop corr="a"><return type="error" code="500" text="[^"]*protected[^"]*"\/><\/nop><nop corr="b"><return type="ok"\/><\/nop>$/,
    );
    expect(await send('<nop corr="a"/><nop/>', `${name}="1"`)).toMatch(/^<nop corr="a"><return type="error".*<nop><return type="error"/);
  });

  it('goes on behind a command that failed, in order', async () => {
    const { send } = crmUnderTest();
    const text = await send('<query corr="1"/><unheard corr="2"/><nop corr="3"/>');
    expect(text).toMatch(/^<query corr="1"><return type="error" code="500".*<unheard corr="2"><return type="error" code="500".*<nop corr="3"><return type="ok"\/><\/nop>$/);
  });

  it('answers an empty request with an empty response', async () => {
    const { send } = crmUnderTest();
    expect(await send('')).toBe('');
  });
});

describe('break (dialect 2, 4, 9)', () => {
  const person = (id: string): string => query('Person', 'Phone', [cond('Person', 'PeNo', '=', id)], 'corr="x"');

  it.each([
    ["/root/response/query[@corr='x']/return/@count='1'", true],
    ["/root/response/query[@corr='x']/return/@count='0'", false],
    ["not(/root/response/query[@corr='x']/return/@count='1')", false],
    ["not(/root/response/query[@corr='other']/return/@count='1')", true],
    ["/root/response/nop[@corr='f']/return/@type='error'", true],
    ["/root/response/query[@corr='x']/return/@type='error'", false],
    ["/root/response//return[@type='error']", true],
    ['/root/response/import', false],
    ['/root/response/*/return', true],
    ["/root/response/import or /root/response/query", true],
    ["/root/response/import and /root/response/query", false],
    ["not(/root/response/import) and (/root/response/query or /root/response/insert)", true],
    ['/root/response/query/return/@count &gt;= 1', true],
    ["/root/response/query/return/Person/Phone='12'", true],
    ["//Person[Phone='12' and @tableshort='KP']/@id", true],
    ["@corr='x'", false],
  ])('judges %s', async (xpath, broken) => {
    const test = crmUnderTest();
    test.crm.act('SYNC').update('Person', test.jane.person.id, { Phone: '12' });
    const text = await test.send(`<nop corr="f" code="1"/>${person('1')}<break if="${xpath}"/><nop corr="last"/>`);
    expect(text.includes('<break><return type="ok" broken="true"/></break>')).toBe(broken);
    expect(text.includes('<break><return type="ok"/></break>')).toBe(!broken);
    expect(text.includes('corr="last"')).toBe(!broken);
  });

  it.each(['', '/root[', 'count(/root)', "/root/response/query[1]", 'foo::bar', "'open", '/root/', '/root)'])(
    'answers 500 to the unknown condition %j and goes on',
    async (xpath) => {
      const { send } = crmUnderTest();
      expect(await send(`<break if="${xpath}"/><nop/>`)).toMatch(
        /^<break><return type="error" code="500" text="[^"]+"\/><\/break><nop><return type="ok"\/><\/nop>$/,
      );
    },
  );

  it('guards an update: a stamp that moved stops it', async () => {
    const test = crmUnderTest();
    const { id, values } = test.jane.person;
    const guarded = (date: string, time: string): string =>
      query('Person', 'Phone', [cond('Person', 'PeNo', '=', '1'), cond('Person', 'UpdDate', '=', date), cond('Person', 'UpdTime', '=', time)], 'corr="g"') +
      `<break if="not(/root/response/query[@corr='g']/return/@count='1')"/>` +
      `<update><fields><Person id="${id}"><Phone>new</Phone></Person></fields></update>`;
    test.clock.set(test.clock.now() + 1000);
    test.crm.act('JRO').update('Person', id, { Phone: 'faster' });
    const late = await test.send(guarded(values.UpdDate ?? '', values.UpdTime ?? ''));
    expect(late).toContain('broken="true"');
    expect(test.crm.record('Person', id)?.values.Phone).toBe('faster');
    expect(await test.send(guarded('2026-11-02', '10:00:01'))).toContain('<update><return type="update">');
    expect(test.crm.record('Person', id)?.values.Phone).toBe('new');
  });
});
