import { readXml } from '../../../local/crm/xml-reader.ts';
import { textOf as textIn, type XmlElement } from '../../../local/crm/xml-element.ts';
import { BrokenAnswer, parseAnswer, type AnswerRecord, type CommandAnswer } from '../../../shared/crm/answer.ts';
import { errorOf, requestRefused } from '../../../shared/crm/classify.ts';
import { holdable, renderRequest, type Command } from '../../../shared/crm/dialect.ts';
import { crmTransport } from '../../../shared/crm/transport.ts';
import { PortFailure } from '../../../shared/sync/failures.ts';
import { VirtualClock } from '../../crm/virtual-clock.ts';
import { rulesWith } from '../../crm/world.ts';
import { isWellFormed, law, lawOfSize, listOf, membersOf, textOf, type Target } from '../target.ts';

/** CRM.interface: what it answers, and what it is asked with. */

const SENT = [{ kind: 'query', corr: 'q1' }, { kind: 'break', corr: 'b1' }, { kind: 'update', corr: 'u1' }] as const;
const METAINFO = [{ kind: 'metainfo', corr: 'm1' }] as const;
const answer = (inside: string): string => `<?xml version="1.0" encoding="utf-8"?><root><response>${inside}</response></root>`;
const QUERY = '<query corr="q1"><return type="ok" count="1"><Contact tableshort="MA" id="429496731000" deleted="true"><Subject>canary &amp; &#228;<![CDATA[<b>]]></Subject><Text/><Participant tableshort="MB" id="9"><Email>a@example.com</Email></Participant></Contact></return></query>';

const ANSWERS = [
  answer(`${QUERY}<break corr="b1"><return type="ok"/></break><update corr="u1"><return type="ok"><Contact id="7"/></return></update>`),
  answer('<query corr="q1"><return type="ok" count="0"/></query><break><return type="ok" broken="true"/></break>'),
  answer(['query corr="q1"', 'break corr="b1"', 'update corr="u1"'].map((command) => `<${command}><return type="error" code="401" fieldname="Subject" text="canary"/></${command.split(' ')[0]}>`).join('')),
  answer(`<metainfo corr="m1"><return type="ok"><build version="12.1.0.1"/><table tableshort="MA"><field fieldname="Subject" length="120" fieldtype="C"/><field fieldname="Text" length="x"/></table></return></metainfo>`),
  '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>canary</faultstring></soap:Fault></soap:Body></soap:Envelope>',
  '<!DOCTYPE html><html><body>Please sign in</body></html>',
];

const WORDS = ['<return type="ok">', '</return>', '<Contact tableshort="MA" id="8">', '</Contact>', '<a tableshort="X" id="1">', ' count="2"', ' corr="q1"', '<Subject>', '</Subject>', '<![CDATA[', ']]>', '&#65;', '&a;', ' x="y"', '<x/>', '</root>', ' broken="true"'];

function depthOf(records: readonly AnswerRecord[]): number {
  return records.length === 0 ? 0 : 1 + Math.max(...records.map(({ nested }) => depthOf(nested)));
}

function judge(answers: readonly CommandAnswer[]): void {
  for (const one of answers) {
    const error = errorOf(one);
    law(error === null || (/^(-?\d{1,6}|unknown)$/.test(error.code) && (error.field ?? '').length <= 64), 'hands on an error that is no code');
    if (one.state !== 'answered') continue;
    for (const { records } of one.returns) {
      law(depthOf(records) <= 100, 'nests records without a bound');
      for (const record of records) {
        law(/^\d{1,20}$/.test(record.id) && record.fields instanceof Map, 'takes a record without an id');
        for (const text of record.fields.values()) law(isWellFormed(text) && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text), 'holds what no XML can hold');
      }
    }
  }
}

export const crmAnswer: Target = {
  name: 'crmAnswer',
  corpus: ANSWERS,
  words: WORDS,
  run(input) {
    // Bytes that were decoded hold no halves of surrogate pairs.
    const text = textOf(input).replace(/\p{Surrogate}/gu, '\ufffd');
    try {
      const sent = text.includes('metainfo') ? METAINFO : SENT;
      const answers = parseAnswer(text, sent);
      law(answers.length === sent.length, 'answers another number of commands than were sent');
      judge(answers);
      requestRefused(answers);
      lawOfSize([...answers], input, 4);
      return 'accepted';
    } catch (failure) {
      if (!(failure instanceof BrokenAnswer)) throw failure;
      law(failure.message.length < 120 && !failure.message.includes('canary'), 'quotes the answer in its failure');
      return 'refused';
    }
  },
};

const RULES = rulesWith().crm;

