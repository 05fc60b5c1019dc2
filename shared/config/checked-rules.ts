import { loadTransforms } from '../model/transform.ts';
import { transformMistakes } from './field-rules.ts';
import type { TenantRules } from './rules.ts';

type Fields = { readonly appointments: Pick<TenantRules['appointments'], 'fields'> };

export function usesTransforms({ appointments: { fields } }: Fields): boolean {
  return fields.some(({ transform, transformBack }) => transform !== undefined || transformBack !== undefined);
}

/** What is wrong with the transforms of rules, each with its path. Their language is loaded for this: rules without any need it not. */
export async function transformsIn({ appointments: { fields } }: Fields): Promise<readonly string[]> {
  const { compile } = await loadTransforms();
  return transformMistakes(fields, (source) => compile(source).check());
}
