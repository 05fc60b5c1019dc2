import type { Sort } from '../../sorts.ts';

/** One known way to break the product. The tree stays as it is: the sources are changed on their way into the bundle. */
export interface Mutant {
  readonly name: string;
  /** What the product then does wrong, in a few words. */
  readonly breaks: string;
  /** What the histories have besides in which it is hunted: there what it takes comes together more often. None where absent. */
  readonly sorts?: readonly Sort[];
  readonly edits: readonly Edit[];
}

export interface Edit {
  /** From the project's folder on. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A source with the mutant's edits of this file in it. @throws Error where an edit does not fit today's source */
export function patched(mutant: Mutant, file: string, source: string): string {
  let text = source;
  for (const edit of mutant.edits) {
    if (edit.file !== file) continue;
    const found = source.split(edit.find).length - 1;
    if (found !== 1) throw new Error(`The mutant '${mutant.name}' no longer fits: '${edit.find.trim().slice(0, 100)}' stands ${found} times in ${file} and must stand there once. Write its patch anew.`);
    // A function, because a dollar sign in the text means nothing special.
    text = text.replace(edit.find, () => edit.replace);
  }
  return text;
}
