/**
 * The first thing that submitting and trying out do with a spec: what depends on its dataset is filled in and checked.
 */
import type { DatasetFacts } from '../../data/datasets/dataset.ts';
import type { DatasetStore } from '../../data/datasets/stored/store.ts';
import { completeSpec, datasetOf } from '../../spec/completion.ts';
import type { JobSpec } from '../../spec/job-spec.ts';

/** A spec as it will run, with the facts of its dataset, if it has one. */
interface CompleteSpec {
  spec: JobSpec;
  facts?: DatasetFacts;
}

/** @throws InvalidInputError, with the path `task.dataset` where there is no such dataset. */
export async function completeJobSpec(datasets: DatasetStore, spec: JobSpec): Promise<CompleteSpec> {
  const id = datasetOf(spec);
  const facts = id === undefined ? undefined : await datasets.facts(id);
  return { spec: completeSpec(spec, facts), facts };
}
