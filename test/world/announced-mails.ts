/**
 * No surprise mail (invariant 6), in every test that uses a world: what Graph mailed for requests of the connector must be what the test announced
 * (`expectMails`) or has looked at (`lookedAtMails`, which the helpers call that list mails). Loaded before each test file.
 */
import { afterEach, expect } from 'vitest';
import { openedWorlds, type MailingWorld } from './opened-worlds.ts';

const open = new Set<MailingWorld>();
openedWorlds.tell = (world) => open.add(world);

afterEach(() => {
  const worlds = [...open];
  open.clear();
  for (const world of worlds) expect(world.sentMails(), 'mails that the connector caused; those that are right are announced by world.expectMails').toBe(world.announcedMails);
});
