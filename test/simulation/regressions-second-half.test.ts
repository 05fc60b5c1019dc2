import { liveRegressions } from './live-regressions.ts';
import { SEEDS } from './regressions.ts';

await liveRegressions(SEEDS.filter((_, index) => index % 2 === 1));
