import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as failures from '../../../shared/sync/failures.ts';
import type { Product } from '../../world/product.ts';
import { history, type HistoryOptions } from '../history.ts';
import { banThreadPool } from './ban.ts';
import { loadNext } from './load-next.mjs';

/** A process that lives through the histories that it is told, one after the other. */
const file = fileURLToPath(new URL('next.mjs', import.meta.url));
const next = existsSync(file) ? ((await loadNext(file, failures)) as Product) : null;
banThreadPool();

process.on('message', (order: HistoryOptions) => {
  history({ ...order, next }).then(
    (result) => process.send?.({ result }),
    (failure: unknown) => process.send?.({ broken: { seed: order.seed, message: failure instanceof Error ? (failure.stack ?? failure.message) : String(failure) } }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
