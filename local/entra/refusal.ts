/** A refusal in the form of the token endpoint: OAuth's word, and Entra's number with a text for people. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: 400 | 401;
  readonly error: string;
  readonly number: number;

  constructor(status: 400 | 401, error: string, number: number, text: string) {
    super(text);
    this.status = status;
    this.error = error;
    this.number = number;
  }

  toResponse(now: number, loginHost: string): Response {
    const id = '00000000-0000-4000-8000-000000000000';
    const at = new Date(now).toISOString().replace('T', ' ').replace(/\.\d+Z/, 'Z');
    return Response.json(
      {
        error: this.error,
        error_description: `AADSTS${this.number}: ${this.message} Trace ID: ${id} Correlation ID: ${id} Timestamp: ${at}`,
        error_codes: [this.number],
        timestamp: at,
        trace_id: id,
        correlation_id: id,
        error_uri: `${loginHost}/error?code=${this.number}`,
      },
      { status: this.status, headers: { 'cache-control': 'no-store, no-cache' } },
    );
  }
}
