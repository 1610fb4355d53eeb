/**
 * What the doctor examines: labelled rows as they are laid out for training, wherever they come from.
 */
import { type BatchSource, carriesState, shrunkBatch, taskBatches } from '../../data/batching/task-batches.ts';
import { taskOf } from '../../data/tasks/index.ts';
import type { DataRequest } from '../../data/training-data.ts';
import type { LabelPlace } from '../../model/description.ts';
import { Random } from '../../model/random.ts';

/** The part of a job spec that says which data a job trains on. */
export type DataOfSpec = DataRequest & { training: { steps: number } };

/** One labelled sequence of a dataset. */
export interface Sequence {
  /** [T,I] */
  inputs: Float32Array;
  /** [T], 0 .. C-1; ignored where the mask is 0. */
  labels: Int32Array;
  /** [T]; above 0: the label counts. */
  mask: Float32Array;
  length: number;
}

/**
 * Rows one after the other, each with its steps in order: step t of row r is `starts[r] + t`. N steps, R rows.
 * A row is what the model sees as one sequence (a row of a batch, or an uploaded sequence), not what the data once were.
 */
export interface Sample {
  /** I */
  features: number;
  /** C */
  classes: number;
  /** "symbols": the one feature is the integer id of a token. "numbers": whether they are few enough to count is found out. */
  inputKind: 'numbers' | 'symbols';
  /** [N,I] */
  inputs: Float32Array;
  /** [N] */
  labels: Int32Array;
  /** [N]; above 0: the label counts. */
  mask: Float32Array;
  /** [R+1]: where each row starts; the last entry is N. */
  starts: Int32Array;
  /**
   * Rows r, r+1, … of one batch lie side by side on the batch axis. A dataset is one batch of all its sequences, in the
   * order of the upload.
   */
  rowsPerBatch: number;
  /** The model reaches row r with the state it left row r - rowsPerBatch with. */
  stateCarried: boolean;
  /** Where the labels lie; on every step, if it is not told. Rows with a label at the end are not cut. */
  labelsAt?: LabelPlace;
  /** These rows are only a part of the data. */
  sampled: boolean;
  /** The spec's data section, where a change of it can mend the layout. */
  layout?: DataRequest['data'];
  /** [I] Share of the steps in which each feature has no value; the mean stands in for it. */
  missing?: readonly number[];
  /** Steps that training cuts the sequences of a dataset into at most. */
  sequenceLength?: number;
  /** The features that probes see, where these are not all. */
  probedFeatures?: readonly number[];
  /** What a dataset calls its classes. */
  classNames?: readonly (string | number)[];
  /** Which split each row belongs to. */
  splits?: { names: string[]; ofRow: Uint8Array };
}

/**
 * How many steps are drawn from a built-in task: enough for the contexts of every task within the limits, and a few
 * hundredths of a second.
 */
const drawnSteps = 100_000;

/**
 * Rows like those that a job with this spec trains on, laid out as its batches, in whole batches. They are drawn from a
 * generator of their own: the training data do not move.
 */
export function sampleOfSpec(spec: DataOfSpec, steps = drawnSteps): Sample {
  const task = taskOf(spec.task);
  const { batchSize, sequenceLength } = shrunkBatch(spec.data, 2 * steps);
  const options = { ...spec.data, batchSize, sequenceLength };
  const source = taskBatches(task, options, Random.seeded(spec.training.seed, 'diagnosis'));
  const batches = Math.ceil(steps / (batchSize * sequenceLength));
  return {
    ...copyBatches(source, batches, batchSize, sequenceLength, task.features),
    features: task.features,
    classes: task.classes,
    inputKind: 'numbers',
    rowsPerBatch: batchSize,
    stateCarried: carriesState(spec.data.rows),
    sampled: batches < spec.training.steps || batchSize < spec.data.batchSize,
    layout: spec.data,
  };
}

