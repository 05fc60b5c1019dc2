/** Catalog texts by number, in the language `en`. */
export type Catalog = Map<number, string>;

/** Numbers of the dialect's section 8; the texts are documented for types, answers and states, else ours. */
export function catalogs(tentativeAnswer: boolean): Record<string, Catalog> {
  const answers = ['Open', 'Accepted', 'Declined', 'Not relevant', ...(tentativeAnswer ? ['Tentative'] : [])];
  return {
    activityType: numbered(['Telephone', 'Visit', 'Letter', 'Event', 'Fax', 'E-mail', 'Info', 'Internet']),
    activityStatus: numbered(['Scheduled', 'Completed', 'Missed']),
    priority: numbered(['Low', 'Normal', 'High']),
    showAs: numbered(['Free', 'Tentative', 'Busy', 'Out of office', 'Working elsewhere']),
    role: numbered(['Required', 'Optional', 'Informational', 'Resource']),
    answer: numbered(answers),
    repType: numbered(['Employee', 'Group', 'Resource']),
    taskStatus: numbered(['Open', 'In progress', 'Completed', 'Waiting', 'Deferred']),
    absenceType: numbered(['Vacation', 'Illness', 'Training', 'Other']),
    approval: numbered(['Open', 'Approved', 'Rejected']),
  };
}

function numbered(texts: string[]): Catalog {
  return new Map(texts.map((text, number) => [number, text]));
}
