import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one request on its way to the emulator. */
export type Fate =
  | 'pass'
  /** Never arrives. */
  | 'lost'
  /** Arrives and is carried out; the answer does not come back. */
  | 'answerLost'
  /** Arrives nowhere and is never answered. */
  | 'silence'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

export interface Proxy {
  readonly connectionString: string;
  /** Method and path of everything that was sent, in order. */
  readonly seen: string[];
  decide: (method: string, path: string) => Fate;
  stop(): Promise<void>;
}

const SERVICES = ['Blob', 'Queue', 'Table'] as const;

/** Stands in front of the three services of one account. */
export async function startProxy(connectionString: string): Promise<Proxy> {
  const seen: string[] = [];
  const proxy = { seen, decide: (): Fate => 'pass' } as { seen: string[]; decide: (method: string, path: string) => Fate };
  const servers = SERVICES.map((service) => {
    const target = new URL(new RegExp(`${service}Endpoint=([^;]+)`).exec(connectionString)![1]!);
    const server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const [method = '', path = ''] = [incoming.method, incoming.url];
        seen.push(`${method} ${path}`);
        const fate = proxy.decide(method, path);
        if (fate === 'silence') return;
        if (fate === 'lost') return void incoming.socket.destroy();
        if (typeof fate === 'object') return void outgoing.writeHead(fate.status, fate.headers).end(fate.body);
        const forward = send({ host: target.hostname, port: target.port, method, path, headers: incoming.headers }, (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part));
          answer.on('end', () => {
            if (fate === 'answerLost') return void incoming.socket.destroy();
            outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(Buffer.concat(parts));
          });
        });
        forward.end(Buffer.concat(chunks));
      });
    });
    return { service, server, path: target.pathname };
  });
  let text = connectionString;
  for (const { service, server, path } of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    text = text.replace(new RegExp(`${service}Endpoint=[^;]+`), `${service}Endpoint=http://127.0.0.1:${port}${path}`);
  }
  return Object.assign(proxy, {
    connectionString: text,
    stop: async () => {
      for (const { server } of servers) {
        server.closeAllConnections();
        await new Promise<void>((resolve) => server.close(() => resolve()));
      }
    },
  });
}
