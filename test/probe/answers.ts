import type { RulesPart, Tried } from '../../shared/probe/fact.ts';
import { crm, graphAnswers, graphRefuses, graphText, row } from './rewrite.ts';
import type { Between, Play } from './world.ts';

export interface Answer {
  readonly line: string;
  /** How the other system answers. */
  readonly plays: string;
  readonly play: Play;
  readonly outcome: Tried['outcome'];
  /** Of what was seen, or why it could not be tried. */
  readonly says?: RegExp;
  readonly rules?: RulesPart;
}

const HOOK = { webhook: true };
const DAY = 86_400_000;
const dated: Between = async (request, send) => {
  const answer = await send(request);
  const headers = new Headers(answer.headers);
  headers.set('date', 'Mon, 23 Nov 2026 08:00:00 GMT');
  return new Response(await answer.text(), { status: answer.status, headers });
};
const undone: Between = crm('corr="b"', { request: (xml) => xml.replace(/<break corr="b"[^>]*\/>/, '<nop corr="b"/>'), answer: (xml) => xml.replace(/<nop corr="b">(.*?)<\/nop>/, '<break corr="b">$1</break>') });
const twice = (): Between => {
  const seen = new Set<string>();
  return async (request, send) => {
    if (request.method !== 'DELETE' || !seen.has(request.url)) {
      if (request.method === 'DELETE') seen.add(request.url);
      return send(request);
    }
    return new Response(null, { status: 204 });
  };
};

const emptyAtFirst = (times: number): Between => {
  let left = times;
  return async (request, send) => {
    if (request.method !== 'GET' || !request.url.includes('/attachments') || left === 0) return send(request);
    left -= 1;
    return new Response('{"value":[]}', { status: 200, headers: { 'content-type': 'application/json' } });
  };
};

