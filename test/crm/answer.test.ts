import { describe, expect, it } from 'vitest';
import { BrokenAnswer, parseAnswer } from '../../shared/crm/answer.ts';

const QUERY = [{ kind: 'query', corr: 'q1' }];
const answer = (inside: string): string => `<?xml version="1.0" encoding="utf-8"?><root><response>${inside}</response></root>`;
const ok = (records: string, count: number): string => answer(`<query corr="q1"><return type="ok" count="${count}">${records}</return></query>`);
const subjectOf = (text: string): string | undefined => {
  const [first] = parseAnswer(ok(`<Contact tableshort="MA" id="7"><Subject>${text}</Subject></Contact>`, 1), QUERY);
  return first?.state === 'answered' ? first.returns[0]?.records[0]?.fields.get('Subject') : undefined;
};
const refuse = (text: string, sent = QUERY): BrokenAnswer => {
  try {
    parseAnswer(text, sent);
  } catch (error) {
    if (error instanceof BrokenAnswer) return error;
    throw error;
  }
  throw new Error('The answer was accepted.');
};

describe('Reading an answer', () => {
  it('reads records, fields that are empty or absent, nested tables and the mark of deletion', () => {
    const [first] = parseAnswer(
      ok('<Contact tableshort="MA" id="429496731000" deleted="true"><Contact>1</Contact><Subject/><Participant tableshort="MB" id="9"><Email>a@example.com</Email></Participant></Contact>', 1),
      QUERY,
    );
    expect(first).toEqual({
      state: 'answered',
      returns: [
        {
          type: 'ok',
          code: null,
          field: null,
          broken: false,
          records: [
            {
              table: 'Contact',
              id: '429496731000',
              deleted: true,
              fields: new Map([['Contact', '1'], ['Subject', '']]),
              nested: [{ table: 'Participant', id: '9', deleted: false, fields: new Map([['Email', 'a@example.com']]), nested: [] }],
            },
          ],
        },
      ],
    }); // prettier-ignore
  });

  it('resolves every reference exactly once', () => {
    expect(subjectOf('&amp;#65; &amp;lt; &#228;&#x1F600; &quot;&apos; <![CDATA[<b> &amp;]]>')).toBe('&#65; &lt; ä😀 "\' <b> &amp;');
  });

  it('takes names that poison objects for mere names', () => {
    const [first] = parseAnswer(ok('<Contact tableshort="MA" id="7"><__proto__>x</__proto__><constructor>y</constructor></Contact>', 1), QUERY);
    expect(first?.state === 'answered' && [...(first.returns[0]?.records[0]?.fields ?? [])]).toEqual([['__proto__', 'x'], ['constructor', 'y']]); // prettier-ignore
  });

  it('reads over comments and instructions', () => {
    const [first] = parseAnswer(ok('<!-- <Contact/> --><?skip <Contact/>?>', 0), QUERY);
    expect(first).toMatchObject({ state: 'answered', returns: [{ records: [] }] });
  });

  it('keeps blanks and reads CRLF as one line end', () => {
    expect(subjectOf('  a\r\nb  ')).toBe('  a\nb  ');
  });

  it('knows commands behind a break that fired as not run, with or without its correlation', () => {
    const sent = [...QUERY, { kind: 'break', corr: 'b1' }, { kind: 'update', corr: 'u1' }];
    for (const corr of ['', ' corr="b1"']) {
      const answers = parseAnswer(answer(`<query corr="q1"><return type="ok" count="0"/></query><break${corr}><return type="ok" broken="true"/></break>`), sent);
      expect(answers.map((each) => each.state)).toEqual(['answered', 'answered', 'notRun']);
    }
  });

  it('reads the code and the field of an error, and nothing of its text', () => {
    const [first] = parseAnswer(answer('<query corr="q1"><return type="error" code="422" fieldname="Subject" text="secret words"/></query>'), QUERY);
    expect(first).toEqual({ state: 'answered', returns: [{ type: 'error', code: '422', field: 'Subject', broken: false, records: [] }] });
  });

  const RECORD = '<Contact tableshort="MA" id="7"/>';
  it.each([
    ['an empty body', ''],
    ['a web page', '<!DOCTYPE html><html><body>Please sign in</body></html>'],
    ['a document type', ok(RECORD, 1).replace('<root>', '<!DOCTYPE root [<!ENTITY a "b">]><root>')],
    ['an entity of its own', ok('<Contact tableshort="MA" id="7"><Subject>&foo;</Subject></Contact>', 1)],
    ['a reference to no character', ok('<Contact tableshort="MA" id="7"><Subject>&#0;</Subject></Contact>', 1)],
    ['a bare ampersand', ok('<Contact tableshort="MA" id="7"><Subject>a & b</Subject></Contact>', 1)],
    ['a control character', ok('<Contact tableshort="MA" id="7"><Subject>\u0001</Subject></Contact>', 1)],
    ['an end that was cut off', ok(RECORD, 1).slice(0, -12)],
    ['tags that a parser would repair', ok('<Contact tableshort="MA" id="7"><Subject>x</Contact>', 1)],
    ['text behind the root', `${ok(RECORD, 1)} trailing`],
    ['two roots', `${ok(RECORD, 1)}<root/>`],
    ['an entity named like a member of every object', ok('<Contact tableshort="MA" id="7"><Subject>&constructor;</Subject></Contact>', 1)],
    ['an attribute with a tag in it', ok('<Contact tableshort="MA" id="7" x="<y/>"/>', 1)],
    ['an end of CDATA in a text', ok('<Contact tableshort="MA" id="7"><Subject>a ]]> b</Subject></Contact>', 1)],
    ['a count larger than its records', ok(RECORD, 2)],
    ['a count smaller than its records', ok(RECORD + RECORD.replace('7', '8'), 1)],
    ['no count', answer(`<query corr="q1"><return type="ok">${RECORD}</return></query>`)],
    ['a record twice', ok(RECORD + RECORD, 2)],
    ['a record without an id', ok('<Contact tableshort="MA"/>', 1)],
    ['another correlation', ok(RECORD, 1).replace('corr="q1"', 'corr="q2"')],
    ['no correlation', ok(RECORD, 1).replace(' corr="q1"', '')],
    ['another command', ok(RECORD, 1).replaceAll('query', 'update')],
    ['a command too many', answer('<query corr="q1"><return type="ok" count="0"/></query><nop corr="n"><return type="ok"/></nop>')],
    ['no answer to the command', answer('')],
    ['a command without a return', answer('<query corr="q1"/>')],
    ['what is nested without end', ok(`${'<Contact tableshort="MA" id="7">'.repeat(50_000)}${'</Contact>'.repeat(50_000)}`, 1)],
    ['another root', '<html></html>'],
  ])('refuses %s', (_name, text) => {
    expect(refuse(text)).toBeInstanceOf(BrokenAnswer);
  });

  it('refuses a missing command that no break explains, and commands behind a break that fired', () => {
    const sent = [...QUERY, { kind: 'break', corr: 'b1' }, { kind: 'nop', corr: 'n1' }];
    const query = '<query corr="q1"><return type="ok" count="0"/></query>';
    const held = '<break corr="b1"><return type="ok"/></break>';
    const fired = '<break corr="b1"><return type="ok" broken="true"/></break>';
    expect(refuse(answer(query + held), sent)).toBeInstanceOf(BrokenAnswer);
    expect(refuse(answer(`${query}${fired}<nop corr="n1"><return type="ok"/></nop>`), sent)).toBeInstanceOf(BrokenAnswer);
  });

  it('says of one that is nested too deeply what is wrong with it, and is not overcome by it', () => {
    const nested = '<Contact tableshort="MA" id="7">'.repeat(120) + '</Contact>'.repeat(120);
    expect(refuse(ok(nested, 1)).message).toBe('it is nested more deeply than any answer');
  });

  it('tells an answer that was finished from one that was cut off', () => {
    expect(refuse(ok(RECORD, 2)).complete).toBe(true);
    expect(refuse(ok(RECORD, 1).slice(0, -3)).complete).toBe(false);
  });
});
