import { classify, isMissing, missing, refusalOf } from './classify.ts';
import type { Target } from './classify.ts';

/**
 * Runs one operation; where its table, queue or container is missing, makes that and runs the operation once more. In Azure they exist (infra/
 * makes them, and the app's identity may not be allowed to), so that no operation pays a request to ask.
 */
export async function orCreate<T>(target: Target, operation: () => Promise<T>, create: () => Promise<unknown>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (!isMissing(refusalOf(error))) throw classify(error, target);
  }
  try {
    await create();
  } catch (error) {
    const { status, code } = refusalOf(error);
    if (status === 401 || status === 403) throw missing(target);
    // Somebody else made it in the same moment: that is what was wanted.
    if (!/AlreadyExists$/.test(code)) throw classify(error, target);
  }
  try {
    return await operation();
  } catch (error) {
    throw classify(error, target);
  }
}
