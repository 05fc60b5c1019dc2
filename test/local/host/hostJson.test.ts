import { describe, expect, it } from 'vitest';
import { readHostJson } from '../../../local/host/host-json.ts';
import { parseTimeSpan } from '../../../local/host/timespan.ts';

const read = (rest: object): ReturnType<typeof readHostJson> => readHostJson({ version: '2.0', ...rest }, 2);
const queues = (options: object): ReturnType<typeof readHostJson>['queues'] => read({ extensions: { queues: options } }).queues;

describe('host.json', () => {
  it('has the defaults of the extension', () => {
    expect(read({})).toEqual({
      routePrefix: 'api',
      functionTimeout: 1_800_000,
      queues: { batchSize: 16, newBatchThreshold: 16, maxPollingInterval: 60_000, visibilityTimeout: 0, maxDequeueCount: 5, messageEncoding: 'base64' },
    });
    expect(queues({ batchSize: 5 }).newBatchThreshold).toBe(4);
  });

  it('is read as the design sets it', () => {
    const options = { batchSize: 8, newBatchThreshold: 4, maxPollingInterval: '00:00:02', visibilityTimeout: '00:00:30', maxDequeueCount: 5 };
    expect(read({ functionTimeout: '00:10:00', extensions: { queues: options, http: { routePrefix: '/v1/' } } })).toMatchObject({
      routePrefix: 'v1',
      functionTimeout: 600_000,
      queues: { batchSize: 8, newBatchThreshold: 4, maxPollingInterval: 2_000, visibilityTimeout: 30_000, maxDequeueCount: 5 },
    });
  });

  it('may have no timeout', () => {
    expect(read({ functionTimeout: '-1' }).functionTimeout).toBeUndefined();
  });

  it('is refused with a sentence that names the value', () => {
    expect(() => readHostJson({}, 1)).toThrow('"version": "2.0"');
    expect(() => readHostJson([], 1)).toThrow('host.json has to be a JSON object');
    expect(() => queues({ batchSize: 33 })).toThrow('extensions.queues.batchSize in host.json has to be a whole number from 1 to 32.');
    expect(() => queues({ maxDequeueCount: 0 })).toThrow('extensions.queues.maxDequeueCount');
    expect(() => queues({ newBatchThreshold: -1 })).toThrow('extensions.queues.newBatchThreshold');
    expect(() => queues({ maxPollingInterval: '00:00:00.05' })).toThrow('extensions.queues.maxPollingInterval');
    expect(() => queues({ visibilityTimeout: 'soon' })).toThrow('extensions.queues.visibilityTimeout');
    expect(() => queues({ messageEncoding: 'utf8' })).toThrow('messageEncoding');
    expect(() => read({ functionTimeout: 'long' })).toThrow('functionTimeout');
    expect(() => read({ extensions: { http: { routePrefix: 1 } } })).toThrow('routePrefix');
    expect(() => read({ concurrency: { dynamicConcurrencyEnabled: true } })).toThrow('dynamicConcurrencyEnabled');
  });
});

describe('a time span', () => {
  it.each([
    ['00:00:02', 2_000],
    ['1.02:03:04.5', 93_784_500],
    ['00:10', 600_000],
    ['-00:00:01', -1_000],
    [2, 2_000],
    ['24:00:00', undefined],
    ['00:60:00', undefined],
    ['2s', undefined],
    [null, undefined],
  ])('%s is %s ms', (text, ms) => {
    expect(parseTimeSpan(text)).toBe(ms);
  });
});