type Rows = Pick<Sample, 'inputs' | 'labels' | 'mask' | 'starts'>;

function copyBatches(source: BatchSource, batches: number, B: number, T: number, I: number): Rows {
  const steps = batches * B * T;
  const rows = emptyRows(steps, I, batches * B);
  for (let r = 0; r <= batches * B; r++) rows.starts[r] = r * T;
  for (let k = 0; k < batches; k++) {
    const batch = source.next();
    for (let b = 0; b < B; b++) {
      for (let t = 0; t < T; t++) {
        const from = t * B + b;
        const to = (k * B + b) * T + t;
        for (let i = 0; i < I; i++) rows.inputs[to * I + i] = batch.inputs[from * I + i];
        rows.labels[to] = batch.labels[from];
        rows.mask[to] = batch.mask[from];
      }
    }
  }
  return rows;
}

interface SequencesOptions {
  features: number;
  classes: number;
  inputKind?: Sample['inputKind'];
  splits?: Sample['splits'];
}

/** The sequences of a dataset, in the order in which they were uploaded: each a row of its own, with no state carried over. */
export function sampleOfSequences(sequences: readonly Sequence[], options: SequencesOptions): Sample {
  const { features, classes, splits } = options;
  const steps = sequences.reduce((sum, { length }) => sum + length, 0);
  const rows = emptyRows(steps, features, sequences.length);
  let at = 0;
  for (const [r, { inputs, labels, mask, length }] of sequences.entries()) {
    rows.inputs.set(inputs.subarray(0, length * features), at * features);
    rows.labels.set(labels.subarray(0, length), at);
    rows.mask.set(mask.subarray(0, length), at);
    at += length;
    rows.starts[r + 1] = at;
  }
  return {
    ...rows,
    features,
    classes,
    inputKind: options.inputKind ?? 'numbers',
    rowsPerBatch: Math.max(1, sequences.length),
    stateCarried: false,
    sampled: false,
    ...(splits ? { splits } : {}),
  };
}

/** Of larger data, a part is examined. */
export const mostSteps = 1_000_000;
/**
 * How far back labels reach, and how they are laid out, is searched for in so many labelled steps: four for each of the
 * 65,536 contexts that are counted at most.
 */
export const searchedSteps = 250_000;

/** Rows are not cut shorter than this while there are others to leave out. */
const shortestCut = 1000;

/**
 * How many steps of each row are examined where at most `steps` can be: few long rows are cut off behind, so that all
 * stay side by side; then the first rows are taken. Rows that have to stay whole (they carry state, or have their label
 * at the end) are not cut, unless a single one is too long.
 */
export function keptLengths(lengths: Int32Array, steps: number, whole = false): Int32Array {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total <= steps) return lengths;
  const longest = whole ? steps : Math.min(steps, Math.max(shortestCut, Math.floor(steps / lengths.length)));
  const kept: number[] = [];
  let count = 0;
  for (const length of lengths) {
    count += Math.min(longest, length);
    if (count > steps) break;
    kept.push(Math.min(longest, length));
  }
  return Int32Array.from(kept);
}

interface Part {
  sample: Sample;
  /** Which steps of the whole sample these are, ascending. */
  kept: Int32Array;
}

/** At most `steps` steps of a sample, as `keptLengths` cuts it. */
export function partOf(sample: Sample, steps: number): Part {
  const { starts, labels } = sample;
  if (labels.length <= steps) return { sample, kept: labels.map((_, step) => step) };
  const lengths = keptLengths(rowLengths(sample), steps, sample.stateCarried || sample.labelsAt === 'end');
  return copyRows(
    sample,
    Array.from(lengths, (length, r) => ({ from: starts[r], length })),
  );
}

/** Rows that were neighbours stay so in as many pieces. */
const pieces = 20;

/**
 * Some `steps` steps of a sample in twenty pieces of whole rows, evenly spread: a file that is sorted shows all of
 * itself. Where rows hang together in batches or by their state, or are too few for that, the part is what `partOf`
 * takes.
 */
