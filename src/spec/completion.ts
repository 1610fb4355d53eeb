/**
 * The second half of a job spec's way: what depends on its data. A spec that has been parsed gets the defaults of its
 * task, and over a dataset its steps, and is checked against what the dataset holds.
 */

import { stepsOfEpochs } from '../data/batching/row-plans.ts';
import { defaultLengthClasses } from '../data/batching/sequence-batches.ts';
import type { DatasetFacts } from '../data/datasets/dataset.ts';
import { defaultSplit, splitSequences } from '../data/split.ts';
import { Random } from '../model/random.ts';
import type { InvalidInputError, Issue } from '../platform/errors.ts';
import { invalidInput } from '../platform/input/invalid-input.ts';
import { limits } from '../platform/limits.ts';
import type { JobSpecFields } from './fields.ts';
import { checkDatasetFields, checkLimits, checkSteps, partsOf, type Refuse, rowLengthFor } from './rules.ts';

/** The id of the dataset that a spec trains on; undefined: its task is built in. */
export function datasetOf({ task }: Pick<JobSpecFields, 'task'>): string | undefined {
  return task.type === 'dataset' ? task.dataset : undefined;
}

/**
 * The spec as it will run, or an InvalidInputError. Where `datasetOf(spec)` names a dataset, its facts have to be
 * given; undefined: there is no such dataset. A complete spec is completed to itself.
 */
export function completeSpec(spec: JobSpecFields, dataset?: DatasetFacts): JobSpecFields {
  const id = datasetOf(spec);
  if (id === undefined) return withDefaults(spec);
  if (dataset?.id !== id) throw noSuchDataset(id);
  throwIfRefused((refuse) => checkDatasetFields(spec, dataset, refuse));
  const complete = withDefaults(spec, dataset);
  throwIfRefused((refuse) => checkSteps(spec, complete, refuse));
  throwIfRefused((refuse) => {
    const { steps, epochs } = complete.training;
    if (steps > limits.steps) {
      refuse(['training', 'epochs'], `is ${epochs}, which makes ${steps} steps; the limit is ${limits.steps}`);
    }
    checkLimits(complete, refuse, dataset);
  });
  return complete;
}

export function noSuchDataset(id: string): InvalidInputError {
  const message = `is ${id}, but there is no such dataset`;
  return invalidInput('job spec', [{ path: 'task.dataset', message, rule: 'unknown-id' }]);
}

function throwIfRefused(check: (refuse: Refuse) => void): void {
  const issues: Issue[] = [];
  check((path, message) => issues.push({ path: path.join('.'), message, rule: 'between-fields' }));
  if (issues.length > 0) throw invalidInput('job spec', issues);
}

/** The spec with the defaults that depend on its task, and the steps that its epochs make. The rules have to hold. */
function withDefaults(spec: JobSpecFields, dataset?: DatasetFacts): JobSpecFields {
  const { data, training } = spec;
  const evaluates = training.earlyStopping !== undefined || (dataset && partsOf(spec, dataset).validation > 0);
  const evaluation = evaluates ? { evaluateEvery: training.evaluateEvery ?? training.reportEvery } : {};
  if (!dataset) return { ...spec, training: { ...training, ...evaluation } };
  const inputs =
    dataset.kind === 'numbers'
      ? { standardize: data.standardize ?? true }
      : { unknown: data.unknown ?? ('refuse' as const) };
  const rows = { ...data, sequenceLength: rowLengthFor(spec, dataset) };
  const steps =
    training.epochs === undefined ? training.steps : epochSteps({ ...spec, data: rows }, training.epochs, dataset);
  return {
    ...spec,
    data: { ...rows, split: data.split ?? defaultSplit, ...inputs },
    training: { ...training, ...evaluation, steps },
  };
}

function epochSteps({ data, training }: JobSpecFields, epochs: number, dataset: DatasetFacts): number {
  const split = splitSequences(
    dataset.lengths.length,
    data.split ?? defaultSplit,
    Random.seeded(training.seed, 'split'),
  );
  return stepsOfEpochs(
    split.train.map((sequence) => dataset.lengths[sequence]),
    epochs,
    { ...data, rows: data.rows === 'lanes' ? 'lanes' : 'independent', lengthClasses: defaultLengthClasses },
  );
}
