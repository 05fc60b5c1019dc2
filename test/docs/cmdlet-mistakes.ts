import { ALWAYS_NEEDED, PERMISSIONS_BY_KIND } from '../../shared/config/permissions.ts';
import { exists, text } from './pages.ts';

/** What the references of Exchange Online and Microsoft Graph PowerShell say of each cmdlet that pages and scripts use. */
const { cmdlets: CMDLETS } = JSON.parse(text('test/infra/cmdlets.json')) as { cmdlets: Readonly<Record<string, { required: readonly string[]; optional: readonly string[]; switches: readonly string[]; asks?: true }>> };

/** Application roles that the connector can use (least permissions: operations.md 2). */
const ROLES = [...ALWAYS_NEEDED, ...Object.values(PERMISSIONS_BY_KIND).flat()].filter(({ onMailboxes }) => onMailboxes).map(({ name }) => `Application ${name}`);

/** One sentence on what is not there in a line of PowerShell, or null. */
export function cmdletMistake(line: string): string | null {
  const command = line.replace(/#.*$/, '').trim();
  if (command === '') return null;
  const [name = ''] = command.split(/\s/, 1);
  const known = parametersOf(name);
  if (typeof known === 'string') return known;
  const bare = command.replace(/"[^"]*"|'[^']*'/g, 'VALUE');
  for (const [, parameter = ''] of bare.matchAll(/\s-(\w+)/g)) if (!known.includes(parameter)) return `${name} knows no -${parameter}`;
  for (const [, role = ''] of command.matchAll(/-Role "([^"]*)"/g)) if (!ROLES.includes(role)) return `the connector has no use for the role ${role}`;
  return null;
}

/** A script of ours says it itself; a string tells what is wrong with the name. */
function parametersOf(name: string): readonly string[] | string {
  if (name.startsWith('infra/')) return exists(name) ? [...(/^param\(\n([\s\S]*?)^\)/m.exec(text(name))?.[1] ?? '').matchAll(/\$(\w+)(?: = |,?$)/gm), ['', 'WhatIf'], ['', 'Confirm']].map(([, one = '']) => one) : `there is no ${name}`;
  const cmdlet = CMDLETS[name];
  if (cmdlet === undefined) return `nothing is known of ${name}`;
  return [...cmdlet.required, ...cmdlet.optional, ...cmdlet.switches, ...(cmdlet.asks ? ['Confirm', 'WhatIf'] : [])];
}
