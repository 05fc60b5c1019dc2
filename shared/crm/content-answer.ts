import { BrokenAnswer } from './answer.ts';

/** What stands around the content of one document is short. */
const AROUND = 256 * 1024;
/** White space that a text may hold as a reference. */
const WHITE_REFERENCE = /&#(?:x0*(?:[9aAdD]|20)|0*(?:9|10|13|32));/g;
const CDATA = '<![CDATA[';

/**
 * An answer whose one large field (base64) is handed over while it comes, and never held as a whole. `check` gets the answer with that field empty when all
 * of it has come, before the content ends: whoever reads to the end has the content of an answer that is whole. Returns that answer.
 * @param field XML name; where the answer has none, or an empty one, `use` is not called
 * @param use gets, too, whether a failure is that of the stream
 */
export async function withoutContent(
  body: AsyncIterable<Uint8Array>,
  field: string,
  check: (answer: string) => void,
  use: (content: AsyncIterable<Uint8Array>, isBroken: (failure: unknown) => boolean) => Promise<void>,
): Promise<string> {
  const texts = decoded(body);
  const start = new RegExp(`<${field.replace(/[.]/g, '\\.')}\\s*>`);
  let head = '';
  for (;;) {
    const found = start.exec(head);
    if (found !== null) {
      const at = found.index + found[0].length;
      return stream(texts, head.slice(0, at), head.slice(at), check, use);
    }
    const { value, done } = await texts.next();
    if (done === true) return head;
    head += value;
    if (head.length > AROUND + value.length) throw new BrokenAnswer('it holds more than one document', false);
  }
}

async function stream(texts: AsyncGenerator<string>, head: string, first: string, check: (answer: string) => void, use: (content: AsyncIterable<Uint8Array>, isBroken: (failure: unknown) => boolean) => Promise<void>): Promise<string> {
  let broken: { readonly failure: unknown } | null = null;
  let answer: string | null = null;

  async function* content(): AsyncGenerator<Uint8Array> {
    try {
      const tail = yield* bytesUntilEnd(texts, first);
      check(`${head}${tail}`);
      answer = `${head}${tail}`;
    } catch (failure) {
      broken = { failure };
      throw failure;
    }
  }
  await use(content(), (failure) => broken !== null && (broken as { readonly failure: unknown }).failure === failure);
  if (answer === null) throw new BrokenAnswer('it was not read to its end', false);
  return answer;
}

/** The bytes of a base64 text, as it may stand in XML; returns what stands behind it. */
async function* bytesUntilEnd(texts: AsyncGenerator<string>, first: string): AsyncGenerator<Uint8Array, string> {
  const letters = new Base64();
  let rest = first;
  let inCdata = false;
  for (;;) {
    const stop = rest.indexOf(inCdata ? ']]>' : '<');
    if (stop >= 0) {
      yield* letters.take(plain(rest.slice(0, stop), inCdata));
      rest = rest.slice(stop);
      if (inCdata) {
        rest = rest.slice(3);
        inCdata = false;
        continue;
      }
      while (rest.length < CDATA.length) {
        const { value, done } = await texts.next();
        if (done === true) throw new BrokenAnswer('it is cut off', false);
        rest += value;
      }
      if (rest.startsWith(CDATA)) {
        rest = rest.slice(CDATA.length);
        inCdata = true;
        continue;
      }
      letters.end();
      return remaining(texts, rest);
    }
    // Half of a reference, or of the end of a CDATA section, waits for the next part.
    const held = inCdata ? Math.max(rest.length - 2, 0) : heldFrom(rest);
    yield* letters.take(plain(rest.slice(0, held), inCdata));
    const { value, done } = await texts.next();
    if (done === true) throw new BrokenAnswer('it is cut off', false);
    rest = rest.slice(held) + value;
  }
}

function heldFrom(text: string): number {
  const at = text.lastIndexOf('&');
  return at >= 0 && text.length - at < 12 && !text.includes(';', at) ? at : text.length;
}

function plain(text: string, inCdata: boolean): string {
  const letters = inCdata || !text.includes('&') ? text : text.replace(WHITE_REFERENCE, '');
  return letters.replace(/\s+/g, '');
}

async function remaining(texts: AsyncGenerator<string>, first: string): Promise<string> {
  let tail = first;
  for await (const text of texts) {
    tail += text;
    if (tail.length > AROUND + text.length) throw new BrokenAnswer('it holds more than one document', false);
  }
  return tail;
}

/** Four letters are three bytes: what is left over waits for the next part. */
class Base64 {
  private rest = '';
  private ended = false;

  *take(letters: string): Generator<Uint8Array> {
    if (letters === '') return;
    const text = this.rest + letters;
    const whole = text.length - (text.length % 4);
    const taken = text.slice(0, whole);
    this.rest = text.slice(whole);
    if (taken === '') return;
    if (this.ended || !/^[A-Za-z0-9+/]*={0,2}$/.test(taken)) throw new BrokenAnswer('the content of a document is not base64', false);
    this.ended = taken.endsWith('=');
    yield new Uint8Array(Buffer.from(taken, 'base64'));
  }

  end(): void {
    if (this.rest !== '') throw new BrokenAnswer('the content of a document is not base64', false);
  }
}

async function* decoded(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const text = (part?: Uint8Array): string => {
    try {
      return part === undefined ? decoder.decode() : decoder.decode(part, { stream: true });
    } catch {
      throw new BrokenAnswer('it is not UTF-8', false);
    }
  };
  for await (const part of body) {
    const piece = text(part);
    if (piece !== '') yield piece;
  }
  const last = text();
  if (last !== '') yield last;
}
