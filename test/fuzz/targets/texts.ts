import { tenantRulesSchema } from '../../../shared/config/rules.ts';
import { webLinkOf } from '../../../shared/config/web-link.ts';
import { smtpAddress } from '../../../shared/model/participants.ts';
import { canonicalLine, canonicalText } from '../../../shared/model/text/canonical-text.ts';
import { cutVisibly } from '../../../shared/model/text/cut.ts';
import { editedHtml } from '../../../shared/model/text/edited-html.ts';
import { loadHtml } from '../../../shared/model/text/html.ts';
import { textToHtml } from '../../../shared/model/text/text-to-html.ts';
import { fitted, type ValueKind } from '../../../shared/model/field-value.ts';
import { parseIso, toIso } from '../../../shared/model/time/instant.ts';
import { parseWall, readings, toInstant } from '../../../shared/model/time/wallclock.ts';
import { resolveZone } from '../../../shared/model/time/zones.ts';
import { personKey } from '../../../shared/graph/event-attendees.ts';
import { REAL_BODIES } from '../../model/text/bodies.ts';
import { isWellFormed, law, lawOfSize, membersOf, textOf, unlessRefused, type Target } from '../target.ts';

/** Bodies, lines, addresses, times: texts that people and other systems write. */

const HTML = REAL_BODIES.map(({ content }) => content).filter((content) => content.length < 10_000);
const TAGS = ['<ul>', '<ol start="5">', '<li>', '</li>', '<table><tr><td>', '</table>', '<p class="MsoNormal">', '<br>', '<hr>', '<pre>', '<div style="display:none">', '<img src="cid:1">', '<a href="https://example.com/x">', '</a>', '<b>', '</b>', '<!--', '-->', '<script>', '</script>', '<body ', '</body>', '&nbsp;', '&constructor;', '&#x1F600;', '&#0;', '<textarea>', '<svg>', '<td', '<o:p>', '<![endif]-->'];

export const html: Target = {
  name: 'html',
  corpus: HTML,
  words: TAGS,
  async run(input): Promise<'accepted'> {
    const reader = await loadHtml();
    const source = textOf(input);
    const { text, partial } = reader.htmlToText(source);
    law(canonicalText(text) === text, 'reads a text that is not canonical');
    law(typeof partial === 'boolean' && !/[\ufdd0-\ufdef]/.test(text), 'leaves a mark in the text');
    lawOfSize(text, source, 12);
    const again = reader.htmlToText(textToHtml(text));
    law(again.text === text, 'reads another text where its own is written');
    return 'accepted';
  },
};

/** A body that the other side shows in part, with an edit of what it shows. */
export const heldInPart: Target = {
  name: 'heldInPart',
  corpus: HTML.flatMap((content) => [{ html: content, from: 'a', to: 'b' }, { html: content, from: '\n', to: '\nwords <b> & more\n\n' }, { html: content, from: 'e', to: '' }]),
  words: TAGS,
  async run(input) {
    const reader = await loadHtml();
    const members = membersOf(input);
    const source = textOf(members['html']);
    const before = reader.htmlToText(source);
    const wanted = canonicalText(`${textOf(members['from'])}${before.text.replace(textOf(members['from']), () => textOf(members['to']))}${textOf(members['to'])}`);
    const edited = editedHtml(source, before.text, wanted, reader);
    if (edited === null) return 'refused';
    law(reader.htmlToText(edited).text === wanted, 'says something else than what was written');
    lawOfSize(edited, source, 1, 5_000 + 30 * wanted.length);
    return 'accepted';
  },
};

export const canonical: Target = {
  name: 'canonical',
  corpus: ['First line\r\n\r\n  indented\t& more \u00a0\r\n', 'Ame\u0301lie \u{1f469}\u200d\u{1f4bb}', 'a\u2028b\u0085c\vd', ''],
  run(input) {
    const text = textOf(input);
    const once = canonicalText(text);
    const line = canonicalLine(text);
    law(canonicalText(once) === once && canonicalLine(line) === line, 'changes its own text when it does it again');
    law(isWellFormed(once) && !line.includes('\n'), 'leaves what nobody can hold');
    lawOfSize(once, text, 4);
    for (const length of [0, 1, 7, 255]) {
      const cut = cutVisibly(once, length).text;
      law(cut.length <= length && isWellFormed(cut) && cutVisibly(cut, length).text === cut, 'cuts longer than it was told, or into a letter');
    }
    return 'accepted';
  },
};

export const address: Target = {
  name: 'address',
  corpus: ['Jane Doe <jane@example.org>', 'JANE@EXAMPLE.ORG', 'ü@xn--mller-kva.example', '/o=ExchangeLabs/ou=x/cn=y@z', 'Room 7', '"a b"@example.org'],
  run(input) {
    const text = textOf(input);
    const found = smtpAddress(text);
    law(found === null || smtpAddress(found) === found, 'reads another address where its own is written');
    const key = personKey({ name: text, address: text });
    law(key === null || /^(mail|x500|name):/.test(key), 'makes a key that no other can be told from');
    law(personKey({ address: text, name: null }) === personKey({ address: text, name: null }), 'names one person in two ways');
    return found === null ? 'refused' : 'accepted';
  },
};

