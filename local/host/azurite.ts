import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A storage emulator inside this process. */
export interface Azurite {
  connectionString: string;
  /** Ends the three servers and their timers; nothing of them keeps the process alive. */
  stop(): Promise<void>;
}

interface AzuriteServer {
  readonly httpServer: Server;
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
}

type New<T> = new (...args: unknown[]) => T;
type Service = 'blob' | 'queue' | 'table';

/** Where a server of the emulator still holds a request open, its socket is cut after this time. */
const GRACE = 2_000;

/**
 * Starts Azurite's blob, queue and table servers on free ports of the loopback, in memory, or in `folder` where one is given. They are its own classes
 * (azure.md 8): its command line would send telemetry and leave a process behind. API versions are not checked, because the SDKs are newer.
 */
export async function startAzurite(options: { folder?: string } = {}): Promise<Azurite> {
  const load = createRequire(import.meta.url) as (path: string) => unknown;
  const { EMULATOR_ACCOUNT_NAME, EMULATOR_ACCOUNT_KEY } = load('azurite/dist/src/common/utils/constants') as {
    EMULATOR_ACCOUNT_NAME: string;
    EMULATOR_ACCOUNT_KEY: Buffer;
  };
  if (options.folder !== undefined) await mkdir(options.folder, { recursive: true });
  const servers: Record<Service, AzuriteServer> = {
    blob: createServer('blob', options.folder, load),
    queue: createServer('queue', options.folder, load),
    table: createServer('table', options.folder, load),
  };
  const started: AzuriteServer[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= Promise.all(started.map(stopServer)).then(() => undefined));
  try {
    for (const server of Object.values(servers)) {
      await server.start();
      started.push(server);
    }
  } catch (error) {
    await stop();
    throw new Error('Azurite could not start; look whether its folder can be written and is used by no other process.', { cause: error });
  }
  const endpoint = (service: Service): string => `${servers[service].getHttpServerAddress()}/${EMULATOR_ACCOUNT_NAME}`;
  return {
    connectionString: [
      'DefaultEndpointsProtocol=http',
      `AccountName=${EMULATOR_ACCOUNT_NAME}`,
      `AccountKey=${EMULATOR_ACCOUNT_KEY.toString('base64')}`,
      `BlobEndpoint=${endpoint('blob')}`,
      `QueueEndpoint=${endpoint('queue')}`,
      `TableEndpoint=${endpoint('table')}`,
      '',
    ].join(';'),
    stop,
  };
}

function createServer(service: Service, folder: string | undefined, load: (path: string) => unknown): AzuriteServer {
  const title = service[0]?.toUpperCase() + service.slice(1);
  const Configuration = (load(`azurite/dist/src/${service}/${title}Configuration`) as { default: New<unknown> }).default;
  const ServerClass = (load(`azurite/dist/src/${service}/${title}Server`) as { default: New<AzuriteServer> }).default;
  const { MemoryExtentChunkStore } = load('azurite/dist/src/common/persistence/MemoryExtentStore') as { MemoryExtentChunkStore: New<unknown> };
  const inFolder = (name: string): string => join(folder ?? '.', name);
  const inMemory = folder === undefined;
  const network = ['127.0.0.1', 0, 5];
  const database = inFolder(`__azurite_db_${service}__.json`);
  const noAccessLog = [false, undefined];
  const noDebugLog = [false, undefined];
  // loose, skipApiVersionCheck, certificate, key, password, OAuth level, disableProductStyleUrl, in memory
  const rest = [false, true, '', '', '', undefined, false, inMemory];
  if (service === 'table') return new ServerClass(new Configuration(...network, database, false, ...noAccessLog, undefined, ...rest));
  const extents = inFolder(`__azurite_db_${service}_extent__.json`);
  const places = [{ locationId: 'Default', locationPath: inFolder(`__${service}storage__`), maxConcurrency: 10 }];
  const memory = inMemory ? new MemoryExtentChunkStore(undefined) : undefined;
  return new ServerClass(new Configuration(...network, database, extents, places, ...noAccessLog, ...noDebugLog, ...rest, memory));
}

async function stopServer(server: AzuriteServer): Promise<void> {
  const closed = new Promise<void>((resolve) => server.httpServer.once('close', resolve));
  const cut = setTimeout(() => server.httpServer.closeAllConnections(), GRACE);
  try {
    await server.close();
    server.httpServer.closeIdleConnections();
    await closed;
  } finally {
    clearTimeout(cut);
  }
}
