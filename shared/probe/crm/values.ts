import { canonicalText } from '../../model/text/canonical-text.ts';
import type { RulesPart } from '../fact.ts';
import { doesNotHold, holds, judged, type Fact } from '../fact.ts';
import { said, errorIn, type Bench } from './bench.ts';

export const forms: Fact<Bench> = {
  line: 'C5.1',
  says: 'dates are yyyy-mm-dd, times hh:mm or hh:mm:ss, catalogs by number',
  either: { holds: 'values are read and written so', otherwise: 'records are left alone as unreadable: report it' },
  async try(bench) {
    const { id } = await bench.create({ Priority: '2' });
    const { fields } = await bench.read(id, ['Date', 'Time', 'Priority', 'Contact']);
    const value = (field: 'Date' | 'Time' | 'Priority' | 'Contact'): string => fields.get(bench.name(field)) ?? '';
    const isSo = value('Date') === bench.date() && /^10:00(:00)?$/.test(value('Time')) && value('Priority') === '2' && value('Contact') === String(bench.rules.appointments.typeForNew);
    return judged(isSo, `a time has ${value('Time').split(':').length === 3 ? 'seconds' : 'no seconds'}; ${isSo ? 'all came back as written' : 'something came back in another form'}`);
  },
};

export const lengths: Fact<Bench> = {
  line: 'C5.4',
  says: 'texts hold as many characters as crm.lengths says',
  either: { holds: 'longer texts are cut by us, visibly', otherwise: 'crm.lengths names the shorter ones' },
  async try(bench) {
    const { tables } = await bench.options.examination().schema();
    const short = tables.flatMap((table) => table.short);
    const adaptable = short.flatMap(({ lengthRule, holds: length }) => (lengthRule === null ? [] : [[lengthRule.replace(/^crm\.lengths\./, ''), length] as const]));
    if (tables.some(({ refused }) => refused !== null)) return { outcome: 'notTried', why: 'the CRM does not tell of its tables' };
    if (short.length === 0) return holds('no field is shorter than the rules take it to be');
    const rules: RulesPart = { crm: { lengths: Object.fromEntries(adaptable) } };
    return doesNotHold(`shorter than the rules say: ${short.map(({ field, holds: length }) => `${field} (${length})`).join(', ')}`, adaptable.length === 0 ? undefined : rules);
  },
};

export const plainTexts: Fact<Bench> = {
  line: 'C5.5',
  says: 'texts are plain, and come back the same but for line ends and blanks at their ends',
  either: { holds: 'such a difference is no edit', otherwise: 'our own writes would look like edits: report it' },
  async try(bench) {
    const text = ' First line\r\n\r\nThird line & <more>\nFourth \n';
    const { id } = await bench.create({ Text: text });
    const shown = (await bench.read(id, ['Text'])).fields.get(bench.name('Text')) ?? '';
    return judged(canonicalText(shown) === canonicalText(text), shown === text ? 'as written' : shown.trim() === text.replaceAll('\r\n', '\n').trim() ? 'with other line ends or without blanks at its ends' : 'with other differences');
  },
};

export const fullTexts: Fact<Bench> = {
  line: 'C5.6',
  says: 'lengths are counted in UTF-16 units, a line end as one',
  either: { holds: 'texts are cut to the last character that fits', otherwise: 'full texts are refused or cut by the CRM: set crm.lengths lower' },
  async try(bench) {
    const { length } = bench.profile.activity.fields.Text;
    if (length === null) return { outcome: 'notTried', why: 'the rules know no length of the text' };
    const text = `${'a line\n'.repeat(Math.floor(length / 7))}`.slice(0, length - 3).concat('😀.').padEnd(length, '.');
    const answer = await bench.import('full', await bench.activity(bench.key(), { Text: text }));
    const id = answer?.state === 'answered' ? answer.returns[0]?.records[0]?.id : undefined;
    if (errorIn(answer) !== null || id === undefined) return doesNotHold(`a text of ${length} units with line ends and an emoji: ${said(answer)}`);
    const shown = ((await bench.read(id, ['Text'])).fields.get(bench.name('Text')) ?? '').replaceAll('\r\n', '\n');
    return judged(shown === text, `of ${length} units with line ends and an emoji ${shown.length} are kept`);
  },
};
