import { createHash } from 'node:crypto';

/**
 * Fingerprint of what is seen of a file beside its content: name, type, size, stamps. Kept for as long as the file is followed, so it is none of the
 * normaliser's: with a new one every attachment would look like one that a person has changed.
 */
export function filePrint(seen: string | readonly (string | number | boolean | null)[]): string {
  return createHash('sha256').update(JSON.stringify(seen)).digest('base64url').slice(0, 22);
}
