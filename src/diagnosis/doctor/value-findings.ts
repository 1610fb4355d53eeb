/**
 * What is odd about the values of single features: a label among them, numbers that stand for "missing", outliers,
 * counters of time, values that are mostly missing, features that hold time.
 */
import type { Sample } from '../sampling/sample.ts';
import { percent } from '../wording.ts';
import type { Finding } from './doctor-schema.ts';

/** Steps that single features are looked at in, evenly spread. */
const lookedAt = 50_000;
/** Of more features, the first are looked at. */
const mostFeatures = 256;

export function valueFindings(sample: Sample): Finding[] {
  const findings = [labelAmongInputs(sample), missingFeatures(sample), timeInFeatures(sample)];
  if (sample.inputKind === 'numbers' && !sample.layout) {
    for (let i = 0; i < Math.min(sample.features, mostFeatures); i++)
      findings.push(counterOfTime(sample, i), oddValues(sample, i));
  }
  return findings.filter((finding) => finding !== undefined);
}

/** Share of the labels in which a feature may differ from what it is taken for. */
const exceptions = 0.001;

/**
 * A feature that has one value for each class, the same at every label. Of a built-in task it is meant so; of one
 * feature alone it is a task that needs no past.
 */
function labelAmongInputs(sample: Sample): Finding | undefined {
  const { features, inputs, labels, mask, classes, layout } = sample;
  if (layout) return undefined;
  const steps = spread(labels.length).filter((step) => mask[step] > 0);
  for (let i = 0; i < Math.min(features, mostFeatures); i++) {
    if (!isLabel(steps, (step) => inputs[step * features + i], labels, classes)) continue;
    const isAll = features === 1;
    return {
      code: 'label-among-inputs',
      severity: 'warning',
      message: isAll
        ? 'The label is the present input under another name: nothing has to be learned. Was it meant to be the next one?'
        : `Feature ${i} is the label under another name: a model needs nothing else, and will have nothing when the label is not known. Leave it out.`,
      evidence: { feature: i, classes },
    };
  }
  return undefined;
}

function isLabel(steps: number[], inputOf: (step: number) => number, labels: Int32Array, classes: number): boolean {
  const counts = new Map<number, Map<number, number>>();
  for (const step of steps) {
    const value = inputOf(step);
    const of = counts.get(value) ?? new Map<number, number>();
    of.set(labels[step], (of.get(labels[step]) ?? 0) + 1);
    counts.set(value, of);
    if (counts.size > classes + 8) return false;
  }
  const named = new Set<number>();
  let right = 0;
  for (const of of counts.values()) {
    const [label, count] = [...of].reduce((most, one) => (one[1] > most[1] ? one : most));
    if (named.has(label)) continue;
    named.add(label);
    right += count;
  }
  return named.size > 1 && steps.length - right <= exceptions * steps.length;
}

/** So many times the range of all other values from the nearest of them, a value stands for something else. */
const farAway = 3;
/** Share of the steps that a sentinel has at least, and at most. */
const sentinelShare = { least: 0.0005, most: 0.5 };

/** The smallest or the largest value lies far from all others: often, a sentinel; seldom, an outlier. */
function oddValues(sample: Sample, feature: number): Finding | undefined {
  const { features, inputs, labels } = sample;
  const values = Float32Array.from(spread(labels.length), (step) => inputs[step * features + feature]).sort();
  if (values.length < 100) return undefined;
  for (const sorted of [values, values.map((value) => -value).sort()]) {
    const odd = sorted[0];
    let count = 0;
    while (count < sorted.length && sorted[count] === odd) count++;
    const range = sorted[sorted.length - 1] - sorted[count];
    if (!(range > 0) || sorted[count] - odd < farAway * range) continue;
    const value = sorted === values ? odd : -odd;
    const share = count / sorted.length;
    if (share > sentinelShare.most) continue;
    const isSentinel = count > 1 && share >= sentinelShare.least;
    const evidence = { feature, value, share };
    return isSentinel
      ? {
          code: 'sentinel-value',
          severity: 'warning',
          message: `Feature ${feature} is ${value} in ${percent(share)} of the steps, ${Math.round((sorted[count] - odd) / range)} times the range of all other values away from them: it seems to stand for "missing", and squeezes the others together. Upload null instead.`,
          evidence,
        }
      : {
          code: 'outlying-value',
          severity: 'warning',
          message: `Feature ${feature} is once ${value}, far from all other values: it squeezes them together. Is it an error of measurement?`,
          evidence,
        };
  }
  return undefined;
}

/** Share of the steps that may break a counter's regular growth: starts of rows are no breaks. */
const breaks = 0.005;

