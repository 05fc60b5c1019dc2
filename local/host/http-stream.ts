import { request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { HttpAnswer } from './http-rpc.ts';
import type { HttpRegistration } from './registration.ts';
import type { Invocations } from './invocations.ts';
import type { RpcTypedData } from './rpc.ts';

/**
 * With `app.setup({ enableHttpStream: true })` the library opens an HTTP server of its own and the host passes requests through to it; the invocation
 * and the request find each other by the header `x-ms-invocation-id` (`@azure/functions`, src/http/httpProxy.ts).
 */
export async function forwardToWorker(
  parts: { streamUri: string; invocations: Invocations },
  match: { fn: HttpRegistration; params: Record<string, string> },
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  trace: { traceParent?: string; traceState?: string },
): Promise<HttpAnswer | undefined> {
  const upstream = new URL(parts.streamUri);
  let answered: Promise<void> = Promise.resolve();
  const abort = new AbortController();
  const headers: Record<string, RpcTypedData> = { Headers: { json: JSON.stringify(request.headers) } };
  for (const [name, value] of Object.entries(match.params)) headers[name] = { string: value };

  const outcome = await parts.invocations.run(match.fn, {
    data: { http: {} },
    metadata: headers,
    ...trace,
    onStart: (invocationId) => {
      answered = new Promise((resolve, reject) => {
        const forwarded = httpRequest({
          host: upstream.hostname,
          port: upstream.port,
          method: request.method,
          path: url.pathname + url.search,
          headers: {
            ...request.headers,
            'x-ms-invocation-id': invocationId,
            'x-forwarded-host': url.host,
            'x-forwarded-proto': 'http',
          },
          signal: abort.signal,
        });
        forwarded.on('response', (answer) => {
          const { 'x-ms-invocation-id': _, connection: __, 'keep-alive': ___, ...kept } = answer.headers;
          response.writeHead(answer.statusCode ?? 500, kept);
          pipeline(answer, response).then(resolve, reject);
        });
        forwarded.on('error', reject);
        pipeline(request, forwarded).catch(reject);
      });
      answered.catch(() => undefined);
    },
  });
  if (!outcome.succeeded) {
    abort.abort();
    if (response.headersSent) response.destroy();
    return { status: 500, headers: {}, body: new Uint8Array() };
  }
  await answered;
  return undefined;
}
