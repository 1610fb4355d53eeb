/**
 * Ways to spoil a data set, and what the doctor ought to say of each.
 */
import type { FindingCode } from '../../src/diagnosis/doctor/doctor-schema.ts';
import { strided } from '../../src/diagnosis/sampling/rearranged.ts';
import type { Sample } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';
import type { RealData } from './load.ts';

export interface Variant {
  spoiling:
    | 'right'
    | 'swapped'
    | 'interleaved'
    | 'shuffled'
    | 'shifted'
    | 'leaked'
    | 'nearly leaked'
    | 'cut wrongly'
    | 'overlapping'
    | 'drifted'
    | 'relabelled';
  sample: Sample;
  /** Codes of which one names what was done; none: nothing may be found. */
  expected: FindingCode[];
  /** It falsifies what held-out figures say instead of making the model worse. */
  flatters?: boolean;
}

/** The data as they are, and all ways of spoiling them that mean something for their kind. */
export function variantsOf({ sample, kind }: RealData, seed: number): Variant[] {
  const random = Random.seeded(seed, 'evaluation');
  const split = (of: Sample) => withSplit(of, random);
  const dense = sample.labelsAt !== 'end';
  const variants: (Variant | undefined)[] = [
    { spoiling: 'right', sample: split(sample), expected: [] },
    dense
      ? { spoiling: 'swapped', sample: split(transposed(sample)), expected: ['axes-swapped'] }
      : channelMajor(sample, split),
    dense
      ? { spoiling: 'interleaved', sample: split(viewed(sample)), expected: ['streams-interleaved', 'axes-swapped'] }
      : undefined,
    {
      spoiling: 'shuffled',
      sample: split(shuffledLabels(sample, random)),
      expected: ['labels-unrelated-to-inputs'],
    },
    kind === 'annotation'
      ? { spoiling: 'shifted', sample: split(shifted(sample, 10)), expected: ['label-depends-on-future'] }
      : undefined,
    leaked(sample, kind, split),
    nearlyLeaked(sample, random, split),
    dense
      ? {
          spoiling: 'cut wrongly',
          sample: split(cutShort(sample, 4)),
          expected: ['rows-too-short', 'label-outside-row'],
        }
      : undefined,
    dense
      ? { spoiling: 'overlapping', sample: split(windows(sample)), expected: ['overlapping-sequences'], flatters: true }
      : undefined,
    drifted(sample),
    dense ? relabelled(sample) : undefined,
  ];
  return variants.filter((variant) => variant !== undefined);
}

/**
 * The data as they are, drawn in other ways: both halves of the rows, every other row, rows in another order, rows cut in
 * two, other splits. Nothing is wrong with any of them.
 */
export function rightDraws({ sample }: RealData, seed: number): Sample[] {
  const random = Random.seeded(seed, 'diagnosis');
  const rows = sample.starts.length - 1;
  const all = range(0, rows);
  const shuffled = all.map((r) => ({ r, at: random.uniform() })).sort((a, b) => a.at - b.at);
  const half = rows >> 1;
  const stepsOf = (r: number) => range(sample.starts[r], sample.starts[r + 1]);
  const drawn = [
    all,
    all,
    all.slice(0, half),
    all.slice(half),
    all.filter((r) => r % 2 === 0),
    shuffled.map(({ r }) => r),
  ];
  const samples = drawn.map((chosen) => ofSteps(sample, chosen.map(stepsOf)));
  if (sample.labelsAt !== 'end') {
    const halves = all.flatMap((r) => {
      const steps = stepsOf(r);
      return [steps.slice(0, steps.length >> 1), steps.slice(steps.length >> 1)];
    });
    samples.push(ofSteps(sample, halves));
  }
  return [...samples.map((of) => withSplit(of, random)), splitByOrder(sample)];
}

/** Of fewer rows than this, a random split may lack classes: that would be a mistake of its own. */
const leastRowsToSplit = 40;

/** Eight rows in ten train, one validates, one tests. */
function withSplit(sample: Sample, random: Random): Sample {
  if (sample.starts.length <= leastRowsToSplit) return sample;
  const ofRow = Uint8Array.from(
    { length: sample.starts.length - 1 },
    () => [0, 0, 0, 0, 0, 0, 0, 0, 1, 2][random.integer(10)],
  );
  return { ...sample, splits: { names: ['train', 'validation', 'test'], ofRow } };
}