export function spreadPart(sample: Sample, steps: number): Part {
  const { starts, labels, rowsPerBatch, stateCarried, splits } = sample;
  const rows = starts.length - 1;
  const perPiece = Math.floor((rows * steps) / labels.length / pieces);
  if (labels.length <= steps || stateCarried || rowsPerBatch < rows || perPiece < 1) return partOf(sample, steps);
  const lengths = rowLengths(sample);
  const taken = Array.from({ length: pieces * perPiece }, (_, k) => {
    const row = Math.floor((Math.floor(k / perPiece) * rows) / pieces) + (k % perPiece);
    return { row, from: starts[row], length: lengths[row] };
  });
  const part = copyRows(sample, taken);
  if (splits) part.sample.splits = { ...splits, ofRow: Uint8Array.from(taken, ({ row }) => splits.ofRow[row]) };
  return part;
}

function rowLengths({ starts }: Sample): Int32Array {
  return starts.subarray(1).map((end, r) => end - starts[r]);
}

/** These rows, each from a step of the sample on, `length` steps of it. */
function copyRows(sample: Sample, taken: { from: number; length: number }[]): Part {
  const { features } = sample;
  const steps = taken.reduce((sum, { length }) => sum + length, 0);
  const part = emptyRows(steps, features, taken.length);
  const kept = new Int32Array(steps);
  for (const [r, { from, length }] of taken.entries()) {
    const to = part.starts[r];
    for (let t = 0; t < length; t++) kept[to + t] = from + t;
    part.inputs.set(sample.inputs.subarray(from * features, (from + length) * features), to * features);
    part.labels.set(sample.labels.subarray(from, from + length), to);
    part.mask.set(sample.mask.subarray(from, from + length), to);
    part.starts[r + 1] = to + length;
  }
  return { sample: { ...sample, ...part, sampled: true }, kept };
}

function emptyRows(steps: number, features: number, rows: number): Rows {
  return {
    inputs: new Float32Array(steps * features),
    labels: new Int32Array(steps),
    mask: new Float32Array(steps),
    starts: new Int32Array(rows + 1),
  };
}

/** Features that are looked at one by one: the first ones. */
export const lookedAtFeatures = 256;

/** Some features of all steps, [N, columns], close together in memory: of very many, each would be a cache miss. */
export function columnValues({ inputs, features, labels }: Sample, columns: Int32Array): Float32Array {
  const taken = new Float32Array(labels.length * columns.length);
  for (let step = 0, to = 0; step < labels.length; step++) {
    for (let k = 0; k < columns.length; k++) taken[to++] = inputs[step * features + columns[k]];
  }
  return taken;
}

/** Numbers of at most so many of the features, evenly spread. */
export function evenFeatures(features: number, most: number): Int32Array {
  const count = Math.min(features, most);
  return Int32Array.from({ length: count }, (_, k) => Math.floor((k * features) / count));
}

/** Steps that single features are looked at in. */
export const lookedAt = 50_000;

/** At most that many of `steps` steps, evenly spread. */
export function evenSteps(steps: number): number[] {
  const stride = Math.max(1, steps / lookedAt);
  return Array.from({ length: Math.min(steps, lookedAt) }, (_, k) => Math.floor(k * stride));
}

/** [N] The row of each step. */
export function rowsOfSteps({ starts }: Pick<Sample, 'starts'>): Int32Array {
  const rowOf = new Int32Array(starts[starts.length - 1]);
  for (let r = 0; r + 1 < starts.length; r++) rowOf.fill(r, starts[r], starts[r + 1]);
  return rowOf;
}

/** Steps of the longest row; 0 where there is none. */
export function longestRowOf({ starts }: Pick<Sample, 'starts'>): number {
  return starts.reduce((longest, start, r) => (r === 0 ? longest : Math.max(longest, start - starts[r - 1])), 0);
}
