import type { AppointmentRules } from '../config/rules.ts';
import type { AppointmentContent } from '../model/appointment.ts';
import type { Content, Json } from '../model/content.ts';
import type { ActivityFields } from './activity-fields.ts';
import { heldFields, type ActivityTranslation } from './activity-content.ts';
import type { LinkFields } from './link-fields.ts';
import type { MissingMark } from './missing-mark.ts';
import { heldAnswers, heldParticipants, type Owner } from './participant-rows.ts';

export interface Holding {
  readonly rules: Pick<AppointmentRules, 'tentativeStatus'>;
  readonly translation: ActivityTranslation;
  readonly missing: MissingMark;
  readonly links: LinkFields | null;
  readonly fields?: Pick<ActivityFields, 'held'>;
  readonly owner: Owner;
  /** Whether this CRM is known to take no answers. */
  readonly refusesAnswers: boolean;
}

/** What the CRM would show of this content, group by group: written and read back. */
export function heldContent(content: Content, { rules, translation, missing, links, fields, owner, refusesAnswers }: Holding): Content {
  const { participants, answers } = content as Partial<AppointmentContent>;
  const held: Record<string, Json> = { ...heldFields(content, translation), ...fields?.held(content) };
  if (participants !== undefined) held['participants'] = heldParticipants(participants, owner);
  if (answers !== undefined) held['answers'] = refusesAnswers ? {} : heldAnswers(answers, owner, rules);
  if (content['missing'] !== undefined) held['missing'] = missing.held(content['missing']);
  if (content['links'] !== undefined && links !== null) held['links'] = links.held(content['links']);
  return held;
}
