/**
 * What is odd about the values of single features: numbers that stand for "missing", outliers, counters of time, values
 * that are mostly missing, features that hold time.
 */
import { evenSteps, longestRowOf, lookedAt, lookedAtFeatures, type Sample } from '../../sampling/sample.ts';
import { percent } from '../../wording.ts';
import type { Finding } from '../doctor-schema.ts';

export function valueFindings(sample: Sample): Finding[] {
  const findings = [missingFeatures(sample), timeInFeatures(sample)];
  if (sample.inputKind === 'numbers' && !sample.layout) {
    const steps = evenSteps(sample.labels.length);
    for (let i = 0; i < Math.min(sample.features, lookedAtFeatures); i++)
      findings.push(counterOfTime(sample, i), oddValues(sample, steps, i));
  }
  return findings.filter((finding) => finding !== undefined);
}

/** So many times the range of all other values from the nearest of them, a value stands for something else. */
const farAway = 3;
/** Share of the steps that a sentinel has at least, and at most. */
const sentinelShare = { least: 0.0005, most: 0.5 };

/** The smallest or the largest value lies far from all others: often, a sentinel; seldom, an outlier. */
function oddValues(sample: Sample, steps: readonly number[], feature: number): Finding | undefined {
  const { features, inputs } = sample;
  if (steps.length < 100) return undefined;
  const values = Float32Array.from(steps, (step) => inputs[step * features + feature]);
  for (const sign of [1, -1]) {
    const { value: odd, count, next, last } = lowestOf(values, sign);
    const range = last - next;
    if (!(range > 0) || next - odd < farAway * range) continue;
    const value = sign * odd;
    const share = count / values.length;
    if (share > sentinelShare.most) continue;
    const isSentinel = count > 1 && share >= sentinelShare.least;
    const evidence = { feature, value, share };
    return isSentinel
      ? {
          code: 'sentinel-value',
          severity: 'warning',
          message: `Feature ${feature} is ${value} in ${percent(share)} of the steps, ${Math.round((next - odd) / range)} times the range of all other values away from them: it seems to stand for "missing", and squeezes the others together. Upload null instead.`,
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

/** Of the values times the sign: the lowest, how often it occurs, the next one above it, and the highest. */
function lowestOf(values: Float32Array, sign: number) {
  let [value, next, last, count] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const one of values) {
    const signed = sign * one;
    if (signed > last) last = signed;
    if (signed === value) count++;
    else if (signed < value) [value, next, count] = [signed, value, 1];
    else if (signed < next) next = signed;
  }
  return { value, count, next, last };
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

/** How alike neighbouring features must be (squared correlation), how unlike neighbouring steps, and how few steps there are. */
const heldTime = { features: 0.5, steps: 0.2, stepsPerFeature: 0.5 };
/**
 * Features may be less alike than that where they are so as the steps of a series are: likeness fades with distance to a
 * quarter, and features have about the same mean while steps, as different channels, have not.
 */
const heldNoisyTime = { features: 0.2, steps: 0.05, fades: 0.25, meansOfSteps: 3 };
/** Rows and features that are compared. */
const comparedSteps = 2_000;

/** Neighbouring features are alike and neighbouring steps are not, and rows have few steps: [channel, time] instead of [time, channel]. */
function timeInFeatures(sample: Sample): Finding | undefined {
  const { features, layout, inputKind } = sample;
  const longest = longestRowOf(sample);
  if (layout || inputKind !== 'numbers' || features < 16 || longest > heldTime.stepsPerFeature * features)
    return undefined;
  const { alongFeatures, acrossFeatures, alongSteps } = likeness(sample);
  const isSmooth = alongFeatures >= heldTime.features && (longest === 1 || alongSteps <= heldTime.steps);
  const isNoisy =
    longest > 1 &&
    alongFeatures >= heldNoisyTime.features &&
    alongSteps <= heldNoisyTime.steps &&
    acrossFeatures <= heldNoisyTime.fades * alongFeatures &&
    stepsDiffer(sample, longest);
  if (!isSmooth && !isNoisy) return undefined;
  return {
    code: 'features-hold-time',
    severity: 'warning',
    message: `Neighbouring features are alike (squared correlation ${alongFeatures.toFixed(2)}), as neighbouring steps of a series are, and rows have ${longest} ${longest === 1 ? 'step' : 'steps'} of ${features} features. Do rows hold [channel, time]? Upload [time, channel]: a list of ${features} steps, each with its ${longest} ${longest === 1 ? 'value' : 'values'}.`,
    evidence: { features, rowLength: longest, alongFeatures, alongSteps },
  };
}

/** Squared correlations, about each step's mean, of neighbouring features, of features half the row apart, and of neighbouring steps. */
export function likeness({ features, inputs, starts }: Sample) {
  const [neighbours, distant, steps] = [new Correlation(), new Correlation(), new Correlation()];
  const half = features >> 1;
  let compared = 0;
  for (let r = 0; r + 1 < starts.length && compared < comparedSteps; r++) {
    for (let step = starts[r]; step < starts[r + 1]; step++, compared++) {
      const at = step * features;
      const mean = meanOf(inputs.subarray(at, at + features));
      for (let i = 1; i < features; i++) {
        const value = inputs[at + i] - mean;
        neighbours.add(value, inputs[at + i - 1] - mean);
        if (i >= half) distant.add(value, inputs[at + i - half] - mean);
        if (step > starts[r]) steps.add(value, inputs[at - features + i] - mean);
      }
    }
  }
  return {
    alongFeatures: neighbours.squared(),
    acrossFeatures: distant.squared(),
    alongSteps: steps.squared(),
  };
}

/** The means of steps at one place differ more than those of features do: places are channels, and features are times. */
function stepsDiffer({ features, inputs, starts }: Sample, longest: number): boolean {
  const ofFeature = new Float64Array(features);
  const ofPlace = new Float64Array(longest);
  const rows = Math.min(starts.length - 1, Math.ceil(comparedSteps / longest));
  for (let r = 0; r < rows; r++) {
    if (starts[r + 1] - starts[r] !== longest) return false;
    for (let t = 0; t < longest; t++) {
      for (let i = 0; i < features; i++) {
        const value = inputs[(starts[r] + t) * features + i];
        ofFeature[i] += value / (rows * longest);
        ofPlace[t] += value / (rows * features);
      }
    }
  }
  return variance(ofPlace) >= heldNoisyTime.meansOfSteps * variance(ofFeature);
}

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
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
