/**
 * Turns the inputs of a sample into symbols that can be counted: tokens and small numbers as they are, continuous
 * features in bins of equal frequency.
 */
import type { Symbols } from '../sampling/axes.ts';
import type { Sample } from '../sampling/sample.ts';
import { refine } from './contexts.ts';
import type { FeatureFacts } from './feature-facts.ts';

/**
 * More values than this, or more than one for every twenty steps, and a feature is binned: readings of a sensor are
 * numbers, whole or not.
 */
const countableValues = 64;
const stepsPerValue = 20;
/** Joint symbols of several features: at most this many, and at most one for every twenty steps. */
const jointSymbols = 256;
/** Steps that the edges of bins are taken from: so many in all, 50,000 of a feature at most and 5,000 at least. */
const edgeSteps = { all: 200_000, most: 50_000, least: 5_000 };

/** Several features as one symbol. */
export interface JointSymbols {
  symbols: Symbols;
  features: number[];
  /** How many values the feature with the fewest has; continuous ones are not asked. */
  fewestValues: number;
}

/** The columns of a sample that say something of their own (not constant, no copies), as symbols. */
export class Columns {
  readonly features: number[];
  readonly #sample: Sample;
  readonly #values = new Map<number, Float32Array>();
  readonly #sorted = new Map<number, Float32Array>();
  readonly #counted = new Map<number, Symbols | 'continuous'>();
  readonly #binned = new Map<string, Symbols>();

  constructor(sample: Sample, { constant, duplicates }: FeatureFacts) {
    const silent = new Set([...constant, ...duplicates.map(({ feature }) => feature)]);
    this.#sample = sample;
    this.features = Array.from({ length: sample.features }, (_, i) => i).filter((i) => !silent.has(i));
  }

  /** `bins`: how many a continuous feature is cut into. What was made once is kept. */
  symbols(feature: number, bins: number): Symbols {
    const counted = this.#countedOf(feature);
    if (counted !== 'continuous') return counted;
    const key = `${feature}/${bins}`;
    const binned = this.#binned.get(key) ?? equalFrequencyBins(this.#valuesOf(feature), this.#sortedOf(feature), bins);
    this.#binned.set(key, binned);
    return binned;
  }

  /** As many of the features, in this order, as can be counted together, as one symbol. The first is taken however many values it has. */
  joint(features: readonly number[], bins: number): JointSymbols {
    const steps = this.#sample.labels.length;
    const limit = Math.min(jointSymbols, Math.max(4, steps / stepsPerValue));
    const [first, ...others] = features;
    const valuesOf = ({ binned, count }: Symbols) => (binned ? Number.POSITIVE_INFINITY : count);
    const symbols = this.symbols(first, bins);
    const joint: JointSymbols = { symbols, features: [first], fewestValues: valuesOf(symbols) };
    for (const feature of others) {
      const { codes, count, binned } = joint.symbols;
      // Every feature has two values at least.
      if (2 * count > limit) break;
      if (count * this.#countOf(feature, bins) > limit) continue;
      const column = this.symbols(feature, bins);
      const grouping = refine({ ids: codes, count }, column.codes, column.count);
      joint.symbols = { codes: grouping.ids, count: grouping.count, binned: binned || column.binned };
      joint.features.push(feature);
      joint.fewestValues = Math.min(joint.fewestValues, valuesOf(column));
    }
    return joint;
  }

  #countOf(feature: number, bins: number): number {
    const counted = this.#countedOf(feature);
    return counted === 'continuous' ? bins : counted.count;
  }

  #countedOf(feature: number): Symbols | 'continuous' {
    const counted = this.#counted.get(feature) ?? this.#countValues(feature);
    this.#counted.set(feature, counted);
    return counted;
  }

  #valuesOf(feature: number): Float32Array {
    const { features, inputs, labels } = this.#sample;
    const values = this.#values.get(feature) ?? new Float32Array(labels.length);
    if (!this.#values.has(feature)) {
      for (let s = 0; s < values.length; s++) values[s] = inputs[s * features + feature];
      this.#values.set(feature, values);
    }
    return values;
  }

  #sortedOf(feature: number): Float32Array {
    const { all, most, least } = edgeSteps;
    const count = Math.max(least, Math.min(most, all / this.features.length));
    const sorted = this.#sorted.get(feature) ?? sortedPart(this.#valuesOf(feature), count);
    this.#sorted.set(feature, sorted);
    return sorted;
  }

  #countValues(feature: number): Symbols | 'continuous' {
    const steps = this.#sample.labels.length;
    const isToken = this.#sample.inputKind === 'symbols';
    const limit = isToken ? steps : Math.min(countableValues, Math.max(16, steps / stepsPerValue));
    return distinctValues(this.#valuesOf(feature), limit) ?? 'continuous';
  }
}

/** The token of every step, where inputs are one-hot. */
export function hotIndices({ inputs, features, labels }: Sample): Symbols {
  const codes = new Int32Array(labels.length);
  for (let s = 0; s < codes.length; s++) {
    let i = 0;
    while (inputs[s * features + i] !== 1) i++;
    codes[s] = i;
  }
  return { codes, count: features, binned: false };
}

/** One symbol for each value, or undefined when there are more than `limit`. */
function distinctValues(values: Float32Array, limit: number): Symbols | undefined {
  const codes = new Int32Array(values.length);
  const codeOf = new Map<number, number>();
  for (let s = 0; s < values.length; s++) {
    let code = codeOf.get(values[s]);
    if (code === undefined) {
      if (codeOf.size >= limit) return undefined;
      code = codeOf.size;
      codeOf.set(values[s], code);
    }
    codes[s] = code;
  }
  return { codes, count: codeOf.size, binned: false };
}

/** The numbers of bins worth trying for a continuous feature: the finest leaves some twenty steps to a context of three values. */
export function binCounts(steps: number): number[] {
  const finest = Math.max(4, Math.cbrt(steps / stepsPerValue));
  return [12, 10, 8, 6, 5, 4, 3, 2].filter((bins) => bins <= finest);
}

/** At most `count` of the values, evenly spread, in ascending order. */
function sortedPart(values: Float32Array, count: number): Float32Array {
  const stride = Math.max(1, Math.ceil(values.length / count));
  const part = new Float32Array(Math.ceil(values.length / stride));
  for (let k = 0; k < part.length; k++) part[k] = values[k * stride];
  return part.sort();
}

/**
 * Bins with equally many steps each, as for mutual information in Fraser & Swinney (Phys. Rev. A 33:1134, 1986):
 * invariant to any monotone scaling of the feature.
 */
function equalFrequencyBins(values: Float32Array, sorted: Float32Array, bins: number): Symbols {
  const edges = Float32Array.from({ length: bins - 1 }, (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / bins)]);
  const codes = new Int32Array(values.length);
  for (let s = 0; s < values.length; s++) {
    let bin = 0;
    while (bin < edges.length && values[s] >= edges[bin]) bin++;
    codes[s] = bin;
  }
  return { codes, count: bins, binned: true };
}
