import type { Clock } from '../sync/ports.ts';
import type { CommandAnswer } from './answer.ts';
import { errorOf } from './classify.ts';
import type { Command } from './dialect.ts';
import type { SchemaProfile } from './profile.ts';

/** The CRM's build, by which it is known what it can do (connector-se 1.7). */

/** The first build that takes participants' answers. */
export const TAKES_ANSWERS = '8.1.6.5855';
const DAY_MS = 86_400_000;

/** Older or unknown builds take none. */
export function takesAnswers(build: string | null): boolean {
  const parts = partsOf(build ?? '');
  const wanted = partsOf(TAKES_ANSWERS) ?? [];
  if (parts === null) return false;
  for (const [index, part] of wanted.entries()) {
    const difference = (parts[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** null where the text is no version of at least two numbers. */
function partsOf(version: string): readonly number[] | null {
  return /^\d{1,9}(\.\d{1,9}){1,5}$/.test(version.trim()) ? version.trim().split('.').map(Number) : null;
}

export function buildQuestion({ participant }: SchemaProfile): Command {
  return { kind: 'metainfo', corr: 'build', table: participant.table };
}

/** null where the CRM does not tell it, undefined where it did not answer the question: then it may be asked again. */
export function readBuild(answer: CommandAnswer | undefined): string | null | undefined {
  if (answer?.state !== 'answered' || errorOf(answer) !== null) return undefined;
  const build = answer.returns[0]?.build ?? '';
  return partsOf(build) === null ? null : build.trim();
}

/** Each tenant's build as told within the last day, for the length of the process. */
export class KnownBuilds {
  private readonly clock: Pick<Clock, 'monotonic'>;
  private readonly known = new Map<string, { readonly build: string | null; readonly until: number }>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.clock = clock;
  }

  /** undefined = not known now. */
  of(tenantId: string): string | null | undefined {
    const known = this.known.get(tenantId);
    return known !== undefined && this.clock.monotonic() < known.until ? known.build : undefined;
  }

  learn(tenantId: string, build: string | null): void {
    this.known.set(tenantId, { build, until: this.clock.monotonic() + DAY_MS });
  }
}
