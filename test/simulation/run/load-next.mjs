import { pathToFileURL } from 'node:url';

/** Under this name the next version finds the classes of the version beside which it lives. */
export const SHARED = 'failures of the product';

/**
 * Loads the bundle of the next version.
 *
 * @param {string} file
 * @param {object} failures the classes of the version beside which it lives
 */
export async function loadNext(file, failures) {
  globalThis[Symbol.for(SHARED)] = failures;
  return (await import(pathToFileURL(file).href)).PRODUCT;
}
