/** What the closing check of a test asks of a world. */
export interface MailingWorld {
  /** Mails of the connector that the test announced, or has looked at. */
  readonly announcedMails: number;
  sentMails(): number;
}

/** Told of every world whose mails nobody else judges; nobody listens outside of tests. */
export const openedWorlds: { tell: ((world: MailingWorld) => void) | null } = { tell: null };
