import { linkMatcher } from '../../../shared/config/link-patterns.ts';
import { mappedFields } from '../../../shared/config/field-rules.ts';
import { parseTenantRules, type TenantRules } from '../../../shared/config/rules.ts';
import { rulesFor } from '../../../shared/config/personal-rules.ts';
import { webLinkOf } from '../../../shared/config/web-link.ts';
import { activityRows } from '../../../shared/crm/activity-row.ts';
import { schemaProfile } from '../../../shared/crm/profile.ts';
import { eventFields } from '../../../shared/graph/event-fields.ts';
import { readRules } from '../../../shared/jobs/tenants.ts';
import { isBoundedPattern, LONGEST_MATCHED } from '../../../shared/model/bounded-pattern.ts';
import type { Json } from '../../../shared/model/content.ts';
import { readings } from '../../../shared/model/time/wallclock.ts';
import { loadTransforms, TransformFailed } from '../../../shared/model/transform.ts';
import { PortFailure } from '../../../shared/sync/failures.ts';
import { law, membersOf, textOf, unlessRefused, type Target } from '../target.ts';

/** What admins upload: the rules, and the two languages and one of patterns that stand in them. */

const TENANT = '11111111-1111-4111-8111-111111111111';
/** Values that no mistake may repeat: somebody may have put a password where the name of its setting belongs. */
const CANARY = 'c4n4ry p4ss';
const CRM = { url: 'https://crm.example.com/interface', user: CANARY, passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' };
const PROPERTY = 'String {5f4a3c9e-0d6b-4b8e-9f57-2f1f2c7b9a10} Name Project';

const DOCUMENTS: readonly Json[] = [
  { tenantId: TENANT, crm: CRM },
  { tenantId: TENANT, name: 'Example', crm: { ...CRM, webUrl: 'https://crm.example.com', basic: { user: CANARY, passwordSetting: 'BASIC' }, profile: { activity: { table: 'Contact', fields: { Subject: 'Topic' } } }, lengths: { Subject: 80, 'activity.Text': 400 } }, stopOnRestore: false },
  { tenantId: TENANT, crm: CRM, appointments: { window: { daysBack: 14, daysAhead: 365 }, types: [1, 3], conditions: [{ field: 'FreeC1', op: '()', value: 'x' }], webLink: { show: 'body', label: 'Open', template: 'https://crm.example.com/{hex}/{id}' }, attachments: { types: ['.pdf'], exceptTypes: ['exe'] } } },
  { tenantId: TENANT, crm: CRM, appointments: { links: [{ from: 'subject', infoArea: 'y1' }, { from: 'category', pattern: 'P-(?<id>\\d+)', infoArea: 'PR', relation: 'project', table: 'Project', stationField: 'PrStat', serialField: 'PrSeq' }] } },
  { tenantId: TENANT, crm: CRM, appointments: { fields: [{ outlook: { property: PROPERTY }, crm: { field: 'ProjectNo', type: 'C', length: 20 }, transform: '$uppercase($)', transformBack: '$' }, { outlook: { category: 'Gold' }, crm: 'FreeL1' }, { outlook: { event: 'webLink' }, crm: { field: 'Link', type: 'C' }, direction: 'toCrm' }], missing: { flags: [] } } },
  { tenantId: TENANT, crm: CRM, users: { mailDomains: ['@Example.com'], overrides: [{ user: 'a@example.com', appointments: { privacy: 'full' } }, { user: 7, conflict: { rule: 'crm' } }], syncSettings: { enabled: true } }, adoption: { ask: true }, mailGuard: { recipients: 5 } },
];
const WORDS = ['webLink', 'location/displayName', 'constructor', 'hideAttendees', 'activity', 'FreeC1', 'FreeN1', 'Europe/Kyiv', '+01:00', 'http://localhost:1', 'https://x/{id}{id}', '(?<station>\\d+)-(?<serial>\\d+)', 'toCrm', '$', '$now()'];

function judge(rules: TenantRules): void {
  law(readings({ date: '2026-11-23', time: '09:00:00' }, rules.crm.timeZone).length > 0, 'takes a time zone that cannot be converted');
  const again = parseTenantRules(JSON.parse(JSON.stringify(rules)));
  law('rules' in again && JSON.stringify(again.rules) === JSON.stringify(rules), 'reads other rules where its own are written');
  webLinkOf(rules);
  for (const field of mappedFields(rules.appointments.fields)) law(field.outlook.kind !== 'event' || typeof field.outlook.value === 'string', 'takes a member of every object for one of an event');
  eventFields(mappedFields(rules.appointments.fields));
  rulesFor({ addresses: ['a@example.com'], rep: 7, repEmail: 'a@example.com' }, rules);
  unlessRefused(() => activityRows(schemaProfile(rules.crm), rules.appointments, rules.crm.deletedFlag), (failure) => failure instanceof PortFailure);
}

async function readDocument(text: string): Promise<'accepted' | 'refused'> {
  const read = await readRules(TENANT, text);
  if ('rules' in read) {
    judge(read.rules);
    return 'accepted';
  }
  // The name of an unknown field is what its mistake is about.
  const quoting = read.mistakes.filter((mistake) => mistake.includes(CANARY) && !/: '.*' (is no field|is written)/su.test(mistake));
  law(read.mistakes.length > 0 && quoting.length === 0, 'quotes a value in a mistake');
  law(JSON.stringify(read.mistakes).length <= 20_000 + 4 * text.length, 'tells more mistakes than anybody reads');
  return 'refused';
}

export const rules: Target = { name: 'rules', corpus: DOCUMENTS, words: WORDS, run: (input) => readDocument(JSON.stringify(input)) };

export const rulesText: Target = { name: 'rulesText', corpus: DOCUMENTS.map((one) => JSON.stringify(one)), words: [...WORDS, '"', '":', ',', '{', '}', '[', ']', '\\u0000', '\\ud800', '1e400', '/*', '//'], run: (input) => readDocument(textOf(input)) };

export const linkRule: Target = {
  name: 'linkRule',
  corpus: [
    { pattern: null, infoArea: 'Y1', subject: 'Offer Y1-1-100, canary', location: '', category: 'x' },
    { pattern: 'P-(?<station>\\d{1,5})/(?<serial>\\d+)', infoArea: 'PR', subject: 'P-1/2', location: 'P-99999/4294967296', category: '' },
    { pattern: '(?<infoArea>\\w\\w):(?<id>\\d+)', infoArea: 'Y1', subject: 'Y1:4294967303', location: 'XX:1', category: 'y1:18446744073709551616' },
  ],
  words: ['(?<id>', '(?P<id>', '{1000}', '(a*)*', '\\pL', '[[:alpha:]]', '\\b', '(?i)', '|', '.*', '\\C', '\\Q', '\\x{10ffff}', '((((', 'Y1-1-100', '(?<__proto__>x)'],
  async run(input) {
    const { pattern, infoArea, subject, location, category } = membersOf(input);
    const links = (['subject', 'location', 'category'] as const).map((from) => ({ from, infoArea, relation: '__proto__'.slice(0, from.length), ...(typeof pattern === 'string' ? { pattern } : {}), table: 'T', stationField: `${from}Stat`, serialField: `${from}Seq` }));
    const checked = await readRules(TENANT, JSON.stringify({ tenantId: TENANT, crm: CRM, appointments: { links } }));
    if ('mistakes' in checked) {
      law(!checked.mistakes.join(' ').includes('canary'), 'quotes a text in a mistake');
      return 'refused';
    }
    const { targetsIn } = await linkMatcher(checked.rules.appointments.links);
    const targets = targetsIn({ subject: textOf(subject).slice(0, 255), location: textOf(location).slice(0, 255), categories: [textOf(category).slice(0, 255)] });
    for (const target of Object.values(targets)) law(/^(\?[A-Z0-9]{0,2}|[1-9]\d{0,19})$/.test(target), 'finds a record that cannot be one');
    return 'accepted';
  },
};

const SOURCES = [
  '$uppercase($)',
  '$match($, /P-(\\d+)/).groups[0]',
  '($f := function($n, $x) { $n <= 0 ? $x : $f($n - 1, $x & "a") }; $f(5, $))',
  '($a := {"a": $, "b": [$, $]}; $b := {"a": $a, "b": $a}; $string($b))',
  '$map($split($, ""), function($c, $i) { $c & $i }) ~> $join("-")',
  '$replace($, /[aeiou]/, "*", 3) ~> $substring(0, 10)',
  '$sort($split($, "")) ~> $reduce(function($x, $y) { $x & $y })',
  '$formatNumber(12.5, "#,##0.00") & $fromMillis($millis(), "[Y0001]-[M01]") & $formatInteger(4, "w")',
  '$merge([{"a": 1}, {"b": $}]) ~> $keys() ~> $count()',
  '$toMillis("2026-11-23", "[Y]-[M]-[D]") + $random()',
  '$base64encode($) & $encodeUrl($) & $pad($, 20, "x")',
  '**.a ~> |$|{"x": 1}|',
];

export const transform: Target = {
  name: 'transform',
  corpus: SOURCES.flatMap((source) => [{ source, value: 'Gold P-4711 canary' }, { source, value: 12 }]),
  words: ['$string(', '$append(', '$zip(', '$each(', '$sift(', '$spread(', '$lookup(', '$distinct(', '$formatInteger(', '$power(', '$formatBase(', '$parseInteger(', '$contains(', '$eval', '..', '**', '^(', '~>', '$f(', '($a:=', '{"a":$a,"b":$a}', '[$a,$a]', '/(a+)+/', '/[^](a+)+$[x]/', '1e308', '"I"', '"w"', '$now()', '$error($)', '$assert(false, $)', '#$i', '@$x', '.%', '_jsonata_lambda'],
  async run(input) {
    const { source, value } = membersOf(input);
    const { compile } = await loadTransforms();
    const compiled = compile(textOf(source));
    const mistake = compiled.check();
    if (mistake !== null) {
      law(mistake.length < 300 && !mistake.includes('canary'), 'quotes the transform in its mistake');
      return 'refused';
    }
    // A clock that goes on a little at each look: what counts is the steps.
    let at = 0;
    const given = ['string', 'number', 'boolean'].includes(typeof value) ? (typeof value === 'string' ? value.slice(0, 4_000) : value) : 'x';
    try {
      const made = await compiled.bind({ now: () => 1_795_424_400_000, monotonic: () => (at += 0.001), random: () => 0.25 })(given);
      if (typeof made === 'string') law(made.length <= 4_000, 'makes a text without a bound');
      return 'accepted';
    } catch (failure) {
      if (!(failure instanceof TransformFailed)) throw failure;
      law(failure.message.length < 100 && !failure.message.includes('canary'), 'quotes the value in its failure');
      return 'refused';
    }
  },
};

/** What makes patterns try every way there is. */
const HOSTILE = ['a', 'x', '0', ' ', 'ab', 'aA', '-', 'p', 'u', '_', '\n', 'xa'].flatMap((piece) => ['', '!'].map((end) => piece.repeat(LONGEST_MATCHED / piece.length).slice(0, LONGEST_MATCHED - end.length) + end));

export const boundedPattern: Target = {
  name: 'boundedPattern',
  corpus: ['^\\d{4}-\\d{2}$', 'P-(\\d+)', '[a-z]+@[a-z.]+', '(?:foo|bar)x', 'a?b?c', '(?<year>\\d{4})', '(ab){2}', '[^a]+$', '\\w+\\s'],
  words: ['(a+)+$', '(a|a)', '[]', '[^]', '[', ']', '\\p{1,}', '\\u{2,}', '\\p', '{2,}', '{1,9}', '+', '*', '?', '(', ')', '|', '$', '(?:', '(?=', '(?<n>', '\\', '\\1', 'a', '.', '\\w', 'x*'],
  run(input) {
    const source = textOf(input).slice(0, 2_000);
    const pattern = unlessRefused(() => new RegExp(source), (failure) => failure instanceof SyntaxError);
    if (pattern === null || !isBoundedPattern(source)) return 'refused';
    // Where it does not end, whoever waits for this thread says so.
    for (const text of HOSTILE) pattern.exec(text);
    return 'accepted';
  },
};

