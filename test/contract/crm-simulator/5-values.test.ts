import { describe, expect, it } from 'vitest';
import { query } from '../../local/crm/crm-under-test.ts';
import { activity, fieldOf, outcomes, rawCrm, theReturn } from './raw-interface.ts';
import type { Options } from './raw-interface.ts';

/** Writes one field of an activity; answers the outcome and what comes back. */
async function roundTrip(field: string, text: string, options: Options = {}): Promise<[string, string]> {
  const crm = rawCrm(options);
  const answers = await crm.ask(`<insert><fields>${activity(crm, `<${field}>${text}</${field}>`)}</fields></insert>${query('Contact', field)}`);
  return [outcomes(answers)[0] ?? '', fieldOf(theReturn(answers[1]), field)[0] ?? ''];
}

const long = 'abcdefghij'.repeat(13);

describe('dialect 5: values', () => {
  it.each([
    ['a date', 'Date', '2026-11-05', '2026-11-05'],
    ['a time', 'Time', '09:05', '09:05'],
    ['a true flag', 'Private', 'true', 'true'],
    ['a false flag', 'Private', 'false', 'false'],
    ['a whole number', 'Reminder', '15', '15'],
    ['a reminder at the start', 'Reminder', '0', '0'],
    ['no reminder', 'Reminder', '', ''],
    ['a catalog value by number', 'Contact', '1', '1'],
    ['a text with markup and umlauts', 'Subject', 'Grüße &lt;b> &amp; 😀', 'Grüße <b> & 😀'],
    ['a text of exactly its length', 'Subject', long.slice(0, 120), long.slice(0, 120)],
  ])('%s comes back as it was written', async (_what, field, text, back) => {
    expect(await roundTrip(field, text)).toEqual(['insert', back]);
  });

  it.each([
    ['Date', '05.11.2026'],
    ['Date', '2026-02-30'],
    ['Time', '9 o clock'],
    ['Private', 'yes'],
    ['Reminder', '1.5'],
    ['Contact', 'Visit'],
  ])('what is no value of %s is refused with its name: %s', async (field, text) => {
    const crm = rawCrm();
    const { attributes } = await crm.one(`<insert><fields>${activity(crm, `<${field}>${text}</${field}>`)}</fields></insert>`);
    expect([attributes.code, attributes.fieldname]).toEqual(['422', field]);
  });

  it.each(['hh:mm', 'hh:mm:ss'] as const)('times carry their seconds or not: %s', async (times) => {
    expect(await roundTrip('Time', '09:05:07', { quirks: { times } })).toEqual(['insert', times === 'hh:mm' ? '09:05' : '09:05:07']);
  });

  it.each([
    ['refuse', ['422', '']],
    ['cut', ['insert', long.slice(0, 120)]],
  ] as const)('a text that is too long is met with: %s', async (longTexts, expected) => {
    expect(await roundTrip('Subject', long, { quirks: { longTexts } })).toEqual(expected);
  });

  it('a cut leaves no half of a character', async () => {
    const [, back] = await roundTrip('Subject', `${'x'.repeat(119)}😀`, { quirks: { longTexts: 'cut' } });
    expect(back).toBe('x'.repeat(119));
  });

  it.each(['refuse', 'cut'] as const)('an external key is never cut (long texts: %s)', async (longTexts) => {
    expect(await roundTrip('ExtKey', 'a'.repeat(64), { quirks: { longTexts } })).toEqual(['insert', 'a'.repeat(64)]);
    expect(await roundTrip('ExtKey', 'a'.repeat(65), { quirks: { longTexts } })).toEqual(['422', '']);
  });

  it.each([
    ['keep', '  a b \n'],
    ['trim', 'a b'],
  ] as const)('blanks at the ends of a text: %s', async (outerBlanks, back) => {
    expect(await roundTrip('Text', '  a b \n', { quirks: { outerBlanks } })).toEqual(['insert', back]);
  });

  it.each([
    ['lf', 'a\nb'],
    ['crlf', 'a\r\nb'],
    ['crlf-entity', 'a&#xD;\nb'],
  ] as const)('a line end leaves as %s', async (lineEnds, sent) => {
    const crm = rawCrm({ quirks: { lineEnds } });
    crm.seed.activity({ Text: 'a\nb' }, crm.jane.person);
    const response = await crm.post(`<request user="SYNC" pwd="secret-pwd">${query('Contact', 'Text')}</request>`);
    expect(await response.text()).toContain(`<Text>${sent}</Text>`);
  });

  it('a whole day has no times and an inclusive last day', async () => {
    const crm = rawCrm();
    const answers = await crm.ask(
      `<insert><fields>${activity(crm, '<Date>2026-11-05</Date><Time/><EndDate>2026-11-06</EndDate><EndTime/>')}</fields></insert>${query('Contact', 'Date,Time,EndDate,EndTime')}`,
    );
    expect(['Date', 'Time', 'EndDate', 'EndTime'].map((field) => fieldOf(theReturn(answers[1]), field)[0])).toEqual(['2026-11-05', '', '2026-11-06', '']);
  });
});