/** The last fifth of the rows is held out, half of it for validation. */
function splitByOrder(sample: Sample): Sample {
  const rows = sample.starts.length - 1;
  if (rows <= leastRowsToSplit) return sample;
  const ofRow = Uint8Array.from({ length: rows }, (_, r) => Number(r >= 0.8 * rows) + Number(r >= 0.9 * rows));
  return { ...sample, splits: { names: ['train', 'validation', 'test'], ofRow } };
}

/** The steps that are held out, where rows can be split by their order. */
function heldOutByOrder(sample: Sample) {
  const split = splitByOrder(sample);
  const first = split.splits?.ofRow.findIndex((part) => part > 0);
  return first === undefined ? undefined : { split, from: sample.starts[first] };
}

/** From where the held-out part begins, the first sensor reads two standard deviations more. */
function drifted(sample: Sample): Variant | undefined {
  const { inputs, features } = sample;
  const heldOut = heldOutByOrder(sample);
  if (!heldOut || sample.inputKind === 'symbols') return undefined;
  const values = inputs.filter((_, at) => at % features === 0);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  const offset = inputs.map((value, at) =>
    at % features === 0 && at >= heldOut.from * features ? value + 2 * deviation : value,
  );
  return {
    spoiling: 'drifted',
    sample: { ...heldOut.split, inputs: offset },
    expected: ['drift-between-splits'],
    flatters: true,
  };
}

/** From where the held-out part begins, every class is called by the name of the next one. */
function relabelled(sample: Sample): Variant | undefined {
  const heldOut = heldOutByOrder(sample);
  if (!heldOut) return undefined;
  const labels = sample.labels.map((label, step) => (step >= heldOut.from ? (label + 1) % sample.classes : label));
  return {
    spoiling: 'relabelled',
    sample: { ...heldOut.split, labels },
    expected: ['drift-between-splits'],
    flatters: true,
  };
}

/** Rows of the same length from the step lists given, in order. */
function ofSteps(sample: Sample, rows: number[][]): Sample {
  const { features, inputs, labels, mask } = sample;
  const order = rows.flat();
  const moved = new Float32Array(order.length * features);
  for (const [k, step] of order.entries())
    moved.set(inputs.subarray(step * features, (step + 1) * features), k * features);
  const starts = new Int32Array(rows.length + 1);
  for (const [r, row] of rows.entries()) starts[r + 1] = starts[r] + row.length;
  return {
    ...sample,
    inputs: moved,
    labels: Int32Array.from(order, (step) => labels[step]),
    mask: Float32Array.from(order, (step) => mask[step]),
    starts,
    rowsPerBatch: rows.length,
  };
}

const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from) }, (_, k) => from + k);

/** One sequence for what is one position in all of them. */
function transposed(sample: Sample): Sample {
  return strided(sample, sample.starts[1]);
}

/** An array of [time, rows] read as [rows, time]. */
function viewed(sample: Sample): Sample {
  const rows = sample.starts.length - 1;
  const length = sample.starts[1];
  const flat = range(0, rows * length).map((at) => (at % rows) * length + Math.floor(at / rows));
  return ofSteps(
    sample,
    range(0, rows).map((r) => flat.slice(r * length, (r + 1) * length)),
  );
}

/** Sequences uploaded as [channel, time]; only those of one length can be. */
function channelMajor(sample: Sample, split: (of: Sample) => Sample): Variant | undefined {
  const { features: I, inputs, starts, labels } = sample;
  const T = starts[1];
  const rows = starts.length - 1;
  if (starts.some((start, r) => start !== r * T) || T < 16 || T > 1024) return undefined;
  const moved = new Float32Array(inputs.length);
  for (let r = 0; r < rows; r++)
    for (let t = 0; t < T; t++) for (let i = 0; i < I; i++) moved[(r * I + i) * T + t] = inputs[(r * T + t) * I + i];
  const steps = rows * I;
  return {
    spoiling: 'swapped',
    sample: split({
      ...sample,
      features: T,
      inputs: moved,
      labels: Int32Array.from({ length: steps }, (_, s) => labels[Math.floor(s / I) * T + T - 1]),
      mask: Float32Array.from({ length: steps }, (_, s) => Number(s % I === I - 1)),
      starts: Int32Array.from({ length: rows + 1 }, (_, r) => r * I),
    }),
    expected: ['features-hold-time'],
  };
}

