import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectionLost } from './exchange.ts';
import type { CrmSimulator } from './simulator.ts';

export interface CrmServer {
  /** Without a slash at the end. */
  url: string;
  close(): Promise<void>;
}

/** Serves the simulator over HTTP. `port` 0 takes a free one. */
export async function serveCrm(simulator: CrmSimulator, { host, port }: { host: string; port: number }): Promise<CrmServer> {
  const server = createServer((incoming, outgoing) => {
    void answer(simulator, incoming, outgoing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${shown}:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve, reject) => server.close((cause) => (cause ? reject(cause) : resolve())));
    },
  };
}

async function answer(simulator: CrmSimulator, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.on('close', () => gone.abort());
  try {
    const response = await simulator.fetch(await toRequest(incoming, gone.signal));
    // The clock of the simulator dates the answer, not the machine's.
    outgoing.sendDate = false;
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(new Uint8Array(await response.arrayBuffer()));
  } catch (cause) {
    if (cause instanceof ConnectionLost || gone.signal.aborted) {
      incoming.socket.destroy();
      return;
    }
    outgoing.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
    outgoing.end('The simulator failed; this is a bug of the simulator.');
  }
}

async function toRequest(incoming: IncomingMessage, signal: AbortSignal): Promise<Request> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
  const headers = new Headers();
  for (let at = 0; at + 1 < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at] ?? '', incoming.rawHeaders[at + 1] ?? '');
  }
  const method = incoming.method ?? 'GET';
  const body = method === 'GET' || method === 'HEAD' ? undefined : Buffer.concat(chunks);
  return new Request(new URL(incoming.url ?? '/', 'http://crm.invalid'), { method, headers, signal, ...(body ? { body } : {}) });
}
