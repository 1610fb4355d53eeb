/**
 * What a job takes on disk, from its spec alone: its checkpoints, as many as its rules keep, and its report. In blocks
 * of the file system, since most of these files are small.
 */
import { defaultKeep } from '../checkpoints/retention.ts';
import type { DatasetFacts } from '../data/datasets/dataset.ts';
import { initialSlots } from '../model/optimizer.ts';
import { parameterCount } from '../model/parameters.ts';
import { stateLength } from '../model/state.ts';
import { limits } from '../platform/limits.ts';
import { modelOf, taskShape } from './described-model.ts';
import type { JobSpecFields } from './fields.ts';

const blockBytes = 4096;
const bytesPerNumber = 4;
/** manifest.json, model.json, training.json and the folder, a block each. */
const smallBlocks = 4;
/** Mean, scale and filling of a feature in a manifest, or the place of a string, as text. */
const bytesPerFeature = 80;
/** A count in the confusion matrix of a report, and a line of its tables by class and position, as text. */
const bytesPerCount = 4;
const bytesPerScore = 160;
/** The rest of a report. */
const reportBytes = 64 * 1024;

type SpecOnDisk = Pick<JobSpecFields, 'task' | 'model' | 'data' | 'optimizer' | 'training' | 'diagnose' | 'initFrom'>;

/** One checkpoint. */
export function checkpointBytes(spec: SpecOnDisk, dataset?: DatasetFacts): number {
  const model = modelOf(spec, dataset);
  const parameters = parameterCount(model);
  const slots = Object.values(initialSlots(spec.optimizer, parameters)).reduce((sum, { length }) => sum + length, 0);
  const training = slots + stateLength(model, spec.data.batchSize);
  return weightsBytes(spec, dataset) + inBlocks(bytesPerNumber * training);
}

/** The weights, what says how inputs are encoded, and what every checkpoint has. */
function weightsBytes(spec: SpecOnDisk, dataset?: DatasetFacts): number {
  const numbers = inBlocks(bytesPerNumber * parameterCount(modelOf(spec, dataset)));
  const encoding = dataset ? inBlocks(dataset.nameBytes + bytesPerFeature * dataset.width) : 0;
  return numbers + encoding + smallBlocks * blockBytes;
}

/** All that the job has on disk at its most: what its rules keep, the checkpoint that is being written, and what it starts from. */
export function diskBytes(spec: SpecOnDisk, dataset?: DatasetFacts): number {
  const report = spec.diagnose ? reportBytesOf(spec, dataset) : 0;
  const initial = spec.initFrom ? weightsBytes(spec, dataset) : 0;
  return (keptCheckpoints(spec.training) + 1) * checkpointBytes(spec, dataset) + initial + report;
}

function reportBytesOf(spec: SpecOnDisk, dataset?: DatasetFacts): number {
  const { classes } = taskShape(spec, dataset);
  const longest = dataset
    ? dataset.lengths.reduce((most, length) => Math.max(most, length), 0)
    : spec.data.sequenceLength;
  const tables = bytesPerCount * classes ** 2 + bytesPerScore * (classes + Math.min(longest, limits.reportPositions));
  return inBlocks(reportBytes + tables + (dataset?.nameBytes ?? 0));
}

/** At most so many stay after the last step. */
function keptCheckpoints({ steps, checkpointEvery, evaluateEvery, keep }: JobSpecFields['training']): number {
  const { last, best, every } = keep ?? defaultKeep({ checkpointEvery });
  const written = Math.ceil(steps / checkpointEvery) + (evaluateEvery ? Math.ceil(steps / evaluateEvery) : 0);
  return Math.min(written, last + best + (every ? Math.floor(steps / every) : 0));
}

function inBlocks(bytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes;
}
