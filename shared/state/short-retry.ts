import type { PipelinePolicy, RetryStrategy } from '@azure/core-rest-pipeline';
import { retryPolicy } from '@azure/core-rest-pipeline';
import type { Patience } from './access.ts';

const PASSING_STATUS = new Set([408, 429, 500, 502, 503, 504]);
const PASSING_ERROR = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'REQUEST_SEND_ERROR']);

/** In place of the tables SDK's default, which sleeps as long as a Retry-After says: a pass has a lease of 120 s, and waiting is a due row. */
export function shortRetry({ retries, retryDelayMs }: Patience): PipelinePolicy {
  const strategy: RetryStrategy = {
    name: 'shortRetry',
    retry: ({ retryCount, response, responseError }) => {
      const passing = response ? PASSING_STATUS.has(response.status) : PASSING_ERROR.has(responseError?.code ?? '');
      return passing ? { retryAfterInMs: retryDelayMs * 3 ** retryCount } : { skipStrategy: true };
    },
  };
  return retryPolicy([strategy], { maxRetries: retries });
}
