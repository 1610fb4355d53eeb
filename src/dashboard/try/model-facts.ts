/**
 * What a model takes and what its classes are called: of a dataset by its sheet, of a built-in task by its sample.
 */
import type { RemoteJob } from '../../client/client.ts';
import type { FeatureRange } from '../parts/feature-rows.tsx';
import { base, client } from '../service.ts';
import type { Step, StepKind } from './sequence-input.ts';

export interface ModelFacts {
  kind: StepKind;
  /** To begin with. */
  example: readonly Step[];
  /** Values that a step may have, as far as they are known. */
  values: readonly Step[];
  /** By class; empty: they have numbers alone. */
  classes: readonly string[];
  /** Of steps with several numbers. */
  features: readonly FeatureRange[];
}

const exampleLength = 16;
const previewed = 8;

export async function modelFacts({ id, spec }: RemoteJob): Promise<ModelFacts> {
  if (spec === null) return factsOfImport(id);
  const { task } = spec;
  if (task.type === 'dataset') return factsOfDataset(task.dataset);
  const { sample } = (await client.tasks()).find(({ type }) => type === task.type)!;
  const values = [...new Map(sample.inputs.map((step) => [JSON.stringify(step), step])).values()];
  const width = Array.isArray(sample.inputs[0]) ? sample.inputs[0].length : 1;
  const isDigit =
    width === 1 &&
    values.every((value) => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 10);
  return {
    kind: { kind: 'numbers', width, isDigit },
    example: sample.inputs.slice(0, exampleLength),
    values,
    classes: [],
    features: [],
  };
}

/** What the model itself says: of strings it does not say which it knows. */
async function factsOfImport(id: string): Promise<ModelFacts> {
  const response = await fetch(`${base}/v2/models/${encodeURIComponent(id)}`);
  if (!response.ok) throw new Error('What the model takes could not be read.');
  const { inputs } = (await response.json()) as { inputs: { datatype: string; shape: number[] }[] };
  const [{ datatype, shape }] = inputs;
  const isText = datatype === 'BYTES';
  const width = isText ? 1 : shape[2];
  const step: Step = width === 1 ? 0 : Array<number>(width).fill(0);
  const example = isText ? [] : [step, step, step];
  const kind = { kind: isText ? ('strings' as const) : ('numbers' as const), width, isDigit: false };
  return { kind, example, values: [], classes: [], features: [] };
}

async function factsOfDataset(id: string): Promise<ModelFacts> {
  const [sheet, preview] = await Promise.all([client.dataset(id), client.previewDataset(id, previewed)]);
  const { inputs, labels } = sheet;
  const classes = labels.names.map(String);
  // A step without a value cannot be written here; the ones around it can.
  const example = ((preview[0]?.x ?? []) as (Step | null)[])
    .filter((step) => step !== null)
    .slice(0, exampleLength) as Step[];
  if (inputs.kind === 'strings') {
    return {
      kind: { kind: 'strings', width: 1, isDigit: false },
      example,
      values: inputs.vocabulary,
      classes,
      features: [],
    };
  }
  const { features } = inputs;
  // A step of each sequence, here and there: what a step may be replaced by.
  const values = preview.map(({ x }, i) => x[(7 * i + 3) % x.length]).filter((step) => step !== null);
  return { kind: { kind: 'numbers', width: features.length, isDigit: false }, example, values, classes, features };
}
