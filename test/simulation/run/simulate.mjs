import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { bundle } from '../../run/bundle.mjs';
import { optionsOf, wholeNumber } from '../../run/options.mjs';
import { live } from './crew.mjs';
import { bundleNext } from './next.mjs';

const USAGE = `npm run simulate -- [--histories N] [--seed S] [--jobs J] [--edits E]     many histories, from seed S on
npm run simulate -- --seed S [--trace]                                    one history, told in full
npm run simulate -- --seed S --only 3,17,22                               the same with these steps alone
npm run simulate -- --seed S --shrink                                     finds the fewest steps that still fail
npm run simulate -- --histories N --seed S --verify                       each history twice: both must be the same, byte for byte
npm run simulate -- … --meetings                                          every history has meetings, not only every fourth (--no-meetings: none)
npm run simulate -- … --with listLag,readLag,storesNothing                behaviour of Graph, or other answers of either system (other-answers.ts), that every such history has
npm run simulate -- … --sorts upgrade,tenants,recurring                   every history has these (none: nothing besides); else the seed says`;

const options = { histories: { type: 'string' }, seed: { type: 'string' }, jobs: { type: 'string' }, edits: { type: 'string' }, only: { type: 'string' }, shrink: { type: 'boolean' }, verify: { type: 'boolean' }, trace: { type: 'boolean' }, meetings: { type: 'boolean' }, with: { type: 'string' }, sorts: { type: 'string' }, help: { type: 'boolean' } };
const values = optionsOf({ allowNegative: true, options }, USAGE);
const seed = number('seed', 1);
const edits = number('edits', 50);
const besides = { ...(values.meetings === undefined ? {} : { meetings: values.meetings }), ...(values.with === undefined ? {} : { with: values.with.split(',') }), ...(values.sorts === undefined ? {} : { sorts: values.sorts.split(',').filter((sort) => sort !== 'none') }) };
const asSaid = `${values.meetings === undefined ? '' : values.meetings ? ' --meetings' : ' --no-meetings'}${values.with === undefined ? '' : ` --with ${values.with}`}${values.sorts === undefined ? '' : ` --sorts ${values.sorts}`}`;
const single = values.histories === undefined && (values.seed !== undefined || values.only !== undefined);
const histories = number('histories', single ? 1 : 200);
const jobs = Math.max(1, Math.min(number('jobs', availableParallelism()), histories));
// A bundle of its own: another run may be of another state of the tree.
const script = `dist/simulation/worker-${process.pid}.mjs`;
process.on('exit', () => [script, `${script}.map`].forEach((file) => rmSync(file, { force: true })));
await mkdir('dist/simulation', { recursive: true });
await bundle(script);
await bundleNext('dist/simulation/next.mjs');
if (values.shrink === true) await shrink();
else if (single) await tell();
else await many();

function number(name, otherwise) {
  return wholeNumber(values[name], name, otherwise, { usage: USAGE, above: name === 'histories' ? 0 : -1 });
}

async function run(order) {
  let result;
  const orders = [order];
  await live(script, 1, () => orders.shift() ?? null, (each) => (result = each));
  return result;
}

async function tell() {
  const only = values.only === undefined ? {} : { only: values.only.split(',').map(Number) };
  const result = await run({ seed, edits, ...besides, ...only, keepTrace: values.trace === true });
  console.log([...result.log, ...result.trace].join('\n'));
  console.log(result.problems.length === 0 ? `\nseed ${seed}: nothing broke. ${result.digest}` : `\nseed ${seed} breaks:\n${result.problems.join('\n')}`);
  process.exitCode = result.problems.length === 0 ? 0 : 1;
}

async function many() {
  const started = Date.now();
  const total = { histories: 0, edits: 0, passes: 0, requests: 0, violations: 0 };
  const faults = {};
  const failed = [];
  const digests = new Map();
  const all = values.verify === true ? histories * 2 : histories;
  let given = 0;
  const next = () => {
    if (given === all) return null;
    given += 1;
    return { seed: seed + (values.verify === true ? Math.floor((given - 1) / 2) : given - 1), edits, ...besides };
  };
  const took = (result) => {
    total.histories += 1;
    total.edits += result.edits;
    total.passes += result.passes;
    total.requests += result.requests;
    for (const [kind, count] of Object.entries(result.faults)) faults[kind] = (faults[kind] ?? 0) + count;
    const before = digests.get(result.seed);
    digests.set(result.seed, result.digest);
    if (before !== undefined && before !== result.digest) result.problems.push('lived through twice it was not the same: something in it does not come from the seed');
    if (result.problems.length > 0) {
      total.violations += 1;
      failed.push(result);
      console.log(`seed ${result.seed} breaks: ${String(result.problems[0]).slice(0, 400)}`);
    }
    if (total.histories % 100 === 0) console.log(`${total.histories} of ${all} histories, ${failed.length} broken, ${Math.round((Date.now() - started) / 1000)} s`);
  };
  await live(script, jobs, next, took);
  const row = (name, value) => console.log(`${name.padEnd(34)}${String(value).padStart(12)}`);
  console.log('');
  row('histories', total.histories);
  row('edits', total.edits);
  row('passes', total.passes);
  row('requests', total.requests);
  for (const [kind, count] of Object.entries(faults).sort()) row(`fault: ${kind}`, count);
  row('violations', total.violations);
  row('seconds', Math.round((Date.now() - started) / 1000));
  for (const { seed: broken } of failed.slice(0, 10)) console.log(`npm run simulate -- --seed ${broken} --edits ${edits}${asSaid} --shrink`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

/** Leaves steps out, half of them first, then single ones, as long as the history still breaks. */
async function shrink() {
  let last = await run({ seed, edits, ...besides });
  if (last.problems.length === 0) {
    console.log(`seed ${seed}: nothing broke.`);
    return;
  }
  let { steps } = last;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < steps.length; ) {
      const fewer = [...steps.slice(0, from), ...steps.slice(from + size)];
      const result = await run({ seed, edits, ...besides, only: fewer });
      if (result.problems.length > 0) {
        steps = fewer;
        last = result;
      } else from += size;
    }
    console.log(`${steps.length} steps left`);
  }
  console.log(`${last.log.join('\n')}\n\n${last.problems.join('\n')}\n\nnpm run simulate -- --seed ${seed} --edits ${edits}${asSaid} --only ${steps.join(',')}`);
  process.exitCode = 1;
}
