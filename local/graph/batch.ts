import { bodyOf } from './call.ts';
import type { Call } from './call.ts';
import { badRequest } from './failure.ts';
import type { Answer } from './failure.ts';
import { isRecord, readText } from './request-json.ts';

export type SendPart = (request: Request) => Promise<Response>;

const MOST_PARTS = 20;
/** Graph itself sends at most so many unordered parts at a time (json-batching). */
const AT_ONCE = 4;

interface Part {
  id: string;
  request: Request;
  dependsOn: readonly string[];
}

interface PartAnswer {
  id: string;
  status: number;
  headers: Record<string, string>;
  body?: unknown;
}

export async function answerBatch(call: Call, send: SendPart): Promise<Answer> {
  const parts = readParts(call);
  const answers = new Map<string, PartAnswer>();
  const ordered = parts.some((part) => part.dependsOn.length > 0);
  const queue = [...parts];
  const worker = async (): Promise<void> => {
    for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
      const failed = part.dependsOn.some((id) => (answers.get(id)?.status ?? 424) >= 400);
      answers.set(part.id, failed ? failedDependency(part.id) : await sendPart(part, send));
    }
  };
  await Promise.all(Array.from({ length: ordered ? 1 : AT_ONCE }, worker));
  return { status: 200, body: { responses: [...answers.values()] } };
}

function readParts(call: Call): Part[] {
  const input = bodyOf(call);
  const list = isRecord(input) ? input['requests'] : undefined;
  if (!Array.isArray(list) || list.length === 0) throw badRequest('A batch needs requests.', 'BadRequest');
  if (list.length > MOST_PARTS) throw badRequest(`The number of requests in a batch is limited to ${MOST_PARTS}.`, 'MaximumValueExceeded');
  const parts = (list as unknown[]).map((one) => readPart(call, one));
  if (new Set(parts.map((part) => part.id)).size !== parts.length) throw badRequest('The ids of a batch must differ.', 'BadRequest');
  for (const [at, part] of parts.entries()) {
    if (part.dependsOn.some((id) => !parts.slice(0, at).some((other) => other.id === id))) throw badRequest('A part of a batch can only depend on earlier parts.', 'BadRequest');
  }
  return parts;
}

function readPart(call: Call, input: unknown): Part {
  if (!isRecord(input)) throw badRequest('A part of a batch must be an object.', 'BadRequest');
  const id = readText(input['id'], 'requests.id');
  const method = readText(input['method'], 'requests.method').toUpperCase();
  const url = readText(input['url'], 'requests.url');
  const headers = new Headers(isRecord(input['headers']) ? Object.entries(input['headers']).map(([name, value]): [string, string] => [name, String(value)]) : []);
  const hasBody = input['body'] != null;
  if (hasBody && !headers.has('content-type')) throw badRequest('A part of a batch with a body needs a Content-Type header.', 'BadRequest');
  headers.set('authorization', call.headers.get('authorization') ?? '');
  const request = new Request(`${call.baseUrl}/v1.0/${url.replace(/^\//, '')}`, {
    method,
    headers,
    signal: call.signal,
    ...(hasBody ? { body: typeof input['body'] === 'string' ? input['body'] : JSON.stringify(input['body']) } : {}),
  });
  const dependsOn = Array.isArray(input['dependsOn']) ? (input['dependsOn'] as unknown[]).map(String) : [];
  return { id, request, dependsOn };
}

async function sendPart(part: Part, send: SendPart): Promise<PartAnswer> {
  let response: Response;
  try {
    response = await send(part.request);
  } catch {
    return { id: part.id, status: 504, headers: {}, body: { error: { code: 'UnknownError', message: 'The part of the batch got no answer.' } } };
  }
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    id: part.id,
    status: response.status,
    headers: Object.fromEntries(response.headers),
    ...(text === '' ? {} : { body: isJson ? (JSON.parse(text) as unknown) : text }),
  };
}

const failedDependency = (id: string): PartAnswer => ({
  id,
  status: 424,
  headers: {},
  body: { error: { code: 'FailedDependency', message: 'A part that this one depends on failed.' } },
});
