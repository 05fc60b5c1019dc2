import type { EventContent } from './event-model.ts';
import type { IdSource } from './identifiers.ts';

/** How the block looks that Exchange puts below the text is not documented; only that the meeting hangs on it (event-update). */
const blockOf = (joinUrl: string): string => `<div class="me-email-text" lang="en-US"><a href="${joinUrl}">Join the meeting</a></div>`;

/**
 * Once online a meeting stays so, whatever `isOnlineMeeting` says later; a body that lost the block to join by disables it.
 * `before` is null for a new event.
 */
export function withOnlineMeeting(ids: IdSource, content: EventContent, before: EventContent | null): EventContent {
  const joinUrl = before?.joinUrl ?? null;
  if (before !== null && joinUrl !== null) {
    if (content.html !== before.html && !content.html.includes(joinUrl)) return { ...content, isOnlineMeeting: false, joinUrl: null };
    return { ...content, isOnlineMeeting: true, onlineMeetingProvider: before.onlineMeetingProvider, joinUrl };
  }
  if (!content.isOnlineMeeting) return content;
  const made = `https://teams.microsoft.com/l/meetup-join/${ids.guid()}`;
  const block = blockOf(made);
  const html = content.html === '' ? `<html>\r\n<body>\r\n${block}\r\n</body>\r\n</html>\r\n` : content.html.replace('</body>', `${block}\r\n</body>`);
  const onlineMeetingProvider = content.onlineMeetingProvider === 'unknown' ? 'teamsForBusiness' : content.onlineMeetingProvider;
  return { ...content, html, onlineMeetingProvider, joinUrl: made };
}
