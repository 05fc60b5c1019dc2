/** Whether a content type is that of JSON, with or without parameters. */
export function isJson(contentType: string): boolean {
  return /^application\/json\s*(;|$)/i.test(contentType);
}
