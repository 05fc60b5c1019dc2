import { parseArgs } from 'node:util';

/**
 * What was said to a command; --help is answered and a mistake told with how the command is used, and both end it.
 *
 * @param {import('node:util').ParseArgsConfig} config
 * @param {string} usage
 */
export function optionsOf(config, usage) {
  try {
    const { values } = parseArgs(config);
    if (values.help !== true) return values;
    console.log(usage);
    process.exit(0);
  } catch (failure) {
    refuse(failure.message, usage);
  }
}

/**
 * A whole number that was said, or `otherwise`.
 *
 * @param {string | undefined} text
 * @param {string} name
 * @param {number} otherwise
 * @param {{ usage: string, above?: number }} rules `above`: a bound that it must be above
 */
export function wholeNumber(text, name, otherwise, { usage, above = -1 }) {
  if (text === undefined) return otherwise;
  if (/^\d+$/.test(text) && Number(text) > above) return Number(text);
  refuse(`--${name} takes a whole number${above < 0 ? '' : ` above ${above}`}, not '${text}'.`, usage);
}

function refuse(sentence, usage) {
  console.error(`${sentence}\n\n${usage}`);
  process.exit(2);
}