/** Labels of another sequence: permuted among the sequences; on every step, with the order of their steps lost too. */
function shuffledLabels(sample: Sample, random: Random): Sample {
  const counted = range(0, sample.labels.length).filter((step) => sample.mask[step] > 0);
  const labels = sample.labels.slice();
  for (let k = counted.length - 1; k > 0; k--) {
    const [a, b] = [counted[k], counted[random.integer(k + 1)]];
    [labels[a], labels[b]] = [labels[b], labels[a]];
  }
  return { ...sample, labels };
}

/** Every label `steps` too early: it tells of inputs that are still to come. */
function shifted(sample: Sample, steps: number): Sample {
  const labels = sample.labels.slice();
  const mask = sample.mask.slice();
  for (let r = 0; r + 1 < sample.starts.length; r++) {
    for (let step = sample.starts[r]; step < sample.starts[r + 1]; step++) {
      if (step + steps < sample.starts[r + 1]) labels[step] = sample.labels[step + steps];
      else mask[step] = 0;
    }
  }
  return { ...sample, labels, mask };
}

/** The label as one more feature; of the next symbol, the shift forgotten, so that the label is the input. */
function leaked(sample: Sample, kind: RealData['kind'], split: (of: Sample) => Sample): Variant | undefined {
  const { inputs, labels } = sample;
  const variant = { spoiling: 'leaked' as const, expected: ['label-among-inputs' as const], flatters: true };
  if (sample.inputKind === 'symbols') {
    if (kind !== 'forecast') return undefined;
    return {
      ...variant,
      sample: split({
        ...sample,
        labels: Int32Array.from(inputs),
        classes: inputs.reduce((most, token) => Math.max(most, token), 0) + 1,
        classNames: undefined,
      }),
    };
  }
  return { ...variant, sample: split(withFeature(sample, Float32Array.from(labels))) };
}

/** The label with normal noise of a tenth of the distance between classes as one more feature. */
function nearlyLeaked(sample: Sample, random: Random, split: (of: Sample) => Sample): Variant | undefined {
  if (sample.inputKind === 'symbols') return undefined;
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  return {
    spoiling: 'nearly leaked',
    sample: split(
      withFeature(
        sample,
        Float32Array.from(sample.labels, (label) => label + 0.1 * normal()),
      ),
    ),
    expected: ['label-among-inputs'],
    flatters: true,
  };
}

function withFeature(sample: Sample, feature: Float32Array): Sample {
  const { features: I, inputs, labels } = sample;
  const wider = new Float32Array(labels.length * (I + 1));
  for (let step = 0; step < labels.length; step++) {
    wider.set(inputs.subarray(step * I, (step + 1) * I), step * (I + 1));
    wider[step * (I + 1) + I] = feature[step];
  }
  return { ...sample, features: I + 1, inputs: wider };
}

/** All rows in pieces of a few steps. */
function cutShort(sample: Sample, length: number): Sample {
  const rows = range(0, sample.starts.length - 1).flatMap((r) => {
    const [from, to] = [sample.starts[r], sample.starts[r + 1]];
    return range(0, Math.floor((to - from) / length)).map((k) => range(from + k * length, from + (k + 1) * length));
  });
  return ofSteps(sample, rows);
}

/** Windows of half a row at a stride of a tenth of that. */
function windows(sample: Sample): Sample {
  const rows = range(0, sample.starts.length - 1).flatMap((r) => {
    const [from, to] = [sample.starts[r], sample.starts[r + 1]];
    const length = Math.min(100, Math.floor((to - from) / 2));
    const stride = Math.max(1, Math.floor(length / 10));
    return range(0, Math.floor((to - from - length) / stride)).map((k) =>
      range(from + k * stride, from + k * stride + length),
    );
  });
  return ofSteps(sample, rows.slice(0, 4000));
}
