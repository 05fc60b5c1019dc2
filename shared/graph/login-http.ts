import { AsyncLocalStorage } from 'node:async_hooks';
import type { HttpClient } from '@azure/core-rest-pipeline';
import type { Fetch } from './middleware/terminal.ts';

/** How the last request of one question for a token ended: OAuth's word, Entra's number and the status, never a text. */
export interface LoginAnswer {
  /** The login service, or the endpoint of the managed identity. */
  readonly from: 'login' | 'identity';
  /** null = no answer came. */
  readonly status: number | null;
  readonly error: string | null;
  /** Of `AADSTS<number>`. */
  readonly number: number | null;
  readonly retryAfter: string | null;
}

interface Witness {
  answer: LoginAnswer | null;
}

/**
 * `@azure/identity` throws everything that went wrong as one sort of error that has nothing but a text, an outage like a refusal; and all managed
 * identities of a process send through the client of the first. So what was answered is noted beside it, for the question that is being asked.
 */
const witnesses = new AsyncLocalStorage<Witness>();

export async function witnessed<T>(ask: () => Promise<T>): Promise<{ readonly value: T } | { readonly failure: unknown; readonly answer: LoginAnswer | null }> {
  const witness: Witness = { answer: null };
  try {
    return { value: await witnesses.run(witness, ask) };
  } catch (failure) {
    return { failure, answer: witness.answer };
  }
}

/** The way of `@azure/identity` to the network that is passed in. Redirects are not followed: secrets go with the request. */
export async function loginHttp(fetch: Fetch): Promise<HttpClient> {
  const { createHttpHeaders } = await import('@azure/core-rest-pipeline');
  return {
    async sendRequest(request) {
      // The endpoint of the managed identity, on the machine itself, is the only one that may be asked without TLS.
      const from = request.allowInsecureConnection === true ? 'identity' : 'login';
      if (from === 'login' && !request.url.startsWith('https:')) throw new Error('A login service is asked by https only.');
      const note = (answer: Omit<LoginAnswer, 'from'>): void => {
        const witness = witnesses.getStore();
        if (witness !== undefined) witness.answer = { from, ...answer };
      };
      note({ status: null, error: null, number: null, retryAfter: null });
      const response = await fetch(request.url, { method: request.method, headers: request.headers.toJSON(), redirect: 'manual', ...(typeof request.body === 'string' ? { body: request.body } : {}) });
      const bodyAsText = await response.text();
      note({ status: response.status, ...words(bodyAsText), retryAfter: response.headers.get('retry-after') });
      return { request, status: response.status, headers: createHttpHeaders(Object.fromEntries(response.headers)), bodyAsText };
    },
  };
}

function words(body: string): Pick<LoginAnswer, 'error' | 'number'> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { error: null, number: null };
  }
  const error = member(parsed, 'error');
  const numbers = member(parsed, 'error_codes');
  const number: unknown = Array.isArray(numbers) ? numbers[0] : null;
  return { error: typeof error === 'string' && /^[a-z_]{1,64}$/.test(error) ? error : null, number: typeof number === 'number' && Number.isInteger(number) ? number : null };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
