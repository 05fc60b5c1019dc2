import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface GraphServer {
  url: string;
  close(): Promise<void>;
}

export interface ServeOptions {
  host: string;
  /** 0 takes a free port. */
  port: number;
}

/** What a socket needs of the simulator; it may be made after the port is known. */
export interface Served {
  fetch(request: Request): Promise<Response>;
}

/** Puts a simulator behind a socket. Requests reach it byte for byte as they came, under the origin they were sent to. */
export async function serveGraph(simulator: Served, options: ServeOptions): Promise<GraphServer> {
  const server = createServer((incoming, outgoing) => {
    void answer(simulator, incoming, outgoing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(simulator: Served, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const closed = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) closed.abort();
  });
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const method = incoming.method ?? 'GET';
    const headers = new Headers();
    for (const [name, value] of Object.entries(incoming.headers)) if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
    const request = new Request(`http://${incoming.headers.host ?? 'localhost'}${incoming.url ?? '/'}`, {
      method,
      headers,
      signal: closed.signal,
      ...(method === 'GET' || method === 'HEAD' || chunks.length === 0 ? {} : { body: new Uint8Array(Buffer.concat(chunks)) }),
    });
    const response = await simulator.fetch(request);
    const body = Buffer.from(await response.arrayBuffer());
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(body);
  } catch {
    // A lost answer, or a client that went away: the connection dies as it would.
    outgoing.destroy();
  }
}
