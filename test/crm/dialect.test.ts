import { describe, expect, it } from 'vitest';
import { countIsNot, escapeText, renderCommand, renderRequest, type Envelope } from '../../shared/crm/dialect.ts';

const ENVELOPE: Envelope = { user: 'SYNC', password: 'a"b&c', impersonateEmail: 'jane.doe@example.com', language: 'en', corr: 'r1' };

describe('The request language', () => {
  it('wraps commands in the envelope of a rep', () => {
    expect(renderRequest(ENVELOPE, [{ kind: 'nop', corr: 'n1' }])).toBe(
      '<request user="SYNC" pwd="a&quot;b&amp;c" impersonate="email=jane.doe@example.com" lang="en" catbynum="true" dateformatin="ymd" dateformatout="ymd" corr="r1"><nop corr="n1"/></request>',
    );
  });

  it('leaves impersonation out for the master user, and the password where the login is by domain', () => {
    const request = renderRequest({ ...ENVELOPE, impersonateEmail: null, password: null, domain: 'HOUSE' }, []);
    expect(request).toBe('<request user="SYNC" domain="HOUSE" lang="en" catbynum="true" dateformatin="ymd" dateformatout="ymd" corr="r1"></request>');
  });

  it('writes a query with nested tables, flags, ORed blocks of ANDed conditions and a limit', () => {
    const query = renderCommand({
      kind: 'query',
      corr: 'q1',
      maxRecords: 200,
      table: { table: 'Contact', fields: ['StatNo', 'Subject'], flags: 16_384, nested: [{ table: 'Participant', fields: ['Email'], flags: 2_048 }] },
      where: [
        [{ table: 'Contact', field: 'UpdDate', op: '>', value: '2026-11-01' }],
        [
          { table: 'Contact', field: 'UpdDate', op: '=', value: '2026-11-01' },
          { table: 'Contact', field: 'UpdTime', op: '>=', value: '08:00:00' },
        ],
      ],
    });
    expect(query).toBe(
      '<query corr="q1" maxrecords="200"><tables><table tablename="Contact" flags="16384"><table tablename="Participant" flags="2048"/></table></tables>' +
        '<condition><cond tablename="Contact" fieldname="UpdDate" op="&gt;" value="2026-11-01"/></condition>' +
        '<condition><cond tablename="Contact" fieldname="UpdDate" op="=" value="2026-11-01"/><cond tablename="Contact" fieldname="UpdTime" op="&gt;=" value="08:00:00"/></condition>' +
        '<fields tablename="Contact" fields="StatNo,Subject"/><fields tablename="Participant" fields="Email"/></query>',
    );
  });

  it('writes an import that matches by marked fields only', () => {
    const fields = [
      { field: 'ExtKey', value: 'ab12', matchup: true },
      { field: 'Subject', value: 'Ha & <b>' },
    ];
    expect(renderCommand({ kind: 'import', corr: 'i1', forceInternalMatchup: true, records: [{ table: 'Contact', fields }] })).toBe(
      '<import corr="i1" force_internal_matchup="true"><fields><Contact><ExtKey matchup="true">ab12</ExtKey><Subject>Ha &amp; &lt;b&gt;</Subject></Contact></fields></import>',
    );
  });

  it('addresses records by id in updates and deletions', () => {
    expect(renderCommand({ kind: 'update', corr: 'u1', records: [{ table: 'Contact', id: '429496731000', fields: [{ field: 'Time', value: '' }] }] })).toBe(
      '<update corr="u1"><fields><Contact id="429496731000"><Time></Time></Contact></fields></update>',
    );
    const rows = [{ table: 'Participant', id: '7' }, { table: 'Participant', id: '8' }]; // prettier-ignore
    expect(renderCommand({ kind: 'delete', corr: 'd1', records: rows })).toBe('<delete corr="d1"><fields><Participant id="7"/><Participant id="8"/></fields></delete>');
  });

  it('writes breaks and questions about the schema', () => {
    expect(renderCommand({ kind: 'break', corr: 'b1', when: countIsNot('g1', 1) })).toBe(`<break corr="b1" if="not(/root/response/query[@corr='g1']/return/@count='1')"/>`);
    expect(renderCommand({ kind: 'metainfo', corr: 'm1', table: 'Contact' })).toBe('<metainfo corr="m1" tablename="Contact"/>');
  });

  it('removes what XML cannot hold and keeps what it can', () => {
    expect(escapeText('a\u0000b\u0008c\uD800d\uDC00e\uFFFEf\t\n😀\r')).toBe('abcdef\t\n😀&#13;');
  });
});
