/**
 * What a spec that starts from a checkpoint leaves out, and has from the job of that checkpoint then: found before defaults
 * are filled in, which would hide it.
 */

/** Paths of fields. */
export const inheritedFields = ['model', 'data.split', 'training.seed'] as const;
export type InheritedField = (typeof inheritedFields)[number];

/** @param input over its preset, without the schema's defaults. */
export function withLeftOut(input: unknown): unknown {
  if (!isRecord(input) || !isRecord(input.initFrom)) return input;
  const [data, training] = [input.data, input.training].map((section) => (isRecord(section) ? section : {}));
  const given: Record<InheritedField, unknown> = {
    model: input.model,
    'data.split': data.split,
    'training.seed': training.seed,
  };
  const { takes: _, ...initFrom } = input.initFrom;
  const takes = inheritedFields.filter((field) => given[field] === undefined);
  return { ...input, initFrom: takes.length > 0 ? { ...initFrom, takes } : initFrom };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
