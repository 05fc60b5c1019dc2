import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { bundle } from '../../run/bundle.mjs';
import { optionsOf, wholeNumber } from '../../run/options.mjs';

const USAGE = `npm run fuzz -- [--runs N] [--seed S]                 so many spoilt inputs for every parser, from seed S on
npm run fuzz -- --target X [--runs N] [--seed S]      for one of them
npm run fuzz -- --target X --runs 1 --seed S          one input again`;

const options = { target: { type: 'string' }, runs: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } };
const values = optionsOf({ options }, USAGE);
const runs = number('runs', 1_000);
const firstSeed = number('seed', 1);

/** An input that takes so long never ends; of real time, of which a busy machine gives little. */
const ENDLESS_MS = 60_000;
/** What one input needs beyond this was not bounded. */
const MEMORY_MB = 1_024;
const MOST_SHOWN = 5;

// A bundle of its own: another run may be of another state of the tree.
const script = `dist/fuzz/worker-${process.pid}.mjs`;
process.on('exit', () => [script, `${script}.map`].forEach((file) => rmSync(file, { force: true })));
await mkdir('dist/fuzz', { recursive: true });
await bundle(script, { entry: 'test/fuzz/run/worker.ts' });

/** The thread that is not at work, and has loaded everything; null where the last one had to be ended. */
let idle = null;

const known = await targets();
const wanted = values.target === undefined ? known : known.filter((name) => name === values.target);
if (wanted.length === 0) {
  console.error(`There is no target ${values.target}; there are: ${known.join(', ')}.`);
  process.exit(2);
}
const rows = [];
for (const target of wanted) rows.push(await fuzz(target));
table(rows);
process.exitCode = rows.some(({ failures }) => failures > 0) ? 1 : 0;
await idle?.terminate();

function number(name, otherwise) {
  return wholeNumber(values[name], name, otherwise, { usage: USAGE, above: name === 'runs' ? 0 : -1 });
}

function open() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(`./${script}`, { execArgv: ['--enable-source-maps'], resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB } });
    worker.once('error', reject);
    worker.once('message', ({ ready }) => {
      worker.off('error', reject);
      resolve({ worker, ready });
    });
  });
}

async function targets() {
  const { worker, ready } = await open();
  idle = worker;
  return ready;
}

async function fuzz(target) {
  const row = { target, runs: 0, accepted: 0, refused: 0, failures: 0, slowest: 0, slowestSeed: firstSeed };
  const end = firstSeed + runs;
  for (let seed = firstSeed; seed < end; ) seed = await stretch(target, seed, end - seed, row);
  return row;
}

/** Tries seed after seed in one thread; gives the seed to go on with where the thread had to be ended. */
async function stretch(target, from, count, row) {
  const worker = idle ?? (await open()).worker;
  idle = null;
  return new Promise((resolve) => {
    let at = from;
    let over = false;
    let watch;
    const wait = () => {
      clearTimeout(watch);
      watch = setTimeout(() => end(`took longer than ${ENDLESS_MS / 1_000} s`), ENDLESS_MS);
    };
    const end = (why) => {
      if (over) return;
      over = true;
      clearTimeout(watch);
      if (why !== null) tell(row, { seed: at, why, input: '(not made smaller)' });
      worker.off('message', heard);
      worker.off('error', died);
      if (why === null) idle = worker;
      else void worker.terminate();
      resolve(why === null ? from + count : at + 1);
    };
    wait();
    const heard = (message) => {
      if (message.begins !== undefined) at = message.begins;
      else if (message.done !== undefined) return end(null);
      else if (message.lost !== undefined) return end(message.lost);
      else took(row, message);
      wait();
    };
    const died = (failure) => end(failure.code === 'ERR_WORKER_OUT_OF_MEMORY' ? `took more than ${MEMORY_MB} MB` : `ended the thread: ${failure.message}`);
    worker.on('message', heard);
    worker.on('error', died);
    worker.postMessage({ target, seed: from, runs: count });
  });
}

function took(row, { ended, ms, outcome, why, input }) {
  if (outcome === 'broken') tell(row, { seed: ended, why, input });
  else {
    row.runs += 1;
    row[outcome] += 1;
  }
  if (ms > row.slowest) Object.assign(row, { slowest: ms, slowestSeed: ended });
  if (row.runs % 5_000 === 0 && outcome !== 'broken') console.log(`${row.target}: ${row.runs} of ${runs}`);
}

function tell(row, { seed, why, input }) {
  row.runs += 1;
  row.failures += 1;
  if (row.failures > MOST_SHOWN) return;
  console.log(`${row.target} ${why}\n  input: ${input}\n  npm run fuzz -- --target ${row.target} --runs 1 --seed ${seed}`);
}

function table(all) {
  const line = (cells) => console.log(cells.map((cell, index) => (index === 0 ? String(cell).padEnd(20) : String(cell).padStart(10))).join(''));
  console.log('');
  line(['target', 'runs', 'accepted', 'refused', 'failures', 'slowest']);
  for (const { target, runs: tried, accepted, refused, failures, slowest } of all) line([target, tried, accepted, refused, failures, `${Math.round(slowest)} ms`]);
}
