import { createDefaultHttpClient, createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import { TableClient } from '@azure/data-tables';
import type { ListTableEntitiesOptions, TableEntityResult } from '@azure/data-tables';
import type { Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Cell, RowChange, StoredRow, Tables } from '../sync/ports.ts';
import { connect, serviceUri, withoutSlash } from './access.ts';
import type { Patience, StorageAccess } from './access.ts';
import { quoted, readChangeset, writeChangeset } from './changeset.ts';
import { refusalOf } from './classify.ts';
import type { Target } from './classify.ts';
import { orCreate } from './creation.ts';
import { checkBody, checkChanges, checkKey } from './row-limits.ts';
import { shortRetry } from './short-retry.ts';

const PAGE = 1_000;
/** 15 comparisons are allowed in a filter; one names the partition. */
const KEYS_PER_FILTER = 14;
/** Emulator and service bound the length of a request's address. */
const MAX_FILTER_CHARS = 6_000;
const PICKS_AT_ONCE = 4;

const SYSTEM = new Set(['partitionKey', 'rowKey', 'timestamp', 'etag']);

interface Page {
  readonly entities: readonly TableEntityResult<Record<string, unknown>>[];
  readonly next: string | undefined;
  /** The service's clock (whole seconds). */
  readonly date: Instant;
}

function storedRow(table: string, entity: TableEntityResult<Record<string, unknown>>): StoredRow {
  const cells: Record<string, Cell> = {};
  for (const [name, value] of Object.entries(entity)) {
    if (SYSTEM.has(name) || name.startsWith('odata.')) continue;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') cells[name] = value;
    else throw new PortFailure('state', 'configuration', `Table ${table}: cell ${name} is of a type that this version does not write: look who else writes there.`, { code: 'CellType' });
  }
  const timestamp = Date.parse(entity.timestamp ?? '');
  if (entity.rowKey === undefined || Number.isNaN(timestamp)) throw new PortFailure('state', 'transient', `Table ${table}: the answer holds a row without key or time: try again later.`, { code: 'IncompleteAnswer' });
  return { rowKey: entity.rowKey, cells, etag: entity.etag, timestamp };
}

/** Keys in order, so that those of one filter lie close together in the partition. */
function filters(partition: string, rowKeys: readonly string[]): string[] {
  const scope = `PartitionKey eq ${quoted(partition)}`;
  const found: string[] = [];
  let parts: string[] = [];
  let length = 0;
  const flush = () => {
    if (parts.length > 0) found.push(`${scope} and (${parts.join(' or ')})`);
    parts = [];
    length = 0;
  };
  for (const key of [...new Set(rowKeys)].sort()) {
    const part = `RowKey eq ${quoted(key)}`;
    const cost = encodeURIComponent(part).length + 8;
    if (parts.length === KEYS_PER_FILTER || length + cost > MAX_FILTER_CHARS) flush();
    parts.push(part);
    length += cost;
  }
  flush();
  return found;
}

export function azureTables(access: StorageAccess, patience: Patience): Tables {
  const clients = new Map<string, TableClient>();
  const http = createDefaultHttpClient();

  function open(table: string): TableClient {
    const known = clients.get(table);
    if (known) return known;
    if (!/^[A-Za-z][A-Za-z0-9]{2,62}$/.test(table)) throw new PortFailure('state', 'configuration', `A table cannot have the name ${JSON.stringify(table)}: use 3 to 63 letters and digits.`, { code: 'InvalidResourceName' });
    const client = connect(() =>
      'connectionString' in access
        ? // Whether it is http says the connection string; bearer tokens never travel so.
          TableClient.fromConnectionString(access.connectionString, table, { allowInsecureConnection: true })
        : new TableClient(serviceUri(access.tableServiceUri), table, access.credential),
    );
    client.pipeline.removePolicy({ phase: 'Retry' });
    client.pipeline.addPolicy(shortRetry(patience), { phase: 'Retry' });
    clients.set(table, client);
    return client;
  }

  function run<T>(table: string, operation: (client: TableClient, abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const target: Target = { service: 'table', name: table };
    const signal = AbortSignal.timeout(patience.deadlineMs);
    return orCreate(
      target,
      () => operation(open(table), signal),
      () => open(table).createTable({ abortSignal: signal }),
    );
  }

  function page(table: string, filter: string, top: number, continuationToken: string | undefined): Promise<Page> {
    return run(table, async (client, abortSignal) => {
      let date = Number.NaN;
      const onResponse: ListTableEntitiesOptions['onResponse'] = (raw) => {
        date = Date.parse(raw.headers.get('date') ?? '');
      };
      const pages = client
        .listEntities<Record<string, unknown>>({ abortSignal, onResponse, ...(filter === '' ? {} : { queryOptions: { filter } }) })
        .byPage({ maxPageSize: top, ...(continuationToken === undefined ? {} : { continuationToken }) });
      const first = await pages.next();
      if (Number.isNaN(date)) throw new PortFailure('state', 'transient', `Table ${table}: the answer does not tell the storage's time: try again later.`, { code: 'NoDate' });
      return first.done === true ? { entities: [], next: undefined, date } : { entities: first.value, next: first.value.continuationToken, date };
    });
  }

  async function* pages(table: string, filter: string, top = PAGE): AsyncGenerator<Page> {
    let next: string | undefined;
    do {
      const one = await page(table, filter, top, next);
      yield one;
      next = one.next;
    } while (next !== undefined);
  }

  async function get(table: string, partition: string, rowKey: string): Promise<StoredRow | null> {
    checkKey(table, partition);
    checkKey(table, rowKey);
    return run(table, async (client, abortSignal) => {
      try {
        return storedRow(table, await client.getEntity<Record<string, unknown>>(partition, rowKey, { abortSignal }));
      } catch (error) {
        if (refusalOf(error).code === 'ResourceNotFound') return null;
        throw error;
      }
    });
  }

  async function range(table: string, partition: string, { from, to, limit }: { readonly from?: string; readonly to?: string; readonly limit?: number } = {}): ReturnType<Tables['range']> {
    const conditions = [`PartitionKey eq ${quoted(partition)}`];
    for (const key of [partition, from, to]) if (key !== undefined) checkKey(table, key);
    if (from !== undefined) conditions.push(`RowKey ge ${quoted(from)}`);
    if (to !== undefined) conditions.push(`RowKey lt ${quoted(to)}`);
    const wanted = limit ?? Number.POSITIVE_INFINITY;
    const rows: StoredRow[] = [];
    let date = Number.NaN;
    for await (const one of pages(table, conditions.join(' and '), Math.max(1, Math.min(PAGE, wanted)))) {
      // The first answer's time: no row is judged older than it was when it was read.
      if (Number.isNaN(date)) date = one.date;
      for (const entity of one.entities) if (rows.length < wanted) rows.push(storedRow(table, entity));
      if (rows.length >= wanted) break;
    }
    return { rows, date };
  }

  async function pick(table: string, partition: string, rowKeys: readonly string[]): Promise<ReadonlyMap<string, StoredRow>> {
    for (const key of [partition, ...rowKeys]) checkKey(table, key);
    const found = new Map<string, StoredRow>();
    const waiting = filters(partition, rowKeys);
    const work = async () => {
      for (let filter = waiting.shift(); filter !== undefined; filter = waiting.shift()) {
        for await (const one of pages(table, filter)) {
          for (const entity of one.entities) {
            const row = storedRow(table, entity);
            found.set(row.rowKey, row);
          }
        }
      }
    };
    await Promise.all(Array.from({ length: PICKS_AT_ONCE }, work));
    return found;
  }

  async function* scan(table: string, { partitionFrom, partitionTo }: { readonly partitionFrom?: string; readonly partitionTo?: string } = {}): ReturnType<Tables['scan']> & AsyncGenerator<{ readonly partition: string; readonly row: StoredRow }> {
    const conditions: string[] = [];
    for (const key of [partitionFrom, partitionTo]) if (key !== undefined) checkKey(table, key);
    if (partitionFrom !== undefined) conditions.push(`PartitionKey ge ${quoted(partitionFrom)}`);
    if (partitionTo !== undefined) conditions.push(`PartitionKey lt ${quoted(partitionTo)}`);
    for await (const one of pages(table, conditions.join(' and '))) {
      for (const entity of one.entities) yield { partition: entity.partitionKey ?? '', row: storedRow(table, entity) };
    }
  }

  async function transact(table: string, partition: string, changes: readonly RowChange[]): Promise<readonly (string | null)[]> {
    checkChanges(table, partition, changes);
    return run(table, async (client, abortSignal) => {
      const [account = '', sas] = client.url.split('?');
      const { body, contentType } = writeChangeset(withoutSlash(account), table, partition, changes);
      checkBody(table, Buffer.byteLength(body));
      const answer = await client.pipeline.sendRequest(
        http,
        createPipelineRequest({
          url: `${withoutSlash(account)}/$batch${sas === undefined ? '' : `?${sas}`}`,
          method: 'POST',
          body,
          headers: createHttpHeaders({ accept: 'application/json', 'x-ms-version': '2019-02-02', DataServiceVersion: '3.0;', MaxDataServiceVersion: '3.0;NetFx', 'content-type': contentType }),
          abortSignal,
          allowInsecureConnection: 'connectionString' in access,
        }),
      );
      return readChangeset({ status: answer.status, text: answer.bodyAsText ?? '', retryAfter: answer.headers.get('retry-after') }, changes.length);
    });
  }

  return { get, range, pick, scan, transact };
}
