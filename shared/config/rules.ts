import { z } from 'zod';
import { SHOW_AS } from '../model/appointment.ts';
import { fieldRules } from './field-rules.ts';

/**
 * A tenant's rules: one JSON document `<tenantId>.json` in the configuration folder or container. Everything has a default but who the tenant is
 * and where its CRM is. Days are calendar days, times are milliseconds where the name ends in Ms and seconds where it ends in Seconds.
 */

const guid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, 'must be a GUID').transform((id) => id.toLowerCase());
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** What is no address at all has been told of already, and cannot be taken apart. */
const safeUrl = z.url({ abort: true }).refine((url) => /^[\x21-\x7e]{1,2000}$/.test(url), { error: 'must hold plain letters and signs, 2,000 at most: write others encoded (%20)', abort: true }).refine((url) => url.startsWith('https:') || loopback.test(new URL(url).hostname), 'must be https (http only on loopback)');
/** A pattern with many numbers in it, one behind the other, would try every way of sharing the digits out. */
function holdsEachOnce(template: string): boolean {
  return ['{hex}', '{id}'].every((place) => template.split(place).length <= 2);
}

const ianaZone = z.string().refine((name) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}, 'must be an IANA time zone such as Europe/Berlin');

const window = z
  .strictObject({ daysBack: z.int().min(0).max(365).default(30), daysAhead: z.int().min(1).max(1_000).default(180) })
  .prefault({});

/** Table and field names of one logical record, where a customer's system differs from the default profile. */
const profileRecord = z.strictObject({ table: z.string().optional(), infoArea: z.string().optional(), fields: z.record(z.string(), z.string()).default({}) });

const crm = z.strictObject({
  url: safeUrl,
  webUrl: safeUrl.refine((address) => !/\{(hex|id)\}/.test(address), 'must hold no {hex} or {id}: those belong into appointments.webLink.template').optional(),
  user: z.string().min(1),
  domain: z.string().optional(),
  /** Name of the application setting that holds the password: never the password itself. */
  passwordSetting: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an application setting'),
  basic: z.strictObject({ user: z.string(), passwordSetting: z.string() }).optional(),
  timeZone: ianaZone,
  language: z.string().default('en'),
  contentType: z.string().default('text/xml; charset=utf-8'),
  timeoutSeconds: z.int().min(5).max(100).default(60),
  /** A CRM request is taken to run for at most this long, whatever became of its answer. */
  maxRunSeconds: z.int().min(60).max(3_600).default(300),
  maxConcurrent: z.int().min(1).max(64).default(8),
  clockSkewSeconds: z.int().min(0).max(3_600).default(300),
  pollOverlapSeconds: z.int().min(10).max(3_600).default(120),
  pageSize: z.int().min(10).max(1_000).default(200),
  commandsPerRequest: z.int().min(1).max(200).default(40),
  /** Cursor flag that adds records marked as deleted: 16384, or 64 on interface SP6 and older. */
  deletedFlag: z.int().default(16_384),
  profile: z.record(z.string(), profileRecord).default({}),
  /** Field lengths, where they differ from the default profile: logical field -> characters. */
  lengths: z.record(z.string(), z.int().positive()).default({}),
});

/** Endings of file names, without the dot. */
const endings = z.array(z.string().trim().toLowerCase().regex(/^\.?[^.\s/\\]{1,20}$/, 'must be the ending of a file name such as pdf').transform((ending) => ending.replace(/^\./, ''))).max(200).default([]);

const attachments = z
  .strictObject({
    /** A larger one stays in Outlook. IIS by default takes requests of 28.6 MB, of which the content in base64 is three quarters. */
    toCrm: z.strictObject({ enabled: z.boolean().default(true), maxMegabytes: z.int().min(1).max(150).default(20) }).prefault({}),
    /** Documents that people link to an activity in the CRM, as attachments of its event, where nobody else is invited. A larger one stays in the CRM; mailboxes take some 35 MB by default. */
    toOutlook: z.strictObject({ enabled: z.boolean().default(false), maxMegabytes: z.int().min(1).max(150).default(25) }).prefault({}),
    /** Endings that go over; empty = all. */
    types: endings,
    /** Endings that do not. */
    exceptTypes: endings,
  })
  .prefault({});
