import { mkdir, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundle } from '../../run/bundle.mjs';
import { optionsOf, wholeNumber } from '../../run/options.mjs';
import { live } from './crew.mjs';

const USAGE = `npm run mutants -- [--histories N] [--seed S] [--jobs J]     breaks the product in every known way; each must be found within N histories (300)
npm run mutants -- --only name,name                      these alone; 'none', 'none-crowd' … stand for the product as it is
npm run mutants -- … --sorts crowd,recurring             in histories of these sorts, whatever the list names for a mutant
The table goes to dist/simulation/mutants.md, too.`;

const FOLDER = 'dist/simulation';
const EDITS = 50;
const TABLE_HEAD = '| mutant | what it breaks | hunted in | histories until found | first problem |\n| --- | --- | --- | --- | --- |';
/** Every history of the unpatched product must hold, or nothing that is found proves anything. */
const CONTROL = 'none';

const { histories, seed, jobs, only, sorts } = read();
await mkdir(FOLDER, { recursive: true });
const { MUTANTS } = await load('list');
const { patched } = await load('mutant');
const chosen = choose();
const rows = [];
for (const mutant of chosen) {
  const row = await hunt(mutant);
  rows.push(row);
  console.log(`${row.name.padEnd(30)}${row.found === null ? `not found in ${row.lived}` : `found in history ${row.found}`} (${row.seconds} s)${row.problem === '' ? '' : `: ${row.problem}`}`);
  await writeFile(`${FOLDER}/mutants.md`, table());
}
console.log(`\n${table()}`);
const isControl = ({ name }) => name.split('-')[0] === CONTROL;
const weak = rows.some((row) => isControl(row) && row.found !== null);
const missed = rows.filter((row) => !isControl(row) && row.found === null);
if (weak) console.error('The product as it is did not hold: see to that first.');
if (missed.length > 0) console.error(`Not found, so the net has a hole: ${missed.map(({ name }) => name).join(', ')}.`);
process.exitCode = missed.length > 0 || weak ? 1 : 0;

function read() {
  const text = { type: 'string' };
  const values = optionsOf({ options: { histories: text, seed: text, jobs: text, only: text, sorts: text, help: { type: 'boolean' } } }, USAGE);
  const number = (name, otherwise) => wholeNumber(values[name], name, otherwise, { usage: USAGE, above: 0 });
  return { histories: number('histories', 300), seed: number('seed', 1), jobs: number('jobs', 1), only: values.only?.split(','), sorts: values.sorts?.split(',').filter((sort) => sort !== 'none') };
}

/** The list is TypeScript, which Node 20 does not read by itself. */
async function load(name) {
  const outfile = `${FOLDER}/mutants-${name}.mjs`;
  await build({ entryPoints: [`test/simulation/run/mutants/${name}.ts`], outfile, bundle: true, platform: 'node', target: 'node20', format: 'esm', logLevel: 'warning' });
  return import(pathToFileURL(outfile).href);
}

function choose() {
  // In every kind of history in which one of them is hunted.
  const met = new Map(MUTANTS.map((mutant) => sortsOf(mutant)).map((asked) => [asked.join('-'), asked]));
  const controls = [...met].map(([key, asked]) => ({ name: key === '' ? CONTROL : `${CONTROL}-${key}`, breaks: 'nothing: the product as it is', sorts: asked, edits: [] }));
  const all = [...controls, ...MUTANTS];
  if (only === undefined) return all;
  const unknown = only.filter((name) => !all.some((mutant) => mutant.name === name));
  if (unknown.length === 0) return all.filter((mutant) => only.includes(mutant.name));
  console.error(`There is no mutant ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

/** Histories, one seed after the other, until one breaks. */
async function hunt(mutant) {
  const started = Date.now();
  const script = `${FOLDER}/mutant-${mutant.name}.mjs`;
  const fitting = new Set();
  const patch = (path, source) => {
    const file = relative(process.cwd(), path).replaceAll('\\', '/');
    fitting.add(file);
    return patched(mutant, file, source);
  };
  await bundle(script, { patch });
  for (const { file } of mutant.edits) if (!fitting.has(file)) throw new Error(`The mutant '${mutant.name}' changes ${file}, which is no part of what runs here.`);
  let given = 0;
  let lived = 0;
  let first = null;
  const next = () => {
    if (first !== null || given === histories) return null;
    given += 1;
    return { seed: seed + given - 1, edits: EDITS, sorts: sortsOf(mutant) };
  };
  await live(script, Math.min(jobs, histories), next, (result) => {
    lived += 1;
    if (result.problems.length > 0 && (first === null || result.seed < first.seed)) first = { seed: result.seed, problem: String(result.problems[0]) };
  });
  return { ...mutant, sorts: sortsOf(mutant), lived, found: first === null ? null : first.seed - seed + 1, problem: first === null ? '' : inShort(first.problem), seconds: Math.round((Date.now() - started) / 1_000) };
}

/** One version and one tenant, and what it is to be met in. */
function sortsOf(mutant) {
  return sorts ?? mutant.sorts ?? [];
}

/** The first line; the items that were shown are left out. */
function inShort(problem) {
  return problem.split('\n')[0].replace(/\{"subject".*$/, '…').slice(0, 120);
}

function table() {
  return `${[TABLE_HEAD, ...rows.map(({ name, breaks, sorts: asked, found, lived, problem }) => `| ${name} | ${breaks} | ${asked.join(', ')} | ${found ?? `none in ${lived}`} | ${problem.replaceAll('|', '\\|')} |`)].join('\n')}\n`;
}
