import type { Target } from './target.ts';
import { crmAnswer, crmHttp, crmRequest } from './targets/crm-answers.ts';
import { collectedMailboxes, syncSettings } from './targets/files.ts';
import { graphAnswer, graphLink, loginAnswer, tokenClaims } from './targets/graph-answers.ts';
import { http } from './targets/http.ts';
import { clientState, lifecycle, notification, queueMessage, ticket } from './targets/incoming.ts';
import { crmRecord, event } from './targets/items.ts';
import { boundedPattern, linkRule, rules, rulesText, transform } from './targets/rules.ts';
import { changeset, foreignRow, row } from './targets/state.ts';
import { address, canonical, heldInPart, html, time, value, webLink } from './targets/texts.ts';

/** Every parser of something that comes from outside. */
export const TARGETS: readonly Target[] = [
  notification,
  lifecycle,
  clientState,
  ticket,
  queueMessage,
  http,
  graphAnswer,
  graphLink,
  tokenClaims,
  loginAnswer,
  event,
  crmAnswer,
  crmHttp,
  crmRequest,
  crmRecord,
  collectedMailboxes,
  syncSettings,
  rules,
  rulesText,
  linkRule,
  transform,
  boundedPattern,
  html,
  heldInPart,
  canonical,
  webLink,
  address,
  value,
  time,
  row,
  foreignRow,
  changeset,
];