/** A condition on a field of a table: one of the profile, or the CRM's own XML name; '()' = contains, ')(' = does not contain. */
const condition = z.strictObject({ field: z.string().regex(/^[A-Za-z_][\w.-]*$/, 'must be the name of a field'), op: z.enum(['=', '!=', '<', '>', '<=', '>=', '()', ')(']), value: z.string().max(255) });
export type Condition = z.output<typeof condition>;

/** Which text of an appointment names a record of another info area, and which fields of the activity lead there (scope A9). */
const link = z.strictObject({
  from: z.enum(['subject', 'category', 'location']),
  /**
   * A regular expression in the syntax of RE2 (no look-around, no back references), letter case does not count. Its groups `station` and `serial`, or `id` (the
   * decimal record id), name the record; a group `infoArea` must name that of this rule. Left out: `Y1-1-100`, with the rule's info area.
   */
  pattern: z.string().min(1).max(500).optional(),
  infoArea: z.string().regex(/^[A-Za-z][A-Za-z0-9]$/, 'must be the code of an info area, like Y1').transform((code) => code.toUpperCase()),
  /** Rules of one relation set the same fields; the first that finds something counts. Left out: the info area. */
  relation: z.string().regex(/^\w{1,20}$/, 'must be a short name of letters and digits').optional(),
  /** XML name of its table, and the activity's fields with its key: fields of the profile, or the CRM's own XML names. Opportunities need none of them. */
  table: z.string().regex(/^[A-Za-z_][\w.-]*$/, 'must be the name of a table').optional(),
  stationField: z.string().regex(/^[A-Za-z_][\w.-]*$/, 'must be the name of a field').optional(),
  serialField: z.string().regex(/^[A-Za-z_][\w.-]*$/, 'must be the name of a field').optional(),
});
export type LinkRule = z.output<typeof link>;

const activityTypes = z.array(z.int().min(0)).max(100);

