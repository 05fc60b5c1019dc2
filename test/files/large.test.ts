import { describe, expect, it } from 'vitest';
import { crmMailbox } from '../../shared/crm/open.ts';
import { graphMailbox } from '../../shared/graph/open.ts';
import { OneLargeFile } from '../../shared/graph/one-large-file.ts';
import { VirtualClock } from '../graph/virtual-clock.ts';
import { mailbox, openGate, tenantRules } from '../graph/scripted-graph.ts';

const MB = 1024 * 1024;
const PART = 64 * 1024;

interface Flow {
  produced: number;
  consumed: number;
  peak: number;
}

/** A Graph whose attachment is made while it is read. */
function graphOf(size: number, flow: Flow): (url: string) => Promise<Response> {
  return async () => {
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const part = new Uint8Array(Math.min(PART, size - flow.produced)).fill(flow.produced % 251);
          if (part.length > 0) controller.enqueue(part);
          flow.produced += part.length;
          flow.peak = Math.max(flow.peak, flow.produced - flow.consumed);
          if (flow.produced >= size) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { status: 200, headers: { 'content-type': 'video/mp4' } });
  };
}

/** A CRM that reads its request part by part, and remembers how long it was. */
function crmOf(flow: Flow, seen: { letters: number; head: string; tail: string }): (request: Request) => Promise<Response> {
  return async (request) => {
    for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
      const text = new TextDecoder().decode(part);
      if (seen.letters === 0) seen.head = text;
      seen.letters += text.length;
      seen.tail = `${seen.tail}${text}`.slice(-1_000);
      // Base64: four letters for three bytes.
      flow.consumed = Math.min(flow.produced, Math.floor(((seen.letters - seen.head.length) * 3) / 4));
      await Promise.resolve();
    }
    const answer = `<root><response><import corr="i"><return type="insert"><Document tableshort="D1" id="4294967297"/></return><return type="insert"><DocumentLink tableshort="D3" id="4294967298"/></return></import><query corr="r"><return type="ok" count="1"><Document tableshort="D1" id="4294967297"><DocumentLink tableshort="D3" id="4294967298"><ParentInfoArea>MA</ParentInfoArea><ParentId>429496731000</ParentId></DocumentLink></Document></return></query></response></root>`;
    return new Response(answer, { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' } });
  };
}

describe('design 7: large attachments', () => {
  it('of 150 MB go from one side to the other in parts: of them never more than 2 MB stand between', async () => {
    const flow: Flow = { produced: 0, consumed: 0, peak: 0 };
    const seen = { letters: 0, head: '', tail: '' };
    const rules = tenantRules();
    const clock = new VirtualClock();
    const graph = graphMailbox({ baseUrl: 'http://127.0.0.1:8910', fetch: graphOf(150 * MB, flow), token: async () => 'token', clock, mailbox, gate: openGate, rules }).files;
    const crm = crmMailbox({ rules, secrets: { password: 'x' }, fetch: crmOf(flow, seen), clock, gate: openGate, mailbox }).documents;
    const attachment = { id: 'a', kind: 'file', name: 'film.mp4', type: 'video/mp4', size: 150 * MB, modified: null, inline: false } as const;
    const written = await graph.open('event', attachment, (content) => crm.write({ kind: 'create', key: 'k', parent: '429496731000', file: { name: 'film.mp4', type: 'video/mp4', isPrivate: false, content }, repeated: false }));
    expect(written).toEqual({ used: { outcome: 'written', document: '4294967297', link: '4294967298' } });
    expect(flow.produced).toBe(150 * MB);
    expect(seen.letters).toBeGreaterThan(200 * MB);
    expect(seen.tail).toMatch(/<\/Content><\/Document><DocumentLink>.*<\/request>$/);
    expect(flow.peak).toBeLessThan(2 * MB);
  });

  it('are taken one at a time: whoever does not get the turn comes again', async () => {
    const turn = new OneLargeFile();
    let finish: () => void = () => undefined;
    const first = turn.alone(() => new Promise<void>((resolve) => (finish = resolve)));
    await expect(turn.alone(async () => undefined)).rejects.toMatchObject({ reason: 'transient', details: { code: 'largeFile', retryAfterMs: 15_000 } });
    finish();
    await first;
    await expect(turn.alone(async () => 'done')).resolves.toBe('done');
  });
});
