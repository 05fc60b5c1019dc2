import { describe, expect, it } from 'vitest';
import { BrokenAnswer } from '../../shared/crm/answer.ts';
import { withoutContent } from '../../shared/crm/content-answer.ts';

const HEAD = '<root><return><Document id="1"><StatNo>1</StatNo><Content>';
const TAIL = '</Content></Document></return></root>';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function* cut(text: string, length: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += length) yield bytes.slice(at, at + length);
}

/** The content and the answer without it. */
async function read(text: string, length = 1_000, check: (answer: string) => void = () => undefined): Promise<{ content: string | null; answer: string }> {
  let content: string | null = null;
  const answer = await withoutContent(cut(text, length), 'Content', check, async (chunks) => {
    const parts: Uint8Array[] = [];
    for await (const part of chunks) parts.push(part);
    content = Buffer.concat(parts).toString();
  });
  return { content, answer };
}

describe('the content of a document in an answer', () => {
  it.each([1, 2, 3, 7, 64, 1_000])('is the same however the answer is cut (%i bytes)', async (length) => {
    expect(await read(`${HEAD}${base64('Größe: 1 < 2 & 3')}${TAIL}`, length)).toEqual({ content: 'Größe: 1 < 2 & 3', answer: `${HEAD}${TAIL}` });
  });

  it.each([
    ['in lines', base64('One, two, three').replace(/(.{5})/g, '$1\r\n')],
    ['in lines with references', base64('One, two, three').replace(/(.{5})/g, '$1&#13;&#10;').replace('&#13;', '&#xD;')],
    ['in a CDATA section', `<![CDATA[${base64('One, two, three')}]]>`],
    ['in parts of both', `${base64('One, two, three').slice(0, 6)}<![CDATA[${base64('One, two, three').slice(6)}]]>`],
  ])('may stand %s', async (_how, text) => {
    for (const length of [1, 5, 1_000]) expect((await read(`${HEAD}${text}${TAIL}`, length)).content).toBe('One, two, three');
  });

  it('is not handed over where there is none', async () => {
    for (const none of ['<root><return><Document id="1"><Content/></Document></return></root>', '<root><return type="error" code="403"/></root>']) expect(await read(none)).toEqual({ content: null, answer: none });
    expect((await read(`${HEAD}${TAIL}`)).content).toBe('');
  });

  it.each([
    ['is no base64', `${HEAD}%%%%${TAIL}`],
    ['goes on behind its end', `${HEAD}QQ==QQ==${TAIL}`],
    ['lacks a letter', `${HEAD}QUF${TAIL}`],
    ['holds a reference to something else', `${HEAD}QU&lt;F${TAIL}`],
    ['is cut off', `${HEAD}QUFB`],
  ])('that %s is none', async (_what, text) => {
    for (const length of [3, 1_000]) await expect(read(text, length)).rejects.toThrow(BrokenAnswer);
  });

  it('ends only where the whole answer has come and is right', async () => {
    let ended = false;
    const reading = withoutContent(cut(`${HEAD}${base64('One')}${TAIL}`, 5), 'Content', () => {
      throw new BrokenAnswer('not what was asked for', true);
    }, async (chunks) => {
      for await (const _part of chunks) expect(ended).toBe(false);
      ended = true;
    });
    await expect(reading).rejects.toThrow('not what was asked for');
    expect(ended).toBe(false);
  });

  it('that nobody read to its end counts for nothing', async () => {
    await expect(withoutContent(cut(`${HEAD}${base64('One')}${TAIL}`, 5), 'Content', () => undefined, async () => undefined)).rejects.toThrow('not read to its end');
  });
});