const appointments = z
  .strictObject({
    enabled: z.boolean().default(true),
    window,
    /** Activity types that go out; letters and telephone calls do not by default (connector-se.md 1.4). */
    types: activityTypes.default([1, 3]),
    /** Extra conditions on an activity, all of which must hold for it to go out. What was made of an Outlook appointment is not asked. */
    conditions: z.array(condition).max(20).default([]),
    /** Whether what is new in Outlook comes into the CRM; without it only the CRM makes new appointments, and changes of those still go both ways (connector-se.md 1.1). */
    newFromOutlook: z.boolean().default(true),
    /** The type of an activity made from an Outlook appointment. */
    typeForNew: z.int().default(1),
    deletion: z
      .strictObject({
        enabled: z.boolean().default(true),
        /** A time frame of its own, by the days for which items are scheduled: outside it a deletion stays on its side. null = no limit, as far as pairs are followed. */
        daysBack: z.int().min(0).max(3_650).nullable().default(null),
        daysAhead: z.int().min(0).max(3_650).nullable().default(null),
        /** The organizer left the list, and of those on his record who are synchronized the last one sees the meeting cancelled: the record is marked; off, it stays. */
        byLastCopy: z.boolean().default(true),
        field: z.string().default('FreeC1'),
        value: z.string().min(1).default('gelöscht'),
      })
      .prefault({}),
    /** Marker of records that are written one way, and their activity type (6 = Info). */
    /** Copies of meetings that somebody else organizes, shown in the CRM one way; `unanswered`: those that the user did not answer yet, too; `series`: occurrences of series, too. */
    published: z.strictObject({ enabled: z.boolean().default(true), unanswered: z.boolean().default(true), series: z.boolean().default(false), field: z.string().default('FreeC2'), value: z.string().default('published'), type: z.int().default(6) }).prefault({}),
    /** What is shown of a private appointment on the other side: nothing, its time and show-as under a fixed subject, or all of it. */
    privacy: z.enum(['off', 'masked', 'full']).default('off'),
    maskedSubject: z.string().trim().min(1).max(120).default('Private appointment'),
    /** Number of a tentative answer in the CRM's catalog of participation states; null = the catalog has none, and it is not written. */
    tentativeStatus: z.int().nullable().default(4),
    /** Whether an activity that we make in the future asks the CRM to make a to-do record for each of its participants. */
    generateToDos: z.boolean().default(false),
    /** How a record is marked whose participants could not all be found (connector-se 1.9). Fields are logical names, or the CRM's own XML names. */
    missing: z
      .strictObject({
        flags: z.array(z.strictObject({ field: z.string(), value: z.string().min(1), cleared: z.string().default('') })).max(10).default([{ field: 'FreeL1', value: 'true', cleared: '' }]),
        /** A text that lists their addresses; left out = they are not listed. */
        addressesField: z.string().optional(),
        /** Longest text of that field where the profile does not know it. */
        addressesLength: z.int().min(40).max(4_000).default(255),
      })
      .prefault({}),
    /** Who is invited, by mail, to a meeting made in the CRM: reps only, everybody with an address, or nobody. */
    inviteFromCrm: z.enum(['nobody', 'colleagues', 'everybody']).default('colleagues'),
    /** The same for each record of a series that was made in the CRM: nobody, because each of them would be an invitation of its own. */
    inviteFromCrmSeries: z.enum(['nobody', 'colleagues', 'everybody']).default('nobody'),
    /** What one occurrence of an Outlook series cannot hold of an edit in the CRM (categories, privacy, a time beyond its neighbours): it stays in the CRM, or is put back. */
    unheldByOccurrence: z.enum(['keep', 'putBack']).default('keep'),
    /** Texts by which an activity is linked to records of other info areas. */
    links: z.array(link).max(20).default([]),
    /** A link to the activity in CRM.web, for its event in Outlook (scope G4). Off by default: an event that was made in Outlook is written once more for it. */
    webLink: z
      .strictObject({
        /** `body`: a line at the end of its text where nobody else is invited, and otherwise an extended property, which nobody sees and nobody is mailed for. `property`: always that. */
        show: z.enum(['off', 'property', 'body']).default('off'),
        /** Whether others who are invited may see the line: it is added when the next update that a person caused goes out to them anyway. */
        guests: z.boolean().default(false),
        /** Stands before the link, with a colon. */
        label: z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} .-]{0,38}[\p{L}\p{N}.]$/u, 'must be a few words of letters and digits').default('Open in CRM'),
        /** Where CRM.web is elsewhere than under crm.webUrl: an address with {hex} (16 digits, lower case) or {id} (decimal) for the record. */
        template: safeUrl.refine((address) => /\{(hex|id)\}/.test(address), 'must hold {hex} or {id}').refine(holdsEachOnce, 'must hold {hex} and {id} once each at most').optional(),
      })
      .prefault({}),
    showAsWhenUnknown: z.enum(SHOW_AS).default('busy'),
    /** Files of appointments and documents of their records (scope A10, A11); never those of series, of private ones that the CRM does not see, and never inline images. */
    attachments,
    /** Additional fields beside the default mapping, both ways or one way. */
    fields: fieldRules,
  })
  .superRefine(({ fields, links, deletion, published, missing }, context) => {
    const marks = new Map([[deletion.field, 'appointments.deletion.field'], [published.field, 'appointments.published.field'], ...missing.flags.map(({ field }, index) => [field, `appointments.missing.flags.${index}.field`] as const), [missing.addressesField ?? '', 'appointments.missing.addressesField']]);
    for (const [index, { crm: named, direction }] of fields.entries()) {
      const field = typeof named === 'string' ? named : named.field;
      const rule = marks.get(field);
      if (rule !== undefined) context.addIssue({ code: 'custom', path: ['fields', index, 'crm'], message: `is the mark of ${rule}: choose another field here or there` });
      const link = direction === 'toOutlook' ? -1 : links.findIndex(({ stationField, serialField }) => stationField === field || serialField === field);
      if (link >= 0) context.addIssue({ code: 'custom', path: ['fields', index, 'crm'], message: `is set by appointments.links.${link}, too: one field has one source` });
    }
  })
  .prefault({});