/** What the simulators answer by default is held by a run of all facts; here is every other answer, one at a time. */
export const ANSWERS: readonly Answer[] = [
  { line: 'E2', plays: 'a token that tells nothing', play: { roles: null }, outcome: 'doesNotHold' },
  { line: 'G27', plays: 'restricted access is enough', play: { ...HOOK, roles: ['User.Read.All'] }, outcome: 'holds', rules: { graph: { mailboxAccess: 'exchange' } } },
  { line: 'G27', plays: 'restricted access is no way to delta', play: { ...HOOK, roles: ['User.Read.All'], graph: { deltaForbidden: true }, rules: { graph: { mailboxAccess: 'exchange' } } }, outcome: 'doesNotHold', says: /delta/, rules: { graph: { mailboxAccess: 'entra' } } },
  { line: 'G27', plays: 'restricted access is no way to subscriptions', play: { ...HOOK, roles: ['User.Read.All'], graph: { subscriptionsForbidden: true }, rules: { graph: { mailboxAccess: 'exchange' } } }, outcome: 'doesNotHold', says: /subscription 403/, rules: { graph: { mailboxAccess: 'entra' } } },
  { line: 'G27', plays: 'no webhook that Graph reaches', play: { roles: [] }, outcome: 'notTried', says: /PUBLIC_BASE_URL/ },
  { line: 'G26', plays: 'proxy addresses are not shown', play: { graph: { proxyAddressesShown: false } }, outcome: 'doesNotHold', says: /403/ },
  { line: 'G25', plays: 'nobody shakes hands', play: { webhook: false }, outcome: 'doesNotHold', says: /400 ValidationError/ },
  { line: 'G25', plays: 'no webhook', play: {}, outcome: 'notTried', says: /PUBLIC_BASE_URL/ },
  { line: 'G23', plays: 'less than three days', play: { ...HOOK, graph: { subscriptionMaxMinutes: 4_230 } }, outcome: 'doesNotHold', says: /400 ExtensionError; 2\.8 days/ },
  { line: 'G23', plays: 'a shorter life than was asked for', play: { ...HOOK, between: graphAnswers(/^POST .*\/subscriptions$/, (json) => ({ json: { ...json, expirationDateTime: new Date(Date.parse('2026-11-23T08:00:00Z') + 3 * DAY).toISOString() } })) }, outcome: 'doesNotHold', says: /3\.0 days/ },
  { line: 'G24', plays: 'a second one is made', play: { ...HOOK, between: graphAnswers(/^POST .*\/subscriptions$/, (json, status) => (status === 409 ? { status: 201, json: { id: 'second', expirationDateTime: '2026-11-29T00:00:00Z' } } : { json })) }, outcome: 'doesNotHold', says: /201/ },
  { line: 'G30', plays: 'a list without it', play: { ...HOOK, between: graphAnswers(/^GET .*\/subscriptions/, () => ({ json: { value: [] } })) }, outcome: 'doesNotHold' },
  { line: 'G1', plays: 'If-Match is ignored', play: { graph: { ifMatchIgnored: true } }, outcome: 'doesNotHold', says: /old version 200/, rules: { graph: { ifMatch: 'ignored' } } },
  { line: 'G1', plays: 'a version that moves by itself behind a create', play: { graph: { changeKeyMovesAfterCreateMs: 50 } }, outcome: 'holds' },
  { line: 'G1', plays: 'every version is refused', play: { between: graphRefuses(/^PATCH /, 412, 'ErrorIrresolvableConflict', (body) => body.includes('low')) }, outcome: 'notTried', says: /412/ },
  { line: 'G1', plays: 'If-Match is honoured, though the rules say otherwise', play: { rules: { graph: { ifMatch: 'ignored' } } }, outcome: 'holds', rules: { graph: { ifMatch: 'honoured' } } },
  { line: 'G2', plays: 'nothing answers', play: { graph: { deletedStillReadable: false } }, outcome: 'holds', says: /by its id alone 404/ },
  { line: 'G2', plays: 'it answers through its calendar', play: { between: async (request, send) => send(request.method === 'GET' && /\/calendars\/[^/]+\/events\//.test(request.url) ? new Request(request.url.replace(/\/calendars\/[^/]+/, ''), { headers: request.headers, redirect: 'manual' }) : request) }, outcome: 'doesNotHold', says: /through its calendar 200/ },
  { line: 'G3', plays: 'another word', play: { between: graphAnswers(/^GET .*\/calendars\/.*\/events\//, (json, status) => (status === 404 ? { json: { error: { code: 'itemNotFound' } } } : { json })) }, outcome: 'doesNotHold', says: /404 itemNotFound/ },
  { line: 'G22', plays: '403', play: { graph: { secondDelete: '403' } }, outcome: 'holds', says: /403 ErrorCannotDeleteObject/ },
  { line: 'G22', plays: '204 once more', play: { between: twice() }, outcome: 'doesNotHold', says: /204/ },
  { line: 'G4', plays: 'a second event', play: { graph: { duplicateTransaction: 'makesAnother' } }, outcome: 'doesNotHold', says: /made another event/, rules: { graph: { transactionIds: 'untrusted' } } },
  { line: 'G4', plays: '400', play: { graph: { duplicateTransaction: '400' } }, outcome: 'holds', says: /400 ErrorDuplicateTransactionId/ },
  { line: 'G4', plays: 'the first event', play: { graph: { duplicateTransaction: 'returnsExisting', transactionRememberedAfterDeletion: false } }, outcome: 'holds', says: /showed the first; after its deletion another could be made/ },
  { line: 'G5', plays: 'a delta without keys', play: { between: graphAnswers(/^GET .*\/calendarView\/delta/, row(({ transactionId: _key, ...event }) => event)) }, outcome: 'doesNotHold', says: /in delta no/ },
  { line: 'G5', plays: 'a delta that lags for ever', play: { graph: { deltaLagMs: 600_000 } }, outcome: 'notTried', says: /within a minute/ },
  { line: 'G6', plays: 'such a search is refused', play: { between: graphRefuses(/\$filter=singleValueExtendedProperties/, 403, 'ErrorAccessDenied') }, outcome: 'doesNotHold', says: /403 ErrorAccessDenied/ },
  { line: 'G8', plays: 'a minute', play: { graph: { listLagMs: 60_000 } }, outcome: 'holds', says: /after 6\d\.\d s/ },
  { line: 'G8', plays: 'more than five minutes', play: { graph: { listLagMs: 400_000 } }, outcome: 'doesNotHold' },
  { line: 'G12', plays: '410', play: { between: graphAnswers(/^GET .*\/delta\?/, (json, status) => ({ json, status: status === 400 ? 410 : status })) }, outcome: 'holds', says: /410/ },
  { line: 'G12', plays: '403', play: { between: graphAnswers(/^GET .*\/delta\?/, (json, status) => ({ json, status: status === 400 ? 403 : status })) }, outcome: 'doesNotHold', says: /403/ },
  { line: 'G13', plays: 'nothing is told', play: { graph: { deltaLagMs: 600_000 } }, outcome: 'notTried', says: /told nothing/ },
  { line: 'G13', plays: 'told as changed', play: { between: graphAnswers(/^GET .*\/delta\?/, row((event) => (event['@removed'] === undefined ? event : { id: event['id'], start: { dateTime: '2027-06-11T00:00:00.0000000' } }))) }, outcome: 'doesNotHold', says: /told as changed/ },
  { line: 'G10', plays: 'a circle', play: { graph: { deltaEndlessLoop: 'longSeries' } }, outcome: 'doesNotHold', says: /circle/ },
  { line: 'E8', plays: 'links that name another mailbox', play: { between: graphText(/^GET .*\/delta\?/, (text) => text.replace(/("@odata\.nextLink":"[^"]*\/users\/)[^/]+/, '$144444444-4444-4444-8444-444444444444')) }, outcome: 'doesNotHold', says: /elsewhere/ },
  { line: 'E8', plays: 'a circle', play: { graph: { deltaEndlessLoop: 'always' } }, outcome: 'notTried', says: /circle/ },
  { line: 'G14', plays: 'the zone that was asked for', play: { graph: { allDayZone: 'preferred' } }, outcome: 'holds' },
  { line: 'G14', plays: 'times of that zone', play: { between: graphAnswers(/^GET .*\$select=start,end/, (json) => ({ json: { ...json, start: { dateTime: '2027-01-01T15:00:00.0000000' } } })) }, outcome: 'doesNotHold', says: /other times/ },
  { line: 'G15', plays: 'shorter subjects', play: { between: graphAnswers(/^GET .*\$select=subject,location/, (json) => ({ json: { ...json, subject: String(json['subject']).slice(0, 200) } })) }, outcome: 'doesNotHold', says: /200 of the subject/ },
  { line: 'G16', plays: 'the name is unknown', play: { between: graphRefuses(/^POST .*\/events$/, 400, 'TimeZoneNotSupportedException', (body) => body.includes('W. Europe')) }, outcome: 'doesNotHold', says: /TimeZoneNotSupportedException/ },
  { line: 'G39', plays: 'the delta names it', play: { graph: { deltaSilentAboutDeletedOccurrence: false } }, outcome: 'holds' },
  { line: 'G39', plays: 'the delta is silent', play: {}, outcome: 'doesNotHold', says: /does not name the series, cancelledOccurrences names/ },
  { line: 'G40', plays: 'no occurrenceId', play: { graph: { occurrenceIdReturned: false } }, outcome: 'holds', says: /occurrenceId: no; originalStart: yes/ },
  { line: 'G40', plays: 'neither', play: { graph: { occurrenceIdReturned: false }, between: graphAnswers(/^GET .*\/instances/, row(({ originalStart: _start, ...event }) => event)) }, outcome: 'doesNotHold' },
  { line: 'G41', plays: 'a change key for each', play: { between: graphAnswers(/^GET .*\/instances/, row((event) => ({ ...event, changeKey: `${String(event['changeKey'])}${String(event['id']).slice(-9)}` }))) }, outcome: 'doesNotHold' },
  { line: 'G42', plays: 'both are kept', play: {}, outcome: 'doesNotHold', says: /kept: categories, sensitivity/ },
  { line: 'G42', plays: 'neither is kept', play: { graph: { exceptionsIgnore: ['categories', 'sensitivity'] } }, outcome: 'holds' },
  { line: 'G43', plays: 'exceptions stay', play: { graph: { seriesChangeResetsExceptions: false } }, outcome: 'doesNotHold', says: /kept, taken-out ones still out/ },
  { line: 'G48', plays: 'the change key stays', play: { graph: { attachmentsMoveChangeKey: false } }, outcome: 'doesNotHold' },
  { line: 'G50', plays: 'some kilobytes more', play: { graph: { attachmentSizeExtra: 5_000 } }, outcome: 'doesNotHold', says: /17345 for 12345/ },
  { line: 'G51', plays: 'a list that is 90 s behind', play: { between: emptyAtFirst(12) }, outcome: 'doesNotHold', says: /75\.8 s/, rules: { graph: { readLagSeconds: 152 } } },
  { line: 'G46', plays: 'readings 20 s behind', play: { graph: { readLagMs: 20_000 } }, outcome: 'holds' },
  { line: 'G46', plays: 'readings 90 s behind', play: { graph: { readLagMs: 90_000 } }, outcome: 'doesNotHold', rules: { graph: { readLagSeconds: 192 } } },
  { line: 'G52', plays: 'the change key stays', play: { between: graphText(/^GET /, (text) => text.replace(/"changeKey":"[^"]*"/g, '"changeKey":"same"')) }, outcome: 'doesNotHold', says: /change key stayed/ },
  { line: 'G53', plays: 'an empty text is refused', play: { between: graphRefuses(/^PATCH /, 400, 'ErrorInvalidProperty', (body) => body.includes('"value":""')) }, outcome: 'doesNotHold', says: /400/ },
  { line: 'G7', plays: 'they do not travel', play: { graph: { extendedPropertiesTravel: false } }, outcome: 'doesNotHold' },
  { line: 'G38', plays: 'another one on the copy', play: { between: graphAnswers(/^POST .*\/events$/, (json) => ({ json: { ...json, iCalUId: 'another' } })) }, outcome: 'doesNotHold' },
  { line: 'G32', plays: 'all of them mail', play: { graph: { silentMembers: [] } }, outcome: 'doesNotHold', says: /categories, reminder, extended properties/ },
  { line: 'G32', plays: 'categories mail', play: { graph: { silentMembers: ['isReminderOn', 'reminderMinutesBeforeStart', 'singleValueExtendedProperties'] } }, outcome: 'doesNotHold', says: /for categories$/ },
  { line: 'G32', plays: 'properties mail, and the link of the CRM is written', play: { graph: { silentMembers: ['categories', 'isReminderOn', 'reminderMinutesBeforeStart'] }, rules: { appointments: { webLink: { show: 'property' } } } }, outcome: 'doesNotHold', rules: { appointments: { webLink: { show: 'off' } } } },
  { line: 'G32', plays: 'nothing is ever seen at the guest', play: { between: graphText(/^GET .*\$filter=iCalUId/, (text) => text.replace(/"changeKey":"[^"]*"/g, '"changeKey":"same"')) }, outcome: 'notTried', says: /silence proves nothing/ },
  { line: 'G36', plays: 'drafts are sent', play: { graph: { draftsMailNobody: false } }, outcome: 'doesNotHold', says: /an invitation came/ },
  { line: 'G28', plays: 'clocks that agree', play: { between: dated }, outcome: 'holds' },
  { line: 'G28', plays: 'a CRM that is a minute ahead', play: { crm: { quirks: { clockSkewMs: 60_000 } }, between: async (request, send) => (request.url.includes('5010') ? dated(request, send) : send(request)) }, outcome: 'doesNotHold', says: /60 s ahead/ },

  { line: 'C1.1', plays: 'another type', play: { crm: { quirks: { contentType: 'application/xml' } } }, outcome: 'doesNotHold', rules: { crm: { contentType: 'application/xml' } } },
  { line: 'C1.1', plays: 'a type that nobody knows', play: { crm: { quirks: { contentType: 'text/plain' } } }, outcome: 'doesNotHold', says: /neither/ },
  { line: 'C1.2', plays: 'HTTP 500', play: { between: crm('NoSuchTableOfProbe', { status: 500 }) }, outcome: 'doesNotHold', says: /HTTP 500/ },
  { line: 'C1.4', plays: 'another encoding', play: { between: crm('corr="read"', { answer: (xml) => Uint8Array.from(Buffer.from(xml, 'latin1')) }) }, outcome: 'doesNotHold', says: /not UTF-8/ },
  { line: 'C2.1', plays: 'the master user acts', play: { between: crm('impersonate="', { request: (xml) => xml.replace(/ impersonate="[^"]*"/, '') }) }, outcome: 'doesNotHold' },
  { line: 'C2.2', plays: 'the next one does not run', play: { between: crm('NoSuchFieldOfProbe', { request: (xml) => xml.replace('<Location>Behind</Location>', '<Location></Location>') }) }, outcome: 'doesNotHold' },
  { line: 'C2.3', plays: 'a break that does nothing', play: { between: undone }, outcome: 'doesNotHold', says: /the update ran/ },
  { line: 'C2.4', plays: 'it ends the request', play: { crm: { quirks: { failedBreak: 'stops' } } }, outcome: 'doesNotHold', says: /did not run/ },
  { line: 'C2.5', plays: 'another order', play: { between: crm('corr="two"', { answer: (xml) => xml.replace('corr="one"', 'corr="x"').replace('corr="three"', 'corr="one"') }) }, outcome: 'doesNotHold', says: /other commands/ },
  { line: 'C3.3', plays: 'deletion stamps nothing', play: { crm: { quirks: { stampDeleted: false } } }, outcome: 'doesNotHold', says: /marking as deleted stamps nothing/ },
  { line: 'C3.3', plays: 'every write stamps', play: { crm: { quirks: { stampUnchanged: true } } }, outcome: 'holds', says: /the same value stamps,/ },
  { line: 'C3.4', plays: 'the activity, too', play: { crm: { quirks: { stampParent: true } } }, outcome: 'doesNotHold' },
  { line: 'C3.5', plays: 'another zone', play: { crm: { timeZone: 'Europe/London' } }, outcome: 'doesNotHold', says: /60 minutes behind/ },
  { line: 'C3.5', plays: 'no Date header', play: { crm: { quirks: { dateHeader: false } } }, outcome: 'notTried', says: /C3\.6/ },
  { line: 'C3.6', plays: 'no Date header', play: { crm: { quirks: { dateHeader: false } } }, outcome: 'doesNotHold' },
  { line: 'C3.8', plays: 'the flag of old builds', play: { crm: { quirks: { deletedFlag: 64 } } }, outcome: 'doesNotHold', rules: { crm: { deletedFlag: 64 } } },
  { line: 'C3.9', plays: 'maxrecords counts for nothing', play: { between: crm('corr="page"', { request: (xml) => xml.replace(/ maxrecords="2"/, '') }) }, outcome: 'doesNotHold' },
  { line: 'C3.10', plays: 'another count', play: { between: crm('corr="count"', { answer: (xml) => xml.replace(/count="\d+"/, 'count="99"') }) }, outcome: 'doesNotHold', says: /count differs/ },
  { line: 'C3.11', plays: 'absent ones', play: { crm: { quirks: { emptyFields: 'absent' } } }, outcome: 'holds', says: /absent/ },
  { line: 'C3.11', plays: 'a nought in their place', play: { between: crm('corr="read"', { answer: (xml) => xml.replace(/<Reminder(\/>|><\/Reminder>)/, '<Reminder>0</Reminder>') }) }, outcome: 'doesNotHold', says: /Reminder/ },
  { line: 'C3.12', plays: 'parents without children are left out', play: { between: crm('flags="2048"', { request: (xml) => xml.replace(' flags="2048"', '') }) }, outcome: 'doesNotHold', says: /left out/ },
  { line: 'C4.1', plays: 'a second record', play: { between: crm('corr="two"', { request: (xml) => xml.replace('<import corr="two"', '<insert corr="two"').replace('</import>', '</insert>'), answer: (xml) => xml.replaceAll('insert corr="two"', 'import corr="two"').replace('</insert>', '</import>') }) }, outcome: 'doesNotHold', says: /2 of/ },
  { line: 'C4.2', plays: 'the key is refused', play: { crm: { quirks: { deletedMatch: 'refuse' } } }, outcome: 'doesNotHold', says: /409/ },
  { line: 'C4.3', plays: 'the id means nothing', play: { between: crm('corr="change"', { request: (xml) => xml.replace(/ id="\d+"/, ' id="1"') }) }, outcome: 'doesNotHold', says: /404/ },
  { line: 'C4.4', plays: 'no guard', play: { between: undone }, outcome: 'doesNotHold', says: /overwritten/ },
  { line: 'C4.5', plays: 'always update', play: { between: crm('corr="one"', { answer: (xml) => xml.replace('type="insert"', 'type="update"') }) }, outcome: 'doesNotHold' },
  { line: 'C4.6', plays: 'what was there before', play: { between: crm('corr="behind"', { answer: (xml) => xml.replace('Just now', 'Before') }) }, outcome: 'doesNotHold' },
  { line: 'C4.9', plays: 'a second row for each', play: { between: crm('corr="two"', { request: (xml) => xml.replace(/<(RepId|Email) matchup="true">/g, '<$1>') }) }, outcome: 'doesNotHold', says: /4 rows/ },
  { line: 'C4.10', plays: 'the activity is changed', play: { between: crm('corr="add"', { request: (xml) => xml.replace('</SeqNo>', '</SeqNo><Location>Moved</Location>') }) }, outcome: 'doesNotHold', says: /update/ },
  { line: 'C4.11', plays: 'none of it is made', play: { between: crm('corr="half"', { answer: (xml) => xml.replace(/<return type="insert">.*?<\/return>/, '<return type="error" code="500" text=""/>') }) }, outcome: 'doesNotHold' },
  { line: 'C4.12', plays: 'the id means nothing', play: { between: crm('corr="role"', { request: (xml) => xml.replace(/ id="\d+"/, ' id="1"') }) }, outcome: 'doesNotHold', says: /not changed/ },
  { line: 'C5.1', plays: 'times with seconds', play: { crm: { quirks: { times: 'hh:mm:ss' } } }, outcome: 'holds', says: /has seconds/ },
  { line: 'C5.1', plays: 'another form of dates', play: { between: crm('corr="read"', { answer: (xml) => xml.replace(/<Date>(\d+)-(\d+)-(\d+)/, '<Date>$3.$2.$1') }) }, outcome: 'doesNotHold' },
  { line: 'C5.4', plays: 'a shorter subject', play: { crm: { fields: { 'Contact.Subject': { length: 60 } } } }, outcome: 'doesNotHold', says: /Subject \(60\)/, rules: { crm: { lengths: { 'activity.Subject': 60 } } } },
  { line: 'C5.5', plays: 'line ends as references', play: { crm: { quirks: { lineEnds: 'crlf-entity', outerBlanks: 'trim' } } }, outcome: 'holds' },
  { line: 'C5.5', plays: 'signs are lost', play: { between: crm('corr="read"', { answer: (xml) => xml.replace('&lt;more&gt;', '') }) }, outcome: 'doesNotHold' },
  { line: 'C5.6', plays: 'less room', play: { crm: { fields: { 'Contact.Text': { length: 3_000 } } } }, outcome: 'doesNotHold', says: /422 for Text/ },
  { line: 'C5.6', plays: 'a cut', play: { crm: { fields: { 'Contact.Text': { length: 3_000 } }, quirks: { longTexts: 'cut' } } }, outcome: 'doesNotHold', says: /3000 are kept/ },
  { line: 'C6.1', plays: 'another station', play: { between: crm('corr="key"', { answer: (xml) => xml.replace('<StatNo>100<', '<StatNo>101<') }) }, outcome: 'doesNotHold' },
  { line: 'C7.1', plays: '509', play: { crm: { latencyMs: 500 } }, outcome: 'holds' },
  { line: 'C7.1', plays: 'another code', play: { crm: { latencyMs: 500, quirks: { codes: { 509: '500' } } } }, outcome: 'doesNotHold', says: /500/ },
  { line: 'C7.3', plays: 'other codes', play: { crm: { quirks: { codes: { 422: '500' } } } }, outcome: 'doesNotHold' },
  { line: 'C8.7', plays: 'no tentative answer', play: { crm: { quirks: { tentativeAnswer: false } } }, outcome: 'doesNotHold', rules: { appointments: { tentativeStatus: null } } },
  { line: 'C9.1', plays: 'a rep on another station', play: { between: crm('corr="rep"', { answer: (xml) => xml.replace('<StatNo>0<', '<StatNo>5<') }) }, outcome: 'doesNotHold', says: /other than 0/ },
  { line: 'C9.2', plays: 'nobody is needed', play: { between: crm('corr="alone"', { answer: (xml) => xml.replace(/<return type="error"[^>]*\/>/, '<return type="insert"/>') }) }, outcome: 'doesNotHold' },
  { line: 'C9.4', plays: 'a shorter key', play: { crm: { fields: { 'Contact.ExtKey': { length: 30 } } } }, outcome: 'doesNotHold', says: /422 for ExtKey/ },
  { line: 'C9.6', plays: 'another code', play: { crm: { quirks: { codes: { 404: '410' } } } }, outcome: 'doesNotHold', says: /410/ },
  { line: 'C9.14', plays: 'no content', play: { crm: { fields: { 'Document.Content': 'absent' } } }, outcome: 'doesNotHold', says: /422/ },
];
