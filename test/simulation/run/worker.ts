import { history, type HistoryOptions } from '../history.ts';
import { banThreadPool } from './ban.ts';

/** A process that lives through the histories that it is told, one after the other. */
banThreadPool();

process.on('message', (order: HistoryOptions) => {
  history(order).then(
    (result) => process.send?.({ result }),
    (failure: unknown) => process.send?.({ broken: { seed: order.seed, message: failure instanceof Error ? (failure.stack ?? failure.message) : String(failure) } }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