const conflict = z
  .strictObject({
    rule: z.enum(['newer', 'crm', 'outlook']).default('newer'),
    /** Who wins where the stamps are less than two seconds apart or lie in the hour that occurs twice. */
    tie: z.enum(['crm', 'outlook']).default('crm'),
  })
  .prefault({});

const graph = z
  .strictObject({
    baseUrl: safeUrl.optional(),
    auth: z.enum(['federated', 'managedIdentity', 'certificate', 'clientSecret', 'local']).optional(),
    appId: guid.optional(),
    /** Who opens mailboxes to the app: Entra, by consent and all of them, or Exchange, by role assignments and those it names (then no consent may open them). */
    mailboxAccess: z.enum(['entra', 'exchange']).default('entra'),
    timeoutSeconds: z.int().min(5).max(100).default(30),
    pageSize: z.int().min(10).max(999).default(200),
    /** Hosts, beside Graph's own, to which it may send the parts of a large attachment (graph.md 5.10). */
    uploadHosts: z.array(z.string().toLowerCase().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be the name of a host')).max(20).default(['outlook.office.com', 'outlook.office365.com']),
    /** So long after a change of an event a reading of it may show how it was before. */
    readLagSeconds: z.int().min(0).max(600).default(60),
    /** Whether Graph refuses a write that names an older version: `ignored` has the event read once more just before each write (assumptions G1; the probe tells). */
    ifMatch: z.enum(['honoured', 'ignored']).default('honoured'),
    /** Whether a repeated transactionId makes no second event: with `untrusted` a create without an answer is repeated only when a search had five minutes to show it (assumptions G4). */
    transactionIds: z.enum(['trusted', 'untrusted']).default('trusted'),
  })
  .prefault({});

/** What may differ from user to user; what is left out is as the tenant has it. */
const personal = z.strictObject({
  appointments: z
    .strictObject({
      privacy: z.enum(['off', 'masked', 'full']).optional(),
      inviteFromCrm: z.enum(['nobody', 'colleagues', 'everybody']).optional(),
      published: z.strictObject({ enabled: z.boolean().optional(), unanswered: z.boolean().optional(), series: z.boolean().optional() }).optional(),
      deletion: z.strictObject({ enabled: z.boolean().optional() }).optional(),
      window: z.strictObject({ daysBack: z.int().min(0).max(365).optional(), daysAhead: z.int().min(1).max(1_000).optional() }).optional(),
      types: activityTypes.optional(),
      newFromOutlook: z.boolean().optional(),
    })
    .optional(),
  conflict: z.strictObject({ rule: z.enum(['newer', 'crm', 'outlook']).optional(), tie: z.enum(['crm', 'outlook']).optional() }).optional(),
});

/** Any address of his mailbox, or the SeqNo of his rep. */
const user = z.union([z.email().transform((address) => address.toLowerCase()), z.int().positive()]);

const overrides = z
  .array(personal.extend({ user }))
  .max(5_000)
  .default([])
  .superRefine((list, context) => {
    const seen = new Set<string | number>();
    for (const [index, { user: one }] of list.entries()) {
      if (seen.has(one)) context.addIssue({ code: 'custom', path: [index, 'user'], message: 'is in the list already: put what is meant for one user into one entry' });
      seen.add(one);
    }
  });

const users = z
  .strictObject({
    /** Mail domains to be synchronized; empty = all. */
    mailDomains: z.array(z.string().trim().toLowerCase().transform((domain) => domain.replace(/^@/, ''))).default([]),
    /** Extra conditions on the rep table, all of which must hold; '()' = contains, ')(' = does not contain. The field is one of the profile or the CRM's own XML name. */
    conditions: z.array(condition).max(20).default([]),
    /** So many users are looked up or brought in per run of the users' job; the rest waits for the next run. */
    newPerRun: z.int().min(1).max(1_000).default(200),
    /** Rules of single users, by an address of the mailbox or by the rep's number. They stand above what the CRM keeps with the rep. */
    overrides,
    /** The predecessor's `SyncSettings` in the rep's field `UserSettings` (connector-se.md 1.18). Customers add that field themselves, so it is read only where this says so. */
    syncSettings: z
      .strictObject({
        enabled: z.boolean().default(false),
        /** What `SyncPrivate="true"` shows of private appointments where the tenant shows nothing of them. */
        syncPrivate: z.enum(['masked', 'full']).default('masked'),
      })
      .prefault({}),
  })
  .prefault({});

const stopOnErrors = z
  .strictObject({
    /** So many errors of the CRM within the window stop the tenant until an admin resumes it; 0 = never. */
    errors: z.int().min(0).default(200),
    windowMinutes: z.int().min(1).max(1_440).default(60),
  })
  .prefault({});

/** Whether a CRM that was restored from a backup stops the tenant until an admin resumes it. */
const stopOnRestore = z.boolean().default(true);

/** More deletions in a day than the larger of a number and a share of the pairs (0 to 1) are held until an admin answers. */
const deletionGuard = z
  .strictObject({
    mailbox: z.strictObject({ count: z.int().min(0).default(10), share: z.number().min(0).max(1).default(0.2) }).prefault({}),
    tenant: z.strictObject({ count: z.int().min(0).default(100), share: z.number().min(0).max(1).default(0.02) }).prefault({}),
  })
  .prefault({});

/** More people mailed in a day by what we write to one mailbox's meetings: the write that would go beyond it waits until an admin answers. 0 = every such write waits. */
const mailGuard = z.strictObject({ enabled: z.boolean().default(true), recipients: z.int().min(0).max(100_000).default(100) }).prefault({});

/** Whether an admin is asked, with the numbers, before a mailbox is synchronized for the first time whose appointments stand on both sides already. */
const adoption = z
  .strictObject({
    ask: z.boolean().default(false),
    /** So far around today both sides are searched for what stands on both, where the window does not reach farther: what comes into the window later has been recognised then. */
    daysBack: z.int().min(0).max(1_000).default(400),
    daysAhead: z.int().min(0).max(1_000).default(400),
  })
  .prefault({});

export const tenantRulesSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1).default(1),
  tenantId: guid,
  name: z.string().default(''),
  enabled: z.boolean().default(true),
  graph,
  crm,
  users,
  appointments,
  conflict,
  stopOnErrors,
  stopOnRestore,
  deletionGuard,
  mailGuard,
  adoption,
});

