import { BlobServiceClient } from '@azure/storage-blob';

/** When a timer last ran and is to run next; milliseconds since 1970. */
export interface ScheduleStatus {
  last: number | undefined;
  next: number | undefined;
  lastUpdated: number | undefined;
}

/** Keeps the status of timers across restarts, so that a missed run is made up for. */
export interface ScheduleMonitor {
  read(timer: string): Promise<ScheduleStatus | undefined>;
  write(timer: string, status: ScheduleStatus): Promise<void>;
}

/** The container and path that Azure's host uses (azure.md 3.3); the host id stands for the app. */
const CONTAINER = 'azure-webjobs-hosts';

export function blobScheduleMonitor(connection: string, hostId: string): ScheduleMonitor {
  const container = BlobServiceClient.fromConnectionString(connection, { retryOptions: { maxTries: 2 } }).getContainerClient(CONTAINER);
  const blob = (timer: string) => container.getBlockBlobClient(`timers/${hostId}/Host.Functions.${timer}/status`);
  return {
    read: async (timer) => {
      try {
        return parse((await blob(timer).downloadToBuffer()).toString('utf8'));
      } catch (error) {
        if ((error as { statusCode?: unknown }).statusCode === 404) return undefined;
        throw error;
      }
    },
    write: async (timer, status) => {
      const moment = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
      const body = JSON.stringify({ Last: moment(status.last), Next: moment(status.next), LastUpdated: moment(status.lastUpdated) });
      await container.createIfNotExists();
      await blob(timer).upload(body, Buffer.byteLength(body));
    },
  };
}

function parse(body: string): ScheduleStatus | undefined {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof document !== 'object' || document === null) return undefined;
  const moment = (value: unknown): number | undefined => {
    const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    return Number.isNaN(at) ? undefined : at;
  };
  const { Last, Next, LastUpdated } = document as { Last?: unknown; Next?: unknown; LastUpdated?: unknown };
  return { last: moment(Last), next: moment(Next), lastUpdated: moment(LastUpdated) };
}