/** A feature that grows by the same amount at each step: it tells the time, and on later data it will be where it never was. */
function counterOfTime({ features, inputs, starts }: Sample, feature: number): Finding | undefined {
  const at = (step: number) => inputs[step * features + feature];
  let [steps, broken] = [0, 0];
  let growth: number | undefined;
  for (let r = 0; r + 1 < starts.length && steps < lookedAt; r++) {
    for (let step = starts[r] + 1; step < starts[r + 1]; step++) {
      const change = at(step) - at(step - 1);
      growth ??= change;
      steps++;
      if (change === 0 || Math.abs(change - growth) > 0.01 * Math.abs(growth)) broken++;
    }
    if (broken > 100 && broken > breaks * steps) return undefined;
  }
  if (steps < 50 || broken > breaks * steps) return undefined;
  return {
    code: 'feature-counts-time',
    severity: 'info',
    message: `Feature ${feature} grows by the same amount at each step: it tells the time and nothing else, and on later data it will have values that the model has never seen. Leave it out, unless it starts anew in each sequence.`,
    evidence: { feature, growth: growth ?? 0 },
  };
}

/** Share of the steps above which a feature's values are mostly missing. */
const mostlyMissing = 0.5;

function missingFeatures({ missing }: Sample): Finding | undefined {
  const features = [...(missing ?? []).entries()].filter(([, share]) => share > mostlyMissing);
  if (features.length === 0) return undefined;
  const shares = features.map(([, share]) => share);
  return {
    code: 'mostly-missing-feature',
    severity: 'warning',
    message: `${features.length === 1 ? `Feature ${features[0][0]} has no value` : `Features ${features.map(([i]) => i).join(', ')} have no value`} in ${percent(Math.max(...shares))} of the steps${features.length === 1 ? '' : ' (the worst of them)'}: the mean stands in for most of what the model sees there. Leave it out, or add a feature that tells where values are missing.`,
    evidence: { features: features.map(([i]) => i), shares },
  };
}

/** How alike neighbouring features must be, how unlike neighbouring steps, and how few steps there are beside features. */
const heldTime = { features: 0.5, steps: 0.2, stepsPerFeature: 0.5 };
/** Rows and features that are compared. */
const comparedSteps = 2_000;

/** Neighbouring features are alike and neighbouring steps are not, and rows have few steps: [channel, time] instead of [time, channel]. */
function timeInFeatures({ features, inputs, starts, layout, inputKind }: Sample): Finding | undefined {
  const rows = starts.length - 1;
  const longest = starts.reduce((most, start, r) => (r === 0 ? most : Math.max(most, start - starts[r - 1])), 0);
  if (layout || inputKind !== 'numbers' || features < 16 || longest > heldTime.stepsPerFeature * features)
    return undefined;
  const [alongFeatures, alongSteps] = [new Correlation(), new Correlation()];
  let compared = 0;
  for (let r = 0; r < rows && compared < comparedSteps; r++) {
    for (let step = starts[r]; step < starts[r + 1]; step++, compared++) {
      const mean = meanOf(inputs.subarray(step * features, (step + 1) * features));
      for (let i = 1; i < features; i++) {
        alongFeatures.add(inputs[step * features + i] - mean, inputs[step * features + i - 1] - mean);
        if (step > starts[r])
          alongSteps.add(inputs[step * features + i] - mean, inputs[(step - 1) * features + i] - mean);
      }
    }
  }
  if (alongFeatures.squared() < heldTime.features || (longest > 1 && alongSteps.squared() > heldTime.steps))
    return undefined;
  return {
    code: 'features-hold-time',
    severity: 'warning',
    message: `Neighbouring features are alike (squared correlation ${alongFeatures.squared().toFixed(2)}), as neighbouring steps of a series are, and rows have ${longest} ${longest === 1 ? 'step' : 'steps'} of ${features} features. Do rows hold [channel, time]? Upload [time, channel]: a list of ${features} steps, each with its ${longest} ${longest === 1 ? 'value' : 'values'}.`,
    evidence: {
      features,
      rowLength: longest,
      alongFeatures: alongFeatures.squared(),
      alongSteps: alongSteps.squared(),
    },
  };
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

class Correlation {
  #xx = 0;
  #yy = 0;
  #xy = 0;

  /** Deviations from their means. */
  add(x: number, y: number): void {
    this.#xx += x * x;
    this.#yy += y * y;
    this.#xy += x * y;
  }

  /** 0 where there is only one direction of positive correlation to speak of. */
  squared(): number {
    return this.#xy > 0 && this.#xx > 0 && this.#yy > 0 ? this.#xy ** 2 / (this.#xx * this.#yy) : 0;
  }
}

/** Steps of a sample, evenly spread. */
function spread(steps: number): number[] {
  const stride = Math.max(1, steps / lookedAt);
  return Array.from({ length: Math.min(steps, lookedAt) }, (_, k) => Math.floor(k * stride));
}