const KINDS: readonly ValueKind[] = ['text', 'whole', 'number', 'boolean', 'date', 'time', 'instant'];

export const value: Target = {
  name: 'value',
  corpus: KINDS.flatMap((kind) => ['12', 'true', '2026-11-23', '09:30', '2026-11-23T09:30:00Z', '2026-11-23T09:30:00.1234567+01:00', 'words', 1.5, 7, null, true].map((one) => ({ kind, value: one, length: 20 }))),
  run(input) {
    const members = membersOf(input);
    const kind = KINDS.find((one) => one === members['kind']) ?? 'text';
    const length = typeof members['length'] === 'number' && members['length'] > 0 ? Math.trunc(members['length']) : null;
    const held = fitted(members['value'], kind, length);
    if (held === undefined) return 'refused';
    law(held === null || ['string', 'number', 'boolean'].includes(typeof held), 'holds what is no value');
    law(fitted(held, kind, length) === held, 'holds another value where its own is written');
    law(length === null || typeof held !== 'string' || kind !== 'text' || held.length <= length, 'holds more than its length');
    return 'accepted';
  },
};

export const time: Target = {
  name: 'time',
  corpus: [
    { iso: '2026-11-23T09:00:00.1234567Z', wall: '2026-10-25T02:30:00.0000000', zone: 'W. Europe Standard Time' },
    { iso: '2026-03-29T01:30:00+01:00', wall: '9999-12-31', zone: 'America/New_York' },
    { iso: '0001-01-01T00:00:00Z', wall: '0001-01-01T00:00:00', zone: 'tzone://Microsoft/Utc' },
  ],
  words: ['Europe/Berlin', 'Pacific/Kiritimati', 'Customized Time Zone', 'UTC', '+05:30', 'Etc/GMT+12', 'Africa/Monrovia'],
  run(input) {
    const { iso, wall, zone } = membersOf(input);
    const outOfRange = (failure: unknown): boolean => failure instanceof RangeError && !failure.message.includes('call stack');
    const instant = unlessRefused(() => parseIso(textOf(iso)), outOfRange);
    law(instant === null || Number.isSafeInteger(instant), 'reads an instant that is none');
    const shown = unlessRefused(() => parseWall(textOf(wall)), outOfRange);
    const { iana } = resolveZone(textOf(zone));
    if (shown !== null && iana !== undefined) {
      const found = readings(shown, iana);
      const meant = toInstant(shown, iana);
      law(found.length === 0 || found[0] === meant, 'means an instant that the clock never shows');
      law(found.length <= 2 && Number.isFinite(Date.parse(toIso(meant))), 'means an instant that cannot be written');
    }
    return instant === null || shown === null || iana === undefined ? 'refused' : 'accepted';
  },
};

export const webLink: Target = {
  name: 'webLink',
  corpus: [
    { label: 'Open in CRM', template: 'https://crm.example.com/expand?uid=MA%3Bx{hex}&mode=Show', hex: '0000000100000007', id: '4294967303', text: 'Agenda\n\nmore' },
    { label: 'Zum CRM', template: 'https://crm.example.com/r/{id}', hex: '0000000100000007', id: '4294967303', text: '' },
    { label: 'CRM.web 2', template: 'https://crm.example.com/(a+)+/{hex}.*[x]/{id}', hex: 'ffffffffffffffff', id: '1', text: 'Open in CRM: https://crm.example.com/' },
  ],
  words: ['Open in CRM: ', '<https://crm.example.com/r/1>', '{id}', '{hex}', '1'.repeat(30), '\u00a0', '%3B', ';'],
  async run(input) {
    const members = membersOf(input);
    const [label, template] = [textOf(members['label']), textOf(members['template'])];
    const rules = rulesOrNull(label, template);
    if (rules === null) return 'refused';
    const link = webLinkOf(rules);
    if (link === null) return 'refused';
    const own = link.address({ hex: /^[0-9a-f]{16}$/.test(textOf(members['hex'])) ? textOf(members['hex']) : '0'.repeat(16), id: /^\d{1,20}$/.test(textOf(members['id'])) ? textOf(members['id']) : '1' });
    const text = canonicalText(textOf(members['text']));
    const bare = link.strip(text);
    law(link.strip(bare) === bare, 'leaves a line where it has taken one out');
    const reader = await loadHtml();
    const shown = reader.htmlToText(`${textToHtml(bare)}${link.html(own)}`).text;
    law(link.strip(shown) === bare, 'does not find its own line behind a text');
    return 'accepted';
  },
};

function rulesOrNull(label: string, template: string): Parameters<typeof webLinkOf>[0] | null {
  const crm = { url: 'https://crm.example.com', user: 'x', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' };
  return tenantRulesSchema.safeParse({ tenantId: '11111111-1111-4111-8111-111111111111', crm, appointments: { webLink: { show: 'body', label, template } } }).data ?? null;
}
