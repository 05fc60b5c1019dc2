import { describe, expect, it } from 'vitest';
import { crmMailbox } from '../../shared/crm/open.ts';
import { graphMailbox } from '../../shared/graph/open.ts';
import { VirtualClock } from '../graph/virtual-clock.ts';
import { mailbox, openGate, tenantRules } from '../graph/scripted-graph.ts';

const MB = 1024 * 1024;
/** Not a multiple of anything that counts here. */
const PIECE = 50_001;
const HEAD = '<root><response><query corr="d"><return type="ok" count="1"><Document tableshort="D1" id="429496729665"><StatNo>100</StatNo><SeqNo>65</SeqNo><Content>';
const TAIL = '</Content></Document></return></query></response></root>';

interface Flow {
  /** Letters of base64 that the CRM has handed out; bytes that Graph has taken. */
  letters: number;
  taken: number;
  /** Most bytes that stood between. */
  peak: number;
}

/** A CRM whose answer is made while it is read. */
function crmOf(size: number, flow: Flow, tail = TAIL): () => Promise<Response> {
  return async () => {
    flow.letters = 0;
    const whole = (size / 3) * 4;
    const encoder = new TextEncoder();
    let ended = false;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => controller.enqueue(encoder.encode(HEAD)),
        pull(controller) {
          if (flow.letters < whole) {
            const letters = Math.min(PIECE, whole - flow.letters);
            controller.enqueue(encoder.encode('A'.repeat(letters)));
            flow.letters += letters;
            flow.peak = Math.max(flow.peak, (flow.letters / 4) * 3 - flow.taken);
            return;
          }
          if (!ended) controller.enqueue(encoder.encode(tail));
          else controller.close();
          ended = true;
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' } });
  };
}

/** A Graph that takes parts, and remembers what they were. */
function graphOf(flow: Flow, seen: string[]): (url: string, init: RequestInit) => Promise<Response> {
  return async (url, init) => {
    seen.push(`${String(init.method)} ${new URL(url).host}${new Headers(init.headers).has('authorization') ? ' with a token' : ''}`);
    if (url.endsWith('createUploadSession')) return Response.json({ uploadUrl: 'https://outlook.office.com/api/v2.0/upload?authtoken=x', expirationDateTime: '2026-11-23T10:00:00Z', nextExpectedRanges: ['0-'] }, { status: 201 });
    if (init.method === 'DELETE') return new Response(null, { status: 204 });
    const [, from, to, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(new Headers(init.headers).get('content-range') ?? '') ?? [];
    const part = init.body as Uint8Array;
    expect([Number(from), Number(to)]).toEqual([flow.taken, flow.taken + part.length - 1]);
    const isLast = flow.taken + part.length === Number(total);
    expect(isLast || (part.length % (320 * 1024) === 0 && part.length <= 4_000_000)).toBe(true);
    flow.taken += part.length;
    return isLast ? new Response(null, { status: 201 }) : Response.json({ nextExpectedRanges: [String(flow.taken)] });
  };
}

function sides(size: number, tail?: string) {
  const flow: Flow = { letters: 0, taken: 0, peak: 0 };
  const seen: string[] = [];
  const rules = tenantRules();
  const clock = new VirtualClock();
  const { files } = graphMailbox({ baseUrl: 'https://graph.microsoft.com', fetch: graphOf(flow, seen), token: async () => 'token', clock, mailbox, gate: openGate, rules });
  const { contents } = crmMailbox({ rules, secrets: { password: 'x' }, fetch: crmOf(size, flow, tail), clock, gate: openGate, mailbox });
  const send = () => files.attach('event', { name: 'film.mp4', type: 'video/mp4', size, content: { chunks: async (use) => void (await contents.open('429496729665', use)) } });
  return { flow, seen, send, contents };
}

describe('design 7: large documents', () => {
  it('of 150 MB go to Outlook in parts: of them never more than 6 MB stand between, and no token goes to the upload address', async () => {
    const { flow, seen, send } = sides(150 * MB);
    expect(await send()).toBeNull();
    expect(flow.taken).toBe(150 * MB);
    expect(flow.peak).toBeLessThan(6 * MB);
    expect(seen[0]).toBe('POST graph.microsoft.com with a token');
    expect(new Set(seen.slice(1))).toEqual(new Set(['PUT outlook.office.com']));
  });

  it('are held nowhere while they are only measured', async () => {
    const { contents, flow } = sides(150 * MB);
    let [size, largest] = [0, 0];
    await contents.open('429496729665', async (chunks) => {
      for await (const chunk of chunks) {
        size += chunk.length;
        flow.taken = size;
        largest = Math.max(largest, chunk.length);
      }
    });
    expect(size).toBe(150 * MB);
    expect(flow.peak).toBeLessThan(MB);
    expect(largest).toBeLessThan(MB);
  });

  it.each([
    ['is cut off', '</Content></Document>'],
    ['is of another document', TAIL.replace('</Document>', '<Other>1</Other></Document>').replace('</query>', '</import>')],
  ])('attach nothing where the answer %s: the last part is never sent, and the session is given up', async (_what, tail) => {
    const { seen, send, flow } = sides(6 * MB, tail);
    await expect(send()).rejects.toMatchObject({ port: 'crm', reason: 'transient' });
    expect(flow.taken).toBeLessThan(6 * MB);
    expect(seen.at(-1)).toBe('DELETE outlook.office.com');
  });
});
