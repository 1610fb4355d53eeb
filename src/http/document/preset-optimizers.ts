/**
 * Says in the document of which type an optimiser is that leaves its type out: of its preset's, and of the default one
 * where the request names no preset. The service fills it in before its schema sees the request.
 */
import { presets } from '../../spec/presets.ts';

interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  const?: unknown;
  required?: readonly string[];
  properties?: Readonly<Record<string, Schema>>;
  oneOf?: readonly Schema[];
  anyOf?: readonly Schema[];
  allOf?: readonly Schema[];
  if?: Schema;
  else?: Schema;
}

/** @param spec the schema of a job spec as a request gives it: its optimiser is a union by `type`. */
export function withPresetOptimizers(spec: Schema): Schema {
  const { optimizer, ...properties } = spec.properties ?? {};
  const forms = optimizer?.oneOf;
  if (!forms) throw new TypeError('The optimiser of a job spec is no union.');
  const typeOf = (form: Schema) => form.properties?.type?.const;
  const byDefault = forms.filter(({ required = [] }) => !required.includes('type')).map(typeOf);
  const others = Object.entries(presets).flatMap(([preset, { spec: base }]) => {
    const type = base.optimizer?.type;
    return type === undefined || byDefault.includes(type) ? [] : [{ preset, type }];
  });
  const open = (form: Schema, types: readonly unknown[]): Schema => {
    const required = (form.required ?? []).filter((name) => name !== 'type');
    return types.includes(typeOf(form))
      ? { ...form, required }
      : { ...form, required: [...new Set([...required, 'type'])] };
  };
  const union = (types: readonly unknown[]): Schema => ({ oneOf: forms.map((form) => open(form, types)) });
  const description =
    'Where `type` is left out, it is that of the preset; without a preset it is sgd. Of another type, it starts from that type’s own defaults.';
  const any = {
    description,
    anyOf: forms.map((form) => open(form, [...byDefault, ...others.map(({ type }) => type)])),
  };
  const conditions = others.map(({ preset, type }) => ({
    if: { required: ['preset'], properties: { preset: { const: preset } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { optimizer: union([type]) } },
    else: { properties: { optimizer: union(byDefault) } },
  }));
  return { ...spec, properties: { ...properties, optimizer: any }, allOf: conditions };
}
