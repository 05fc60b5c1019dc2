import type { HttpResponseInit } from '@azure/functions';

/** A sentence of ours: nothing of the request is in it. */
export function refusal(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}): HttpResponseInit {
  return { status, body: sentence, headers };
}