export type TenantRules = z.output<typeof tenantRulesSchema>;
/** Where a user differs from his tenant. */
export type PersonalRules = z.output<typeof personal>;
export type CrmRules = TenantRules['crm'];
export type AppointmentRules = TenantRules['appointments'];

/** Null where the schema breaks over a member that stands for a function of every object. */
function checked(value: unknown): ReturnType<typeof tenantRulesSchema.safeParse> | null {
  try {
    return tenantRulesSchema.safeParse(value);
  } catch (failure) {
    if (failure instanceof TypeError) return null;
    throw failure;
  }
}

/** Whoever mends these sees the next ones. */
const MOST_MISTAKES = 100;
const LONGEST_MISTAKE = 1_000;

/** Names out of a document stand in paths and sentences, however long they are. */
function shown(text: string): string {
  return text.length > LONGEST_MISTAKE ? `${text.slice(0, LONGEST_MISTAKE)}…` : text;
}

/** The rules, or one sentence per mistake with its path. */
export function parseTenantRules(value: unknown): { readonly rules: TenantRules } | { readonly mistakes: readonly string[] } {
  const parsed = checked(value);
  if (parsed === null) return { mistakes: ['the document: has members with names that every object has (toString, valueOf): remove them'] };
  if (parsed.success) return { rules: parsed.data };
  const { issues } = parsed.error;
  const told = issues.slice(0, MOST_MISTAKES).map((issue) => `${shown(issue.path.join('.')) || 'the document'}: ${shown(issue.message)}`);
  return { mistakes: issues.length > told.length ? [...told, `the document: has ${issues.length - told.length} mistakes more`] : told };
}
