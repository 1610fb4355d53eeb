/**
 * What several specs differ in, field by field.
 */

export interface Difference {
  /** As in `data.layout`. */
  path: string;
  /** One for each spec; undefined: it does not have the field. */
  values: readonly unknown[];
}

export function differences(specs: readonly object[]): Difference[] {
  const flat = specs.map((spec) => flatten(spec));
  const paths = [...new Set(flat.flatMap((fields) => [...fields.keys()]))];
  return paths
    .map((path) => ({ path, values: flat.map((fields) => fields.get(path)) }))
    .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1);
}

/** Lists are values: their entries mean little by themselves. */
function flatten(value: object, prefix = ''): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [key, part] of Object.entries(value)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (typeof part !== 'object' || part === null || Array.isArray(part)) fields.set(path, part);
    else for (const [below, leaf] of flatten(part, path)) fields.set(below, leaf);
  }
  return fields;
}