/** The same with everything that HTTP puts around it. */
export const crmHttp: Target = {
  name: 'crmHttp',
  corpus: [
    { status: 200, date: 'Mon, 23 Nov 2026 09:00:00 GMT', retryAfter: null, body: ANSWERS[0] ?? '' },
    { status: 200, date: null, retryAfter: null, body: ANSWERS[1] ?? '' },
    { status: 200, date: 'never', retryAfter: '5', body: ANSWERS[2] ?? '' },
    { status: 503, date: null, retryAfter: '120', body: 'canary' },
    { status: 429, date: null, retryAfter: 'Mon, 23 Nov 2026 10:00:00 GMT', body: '' },
    { status: 401, date: null, retryAfter: null, body: '<html>canary</html>' },
  ],
  words: WORDS,
  async run(input) {
    const { status, date, retryAfter, body } = membersOf(input);
    const clock = new VirtualClock('2026-11-23T09:00:00Z');
    const headers = new Headers();
    for (const [name, value] of [['date', date], ['retry-after', retryAfter]] as const) if (typeof value === 'string' && /^[\t\x20-\x7e]*$/.test(value)) headers.set(name, value);
    const known = typeof status === 'number' && status >= 200 && status <= 599 ? Math.trunc(status) : 200;
    const bytes = Buffer.from(textOf(body), known % 2 === 0 ? 'utf8' : 'latin1');
    const transport = crmTransport({ rules: RULES, secrets: { password: 'secret-canary' }, clock, actAs: null, fetch: async () => new Response(known === 204 || known === 205 || known === 304 ? null : bytes, { status: known, headers }) });
    const commands: Command[] = [{ kind: 'query', corr: 'q1', table: { table: 'Contact', fields: ['Subject'] }, where: [] }, { kind: 'break', corr: 'b1', when: 'x' }, { kind: 'update', corr: 'u1', records: [{ table: 'Contact', id: '7', fields: [] }] }];
    try {
      const { answers, startedAt } = await transport.send(commands);
      judge(answers);
      law(Number.isSafeInteger(startedAt), 'tells a time that is none');
      return 'accepted';
    } catch (failure) {
      if (!(failure instanceof PortFailure)) throw failure;
      const { retryAfterMs } = failure.details;
      law(retryAfterMs === undefined || (Number.isFinite(retryAfterMs) && retryAfterMs >= 0), 'waits for a time that is none');
      law(!`${failure.message} ${failure.stack ?? ''} ${JSON.stringify(failure.details)}`.includes('canary'), 'quotes the answer or a secret in its failure');
      return 'refused';
    }
  },
};

const ENVELOPE = { user: 'SYNC', password: 'p', impersonateEmail: null, language: 'en', corr: 'r1' };

/** What is written is read as it was: by the simulator's own reader, which knows nothing of the product. */
export const crmRequest: Target = {
  name: 'crmRequest',
  corpus: [
    { user: 'SYNC "&<', password: 'pä\'\t', values: ['canary', 'a & b < c > d', 'line\r\nline', ']]>', '\u{1f600}'], conditions: ['%x', '"', ' x '], id: '429496731000' },
    { user: '', password: '', values: [''], conditions: [], id: '' },
  ],
  run(input) {
    const { user, password, values, conditions, id } = membersOf(input);
    const texts = listOf(values).map((value) => textOf(value));
    const asked = listOf(conditions).map((value) => textOf(value));
    const commands: Command[] = [
      { kind: 'update', corr: 'u1', records: [{ table: 'Contact', id: textOf(id), fields: texts.map((value) => ({ field: 'Text', value })) }] },
      { kind: 'query', corr: 'q1', table: { table: 'Contact', fields: ['Text'] }, where: [asked.map((value) => ({ table: 'Contact', field: 'Text', op: '=', value }))] },
    ];
    const request = readXml(renderRequest({ ...ENVELOPE, user: textOf(user), password: textOf(password) }, commands));
    law(request.attributes['user'] === holdable(textOf(user)) && request.attributes['pwd'] === holdable(textOf(password)), 'writes another login than it was given');
    const found: string[] = [];
    const conditionValues: string[] = [];
    walk(request, (element) => {
      if (element.name === 'Text') found.push(textIn(element));
      if (element.name === 'cond') conditionValues.push(element.attributes['value'] ?? '');
    });
    law(JSON.stringify(found) === JSON.stringify(texts.map(holdable)), 'writes another text than it was given');
    law(JSON.stringify(conditionValues) === JSON.stringify(asked.map(holdable)), 'writes another condition than it was given');
    return 'accepted';
  },
};

function walk(element: XmlElement, visit: (element: XmlElement) => void): void {
  visit(element);
  for (const child of element.children) if (typeof child !== 'string') walk(child, visit);
}
