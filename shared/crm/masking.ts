import type { AppointmentRules } from '../config/rules.ts';
import type { Content } from '../model/content.ts';
import { canonicalLine } from '../model/text/canonical-text.ts';

/** What the rule `masked` shows of a private appointment: its time and show-as under a fixed subject, and nothing else. */
export function maskedContent(content: Content, { maskedSubject }: Pick<AppointmentRules, 'maskedSubject'>): Content {
  const shown: Content = { subject: canonicalLine(maskedSubject), place: '', body: '', reminder: null, priority: 'normal', categories: [], participants: {}, answers: {}, missing: 'unmarked' };
  return Object.fromEntries(Object.entries(content).map(([group, value]) => [group, shown[group] ?? (group in shown ? null : value)]));
}
