/**
 * How inputs are encoded and what classes are called, as encoding.json of a download says it, and as a request may say it
 * for a file that does not.
 */
import { z } from 'zod';
import type { EncoderState } from '../../data/encoding/encoder.ts';
import { labelPlaces } from '../../model/description.ts';
import { limits } from '../../platform/limits.ts';
import { isJobId } from '../keys.ts';

const text = z.string().max(limits.datasetText);
const place = z.int().min(0).max(limits.vocabulary);

const bound = z.number().refine(Number.isFinite, { error: 'must be finite' });

/** Which inputs a built-in task has. */
const Domain = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('one-hot') }),
    z.object({
      kind: z.literal('ranges'),
      ranges: z.array(z.object({ from: bound, to: bound, onlyIntegers: z.boolean() })).max(limits.features),
    }),
  ])
  .describe('Which numbers are taken: one-hot steps, or those of a range for each feature; by default all.');

const NumberInputs = z
  .object({
    kind: z.literal('numbers'),
    features: z
      .array(
        z.object({
          name: text.nullable().default(null),
          mean: z.number().default(0),
          scale: z
            .number()
            .refine((scale) => scale !== 0, { error: 'must not be 0' })
            .default(1),
          missing: z.number().nullable().default(null),
        }),
      )
      .min(1)
      .max(limits.features),
    domain: Domain.optional(),
  })
  .describe(
    'Feature i of a step becomes (value - mean) / scale; a missing value becomes `missing` first, null: none may be missing.',
  );

const StringInputs = z
  .object({
    kind: z.literal('strings'),
    vocabulary: z
      .array(text)
      .min(1)
      .max(limits.vocabulary)
      .refine((strings) => new Set(strings).size === strings.length, { error: 'must not name a string twice' }),
    places: z.array(place).optional().describe('The one-hot place of each string; by default its number.'),
    unknownPlace: place
      .nullable()
      .default(null)
      .describe('That of all other strings, which has to be the last; null: they are refused.'),
  })
  .describe('Each string is one-hot.');

export const InputsDocument = z.discriminatedUnion('kind', [NumberInputs, StringInputs]).meta({ id: 'ImportedInputs' });
export type InputsDocument = z.output<typeof InputsDocument>;

export const LabelsDocument = z
  .array(z.union([z.int(), text]))
  .min(2)
  .max(limits.classes)
  .refine((names) => new Set(names.map(String)).size === names.length, { error: 'must not name a class twice' });
export type LabelsDocument = z.output<typeof LabelsDocument>;

/** encoding.json: what is needed of it. */
export const EncodingFile = z.object({
  checkpoint: z.object({
    job: z.string().refine(isJobId, { error: 'must be the id of a job' }),
    step: z.int().min(0).max(limits.steps),
  }),
  input: InputsDocument,
  output: z.object({ at: z.enum(labelPlaces), labels: LabelsDocument }),
  initialState: z.object({
    rule: z.enum(['given', 'zero']),
    layers: z.array(z.record(z.string(), z.array(z.number()).max(limits.units))).max(limits.layers),
  }),
});
export type EncodingFile = z.output<typeof EncodingFile>;

/** What is wrong with it for a model of so many features; undefined: nothing. */
export function misfitOf(inputs: InputsDocument, features: number): string | undefined {
  if (inputs.kind === 'numbers') {
    const filled = inputs.features.filter(({ missing }) => missing !== null).length;
    if (filled > 0 && filled < inputs.features.length) {
      return `says what missing values become for ${filled} of ${inputs.features.length} features: it has to be all or none`;
    }
    const names = inputs.features.flatMap(({ name }) => name ?? []);
    if (new Set(names).size < names.length) return 'has two features of one name';
    if (inputs.features.length === features) return misfitOfDomain(inputs);
    return `has ${inputs.features.length} features, but the model takes ${features}`;
  }
  const { vocabulary, places = [...vocabulary.keys()], unknownPlace } = inputs;
  if (places.length !== vocabulary.length) return `has ${places.length} places for ${vocabulary.length} strings`;
  if (new Set(places).size < places.length) return 'has two strings at one place';
  if (unknownPlace !== null && (unknownPlace !== features - 1 || places.includes(unknownPlace))) {
    return `has unknownPlace ${unknownPlace}, which must be the last place, ${features - 1}, and that of no string`;
  }
  const beyond = places.find((one) => one >= features);
  if (beyond !== undefined) return `has a string at place ${beyond}, but the model takes ${features} numbers`;
  return undefined;
}

/** It is held against encoded numbers. */
function misfitOfDomain({ domain, features }: z.output<typeof NumberInputs>): string | undefined {
  if (!domain) return undefined;
  if (features.some(({ mean, scale, missing }) => mean !== 0 || scale !== 1 || missing !== null)) {
    return 'has a domain, which goes with numbers that are taken as they are';
  }
  if (domain.kind === 'one-hot' || domain.ranges.length === features.length) return undefined;
  return `has ${domain.ranges.length} ranges for ${features.length} features`;
}

export function encoderState(inputs: InputsDocument, features: number): EncoderState {
  if (inputs.kind === 'strings') {
    const { vocabulary, places = [...vocabulary.keys()], unknownPlace } = inputs;
    return { kind: 'strings', features, vocabulary, places, unknown: unknownPlace === null ? 'refuse' : 'unk' };
  }
  const columns = inputs.features;
  const names = columns.flatMap(({ name }) => name ?? []);
  const fill = columns.flatMap(({ missing }) => missing ?? []);
  return {
    kind: 'numbers',
    features,
    mean: columns.map(({ mean }) => mean),
    scale: columns.map(({ scale }) => scale),
    fill: fill.length === features ? fill : null,
    ...(names.length === features ? { names } : {}),
    ...(inputs.domain ? { domain: inputs.domain } : {}),
  };
}
