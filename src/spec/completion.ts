/**
 * The second half of a job spec's way: what depends on its data. A spec that has been parsed gets the defaults of its task, and over a dataset its steps, and is checked against what the dataset holds.
 */

import { stepsOfEpochs } from '../data/batching/row-plans.ts';
import { defaultLengthClasses } from '../data/batching/sequence-batches.ts';
import type { DatasetFacts } from '../data/datasets/dataset.ts';
import { defaultSplit, splitSequences, splitSizes } from '../data/split.ts';
import { Random } from '../model/random.ts';
import type { InvalidInputError, Issue } from '../platform/errors.ts';
import { invalidInput } from '../platform/input/invalid-input.ts';
import { limits } from '../platform/limits.ts';
import { checkClassWeights, openSteps, type Refuse } from './data-fields.ts';
import { checkLimits, type JobSpec } from './job-spec.ts';

/** The id of the dataset that a spec trains on; undefined: its task is built in. */
export function datasetOf({ task }: Pick<JobSpec, 'task'>): string | undefined {
  return task.type === 'dataset' ? task.dataset : undefined;
}

/**
 * The spec as it will run, or an InvalidInputError. Where `datasetOf(spec)` names a dataset, its facts have to be given; undefined: there is no such dataset.
 * A complete spec is completed to itself.
 */
export function completeSpec(spec: JobSpec, dataset?: DatasetFacts): JobSpec {
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

/** Epochs make the steps. Steps that were given beside them must be these, as in the spec of a job that is submitted once more. */
function checkSteps({ training: { steps, epochs } }: JobSpec, complete: JobSpec, refuse: Refuse): void {
  const made = complete.training.steps;
  if (epochs === undefined || steps === openSteps || steps === made) return;
  refuse(
    ['training', 'steps'],
    `is ${steps}, but training.epochs is ${epochs}, which makes ${made} steps: give one of the two`,
  );
}

export function noSuchDataset(id: string): InvalidInputError {
  return invalidInput('job spec', [{ path: 'task.dataset', message: `is ${id}, but there is no such dataset` }]);
}

function throwIfRefused(check: (refuse: Refuse) => void): void {
  const issues: Issue[] = [];
  check((path, message) => issues.push({ path: path.join('.'), message }));
  if (issues.length > 0) throw invalidInput('job spec', issues);
}

/** The spec with the defaults that depend on its task, and the steps that its epochs make. The rules have to hold. */
function withDefaults(spec: JobSpec, dataset?: DatasetFacts): JobSpec {
  const { data, training } = spec;
  const evaluates = training.earlyStopping !== undefined || (dataset && partsOf(spec, dataset).validation > 0);
  const evaluation = evaluates ? { evaluateEvery: training.evaluateEvery ?? training.reportEvery } : {};
  if (!dataset) return { ...spec, training: { ...training, ...evaluation } };
  const inputs =
    dataset.kind === 'numbers'
      ? { standardize: data.standardize ?? true }
      : { unknown: data.unknown ?? ('refuse' as const) };
  const steps = training.epochs === undefined ? training.steps : epochSteps(spec, training.epochs, dataset);
  return {
    ...spec,
    data: { ...data, split: data.split ?? defaultSplit, ...inputs },
    training: { ...training, ...evaluation, steps },
  };
}

/** What holds for a dataset; its facts have to be those of `task.dataset`. */
function checkDatasetFields(spec: JobSpec, dataset: DatasetFacts, refuse: Refuse): void {
  const { data, training } = spec;
  if (data.layout !== 'batch-major') {
    refuse(['data', 'layout'], 'must be "batch-major" for a dataset, whose sequences are rows already');
  }
  if (data.rows === 'flat') {
    refuse(
      ['data', 'rows'],
      'must be "independent" or "lanes" for a dataset, whose sequences do not continue each other',
    );
  }
  if (data.standardize && dataset.kind === 'strings') {
    refuse(['data', 'standardize'], 'applies to numbers only, but the dataset holds strings');
  }
  if (data.unknown !== undefined && dataset.kind === 'numbers') {
    refuse(['data', 'unknown'], 'applies to strings only, but the dataset holds numbers');
  }
  if ((training.earlyStopping || training.evaluateEvery) && partsOf(spec, dataset).validation === 0) {
    refuse(['data', 'split'], 'must leave sequences for validation, which the evaluation is made on');
  }
  checkClassWeights(training, dataset.classes, refuse);
}

function partsOf({ data }: JobSpec, dataset: DatasetFacts) {
  return splitSizes(dataset.lengths.length, data.split ?? defaultSplit);
}

function epochSteps({ data, training }: JobSpec, epochs: number, dataset: DatasetFacts): number {
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
