import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROUTES } from '../../shared/config/names.ts';
import { TENANT_JOBS } from '../../shared/jobs/messages.ts';
import { ADOPTION_ANSWERS } from '../../shared/sync/adoption.ts';
import { ROOT, text } from './pages.ts';

type RouteName = keyof typeof ROUTES;

/** The last word of these routes, where it is said. */
const LAST_WORDS: Partial<Record<RouteName, readonly string[]>> = {
  adminJobs: [...TENANT_JOBS, 'due', 'resume', 'doctor'],
  adminGuardAnswer: ['confirm', 'reject'],
  adminMailGuardAnswer: ['release', 'reject'],
  adminAdoptionAnswer: ADOPTION_ANSWERS,
};

/** Function -> route and methods, as they are registered. */
export const REGISTERED: ReadonlyMap<string, { readonly route: RouteName; readonly methods: readonly string[] }> = new Map(
  [...text('functions/main.ts').matchAll(/app\.http\('(\w+)', \{ route: ROUTES\.(\w+), methods: \[([^\]]*)\]/g)].map(([, name, route, methods]) => [String(name), { route: route as RouteName, methods: [...String(methods).matchAll(/\w+/g)].map(String) }]),
);

const QUERY = new Set(
  readdirSync(join(ROOT, 'functions'))
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...text(`functions/${file}`).matchAll(/query\.get\('(\w+)'\)/g)].map(([, name]) => String(name))),
);
// A key that any of Azure's functions takes.
QUERY.add('code');

/** What is wrong with a request that a page names (`/api/…`, perhaps with a query), or null. Without methods it may be the beginning of an address. */
export function requestMistake(methods: readonly string[], address: string): string | null {
  const [path = '', query = ''] = address.replace(/[[\]]/g, '').split('?', 2);
  const wanted = path.replace(/^\/api\//, '').split('/');
  const fitting = [...REGISTERED.values()].filter(({ route }) => fits(wanted, route, methods.length === 0));
  if (fitting.length === 0) return `there is no route ${path}`;
  for (const method of methods) if (!fitting.some((one) => one.methods.includes(method))) return `${path} does not take ${method}`;
  for (const name of query.split('&').map((pair) => pair.split('=', 1)[0] ?? '')) {
    if (/^\w+$/.test(name) && !QUERY.has(name)) return `nothing reads ${name} from the query of ${path}`;
  }
  return null;
}

function fits(wanted: readonly string[], name: RouteName, asBeginning: boolean): boolean {
  const route = ROUTES[name].split('/');
  if (asBeginning ? wanted.length > route.length : wanted.length !== route.length) return false;
  return wanted.every((segment, index) => {
    const own = route[index] ?? '';
    if (!own.startsWith('{')) return segment === own;
    const words = LAST_WORDS[name];
    // `{confirm|reject}`, or a name for what is to be put in.
    const said = /^\{.*\}$/.test(segment) ? (segment.includes('|') ? segment.slice(1, -1).split('|') : []) : /^[…<]/.test(segment) ? [] : [segment];
    return words === undefined || said.every((word) => words.includes(word));
  });
}
