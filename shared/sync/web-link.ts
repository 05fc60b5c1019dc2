import { fingerprint, type Content } from '../model/content.ts';
import type { KindPass } from './context.ts';
import { loudGroups } from './mails.ts';
import type { Pair } from './pair.ts';
import { NOTHING, type Decision, type PlannedWrite } from './plan.ts';
import type { SideItem } from './ports.ts';
import type { Work } from './work.ts';

/**
 * The decision with the link to the record in CRM.web, where the event does not carry it yet (scope G4). It rides on what is written anyway; alone it goes
 * only where nobody is mailed for it, which the Graph side sees to. A line that somebody takes out is not put back, unless the text is written anew.
 */
export function withWebLink(pass: KindPass, { pair, graph, crm }: Work, decision: Decision): Decision {
  const crmId = pair?.crmId ?? (crm.state === 'present' ? crm.item.id : null);
  if (decision.verdict !== 'write' && decision.verdict !== 'settle') return decision;
  const link = crmId === null || decision.conceals === true ? null : pass.sides.crm.webLink(crmId);
  if (link === null) return decision;
  const toGraph = decision.writes.find(({ side }) => side === 'graph');
  if (toGraph?.action === 'delete') return decision;
  if (toGraph?.action === 'create') return withWrite(decision, toGraph, { ...toGraph, webLink: link });
  if (pair === null || pair.published === true || pair.series !== undefined || pair.concealed === true) return decision;
  const known = pair.webLink;
  const isDue = known?.address !== fingerprint(link);
  if (graph.state === 'asBase') {
    // Whether it may be shown there, and in which text, only the event itself tells.
    return toGraph !== undefined && rides(pass, pair, toGraph.content, isDue) ? { ...NOTHING, verdict: 'read', reason: 'webLink', read: ['graph'] } : decision;
  }
  if (graph.state !== 'present' || !mayCarry(pair, graph.item)) return decision;
  if (toGraph === undefined) {
    // What is about to be deleted or is written to the CRM first comes by again.
    if (!isDue || decision.writes.length > 0) return decision;
    return { ...decision, verdict: 'write', reason: 'webLink', writes: [{ side: 'graph', action: 'update', content: {}, source: {}, held: {}, putsRight: [], webLink: link }] };
  }
  return rides(pass, pair, toGraph.content, isDue) ? withWrite(decision, toGraph, { ...toGraph, webLink: link }) : decision;
}

/** Not there yet, or in a text that is written anew, or in a property while the text goes out to everybody anyway. */
function rides({ kind, rules: { webLink } }: KindPass, { webLink: known }: Pair, content: Content, isDue: boolean): boolean {
  return isDue || (webLink.inBody && ('body' in content || (webLink.guests && known?.where === 'property' && loudGroups(kind, content).length > 0)));
}

/** Whether this event waits for a link though its content is what it was. */
export function lacksWebLink(pass: KindPass, pair: Pair, item: SideItem): boolean {
  if (pair.crmId === null || !mayCarry(pair, item)) return false;
  const link = pass.sides.crm.webLink(pair.crmId);
  return link !== null && pair.webLink?.address !== fingerprint(link);
}

/** What the pair knows after a write that carried it. */
export function linkedBy(write: PlannedWrite, { linked }: SideItem): Pick<Pair, 'webLink'> {
  return write.action === 'delete' || write.webLink === undefined || linked === undefined ? {} : { webLink: { address: fingerprint(write.webLink), where: linked } };
}

/** Not on occurrences, where it would make an exception of each; not on copies of somebody else's meeting, and not behind a mask. */
function mayCarry({ published, concealed, series }: Pair, item: SideItem): boolean {
  return published !== true && concealed !== true && series === undefined && item.series === undefined && item.masked !== true && item.outOfScope === null && item.meeting?.role !== 'attendee';
}

function withWrite(decision: Decision, before: PlannedWrite, after: PlannedWrite): Decision {
  return { ...decision, writes: decision.writes.map((one) => (one === before ? after : one)) };
}
