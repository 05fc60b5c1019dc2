/** Says whether a route value is acceptable. */
export type Constraint = (value: string) => boolean;

const PLAIN: Readonly<Record<string, Constraint>> = {
  int: (value) => /^[+-]?\d+$/.test(value) && Math.abs(Number(value)) <= 2_147_483_647,
  long: (value) => /^[+-]?\d+$/.test(value),
  bool: (value) => /^(true|false)$/i.test(value),
  guid: (value) => /^\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i.test(value),
  alpha: (value) => /^[a-z]*$/i.test(value),
  decimal: (value) => /^[+-]?\d+(\.\d+)?$/.test(value),
  double: (value) => value.trim() !== '' && Number.isFinite(Number(value)),
  float: (value) => value.trim() !== '' && Number.isFinite(Number(value)),
  datetime: (value) => !Number.isNaN(Date.parse(value)),
  required: (value) => value !== '',
};

/** The constraint `name(args)` of a route; throws one sentence for a name that ASP.NET does not know. */
export function readConstraint(name: string, args: string | undefined, template: string): Constraint {
  const plain = Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined;
  if (plain && args === undefined) return plain;
  const numbers = (args ?? '').split(',').map(Number);
  const [first, second] = numbers;
  if (name === 'regex' && args !== undefined) {
    const pattern = new RegExp(args.replace(/\{\{/g, '{').replace(/\}\}/g, '}'), 'i');
    return (value) => pattern.test(value);
  }
  if (args !== undefined && first !== undefined && numbers.every(Number.isFinite)) {
    switch (name) {
      case 'min':
        return (value) => /^[+-]?\d+$/.test(value) && Number(value) >= first;
      case 'max':
        return (value) => /^[+-]?\d+$/.test(value) && Number(value) <= first;
      case 'range':
        if (second !== undefined) return (value) => /^[+-]?\d+$/.test(value) && Number(value) >= first && Number(value) <= second;
        break;
      case 'minlength':
        return (value) => value.length >= first;
      case 'maxlength':
        return (value) => value.length <= first;
      case 'length':
        return (value) => value.length >= first && value.length <= (second ?? first);
    }
  }
  throw new Error(`The route "${template}" has the constraint "${name}", which Azure does not know in this form.`);
}
