/**
 * What follows from a job spec: the model that it describes, what training it costs, and what its engine is chosen by.
 * No schema is needed for it, so that the process of a run loads none.
 */
import type { DatasetFacts } from '../data/datasets/dataset.ts';
import { type EncoderOptions, encodedFeatures } from '../data/encoding/encoder.ts';
import { taskOf } from '../data/tasks/index.ts';
import type { TaskSpec } from '../data/tasks/specs.ts';
import type { EngineRequest } from '../engine/choose.ts';
import { forwardFlops, trainingBytes } from '../model/cost.ts';
import { type ModelDescription, stackOf } from '../model/description.ts';
import { initialSlots } from '../model/optimizer.ts';
import type { JobSpecFields } from './fields.ts';

/** I and C. Throws where the task is a dataset whose facts are not given. */
export function taskShape(
  { task, data }: { task: TaskSpec; data?: Pick<Partial<EncoderOptions>, 'unknown'> },
  dataset?: DatasetFacts,
): { features: number; classes: number } {
  if (task.type !== 'dataset') return taskOf(task);
  if (!dataset) throw new TypeError(`The facts of dataset ${task.dataset} are needed, but were not given.`);
  return { features: encodedFeatures(dataset, data?.unknown ?? 'refuse'), classes: dataset.classes };
}

/** The model that a spec describes. The facts of its dataset have to be given, if it has one. */
export function modelOf(
  spec: Pick<JobSpecFields, 'task' | 'model'> & Partial<Pick<JobSpecFields, 'data'>>,
  dataset?: DatasetFacts,
): ModelDescription {
  const { features, classes } = taskShape(spec, dataset);
  const { type, units, layers, forgetBias } = spec.model;
  const widths = typeof units === 'number' ? Array<number>(layers).fill(units) : units;
  return stackOf({ features, classes, kind: type, units: widths, forgetBias, at: dataset?.labelsAt });
}

/** Floating-point operations of the whole job, and its working memory in bytes. */
export function estimate(
  spec: Pick<JobSpecFields, 'task' | 'model' | 'data' | 'optimizer' | 'training'>,
  dataset?: DatasetFacts,
) {
  const model = modelOf(spec, dataset);
  const steps = spec.data.batchSize * spec.data.sequenceLength;
  const slots = Object.keys(initialSlots(spec.optimizer, 0)).length;
  return {
    flops: 3 * forwardFlops(model, steps) * spec.training.steps,
    bytes: trainingBytes(model, spec.data, slots),
  };
}

/** What the choice of an engine depends on. */
export function engineRequest(spec: JobSpecFields, dataset?: DatasetFacts): EngineRequest {
  const { batchSize, sequenceLength } = spec.data;
  return { engine: spec.engine, model: modelOf(spec, dataset), batchSize, sequenceLength };
}
