/** Codes of the dialect's section 7. */
export type ErrorCode = 401 | 403 | 404 | 409 | 422 | 500 | 509 | 511;

/** What the CRM refuses, as `<return type="error">` shows it. Holds no value that a request sent. */
export class Refused extends Error {
  override name = 'Refused';
  readonly code: ErrorCode;
  readonly fieldname: string | undefined;

  constructor(code: ErrorCode, text: string, fieldname?: string) {
    super(text);
    this.code = code;
    this.fieldname = fieldname;
  }
}
