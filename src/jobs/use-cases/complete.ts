/**
 * The first thing that submitting and trying out do with a spec: what depends on its dataset, and on the checkpoint that
 * it starts from, is filled in and checked.
 */
import type { InitialModel } from '../../checkpoints/initial/initial-model.ts';
import type { DatasetFacts } from '../../data/datasets/dataset.ts';
import type { DatasetStore } from '../../data/datasets/stored/store.ts';
import { completeSpec, datasetOf } from '../../spec/completion.ts';
import type { JobSpec } from '../../spec/job-spec.ts';
import {
  encodedAsInitial,
  ensureDataFit,
  ensureModelFits,
  findInitial,
  type InitialModels,
  leftOutAsInitial,
  withInitial,
} from './initial-model.ts';

/** A spec as it will run, with the facts of its dataset and the model that it starts from, if it has them. */
interface CompleteSpec {
  spec: JobSpec;
  facts?: DatasetFacts;
  initial?: InitialModel;
}

export interface CompletionDeps {
  datasets: DatasetStore;
  initialModels: InitialModels;
}

/** @throws InvalidInputError, with the path `task.dataset` where there is no such dataset. */
export async function completeJobSpec(
  { datasets, initialModels }: CompletionDeps,
  requested: JobSpec,
): Promise<CompleteSpec> {
  const id = datasetOf(requested);
  const facts = id === undefined ? undefined : await datasets.facts(id);
  const initial = await findInitial(initialModels, requested);
  if (!initial) return { spec: completeSpec(requested, facts), facts };
  ensureDataFit(initial, facts && (await datasets.get(facts.id)));
  const source = await initialModels.specOf(initial.job);
  const taken = leftOutAsInitial(requested, source, initial);
  const spec = completeSpec(encodedAsInitial(taken, initial), facts);
  ensureModelFits(spec, initial, facts);
  return { spec: withInitial(spec, initial), facts, initial };
}
