import { describe, expect, it } from 'vitest';
import { readChangeset, writeChangeset } from '../../../shared/state/changeset.ts';
import type { RowChange } from '../../../shared/sync/ports.ts';

const ACCOUNT = 'https://account.table.core.windows.net';
const body = (...changes: RowChange[]) => writeChangeset(ACCOUNT, 'pairs', 'p', changes).body;

/** What the emulator lets pass and Azure does not. */
describe('The body of a transaction', () => {
  it('types every number, so that whole numbers over 2^31 are taken', () => {
    expect(body({ op: 'put', row: { rowKey: 'r', cells: { at: 1_795_340_000_123 } } })).toContain('{"PartitionKey":"p","RowKey":"r","at":1795340000123,"at@odata.type":"Edm.Double"}');
  });

  it('is made of lines that end as HTTP wants them, and ends with its boundary', () => {
    const text = body({ op: 'insert', row: { rowKey: 'r', cells: { text: 'a\nb\r\nc' } } }, { op: 'delete', rowKey: 's' });
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(text.endsWith('--changeset_rows--\r\n--batch_rows--\r\n')).toBe(true);
    expect(text.split('--changeset_rows\r\n')).toHaveLength(3);
  });

  it('cannot be broken out of by a cell', () => {
    const text = body({ op: 'put', row: { rowKey: 'r', cells: { text: '\r\n--changeset_rows--\r\n--batch_rows--\r\n\u2028' } } });
    expect(text.split(/\r\n--changeset_rows--\r\n/)).toHaveLength(2);
    expect(text).not.toContain('\u2028');
  });

  it.each([
    ['insert', { op: 'insert', row: { rowKey: 'r', cells: {} } }, 'POST', null],
    ['put', { op: 'put', row: { rowKey: 'r', cells: {} } }, 'PUT', null],
    ['merge', { op: 'merge', row: { rowKey: 'r', cells: {} } }, 'PATCH', null],
    ['replace', { op: 'replace', row: { rowKey: 'r', cells: {} } }, 'PUT', '*'],
    ['replace with ETag', { op: 'replace', row: { rowKey: 'r', cells: {} }, etag: 'W/"1"' }, 'PUT', 'W/"1"'],
    ['delete', { op: 'delete', rowKey: 'r' }, 'DELETE', '*'],
    ['delete with ETag', { op: 'delete', rowKey: 'r', etag: 'W/"1"' }, 'DELETE', 'W/"1"'],
  ] as const)('asks for %s by method and condition', (_, change, method, condition) => {
    const text = body(change);
    expect(text).toContain(`\r\n${method} ${ACCOUNT}/pairs${method === 'POST' ? '' : "(PartitionKey='p',RowKey='r')"} HTTP/1.1\r\n`);
    expect(/If-Match: (.*)\r\n/.exec(text)?.[1] ?? null).toBe(condition);
  });
});

describe('The answer to a transaction', () => {
  const part = (lines: string[]) => `--changesetresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n${lines.join('\r\n')}\r\n\r\n`;
  const answer = (...parts: string[]) => ({ status: 202, text: `--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n${parts.join('')}--changesetresponse_1--\r\n--batchresponse_1--\r\n` });

  it('gives the ETags in order and null for a deletion', () => {
    const text = answer(part(['HTTP/1.1 204 No Content', 'DataServiceVersion: 1.0;', 'ETag: W/"datetime\'2026-11-22T09%3A00%3A00.1234567Z\'"']), part(['HTTP/1.1 204 No Content']));
    expect(readChangeset(text, 2)).toEqual(['W/"datetime\'2026-11-22T09%3A00%3A00.1234567Z\'"', null]);
  });

  it('with a failed change is that failure, whatever its number', () => {
    const text = answer(part(['HTTP/1.1 412 Precondition Failed', 'Content-Type: application/json', '', '{"odata.error":{"code":"UpdateConditionNotSatisfied","message":{"lang":"en-US","value":"17:secret"}}}']));
    expect(() => readChangeset(text, 20)).toThrow(expect.objectContaining({ statusCode: 412, code: 'UpdateConditionNotSatisfied' }));
    expect(() => readChangeset(text, 20)).not.toThrow(/secret/);
  });

  it('with fewer parts than changes is not believed', () => {
    expect(() => readChangeset(answer(part(['HTTP/1.1 204 No Content'])), 2)).toThrow(/incomplete/);
    expect(() => readChangeset({ status: 202, text: '' }, 1)).toThrow(/incomplete/);
  });

  it('reads the code of a refused whole from JSON and from XML', () => {
    expect(() => readChangeset({ status: 413, text: '{"odata.error":{"code":"RequestBodyTooLarge"}}' }, 1)).toThrow(expect.objectContaining({ statusCode: 413, code: 'RequestBodyTooLarge' }));
    expect(() => readChangeset({ status: 403, text: '<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code></Error>' }, 1)).toThrow(expect.objectContaining({ code: 'AuthenticationFailed' }));
  });
});
