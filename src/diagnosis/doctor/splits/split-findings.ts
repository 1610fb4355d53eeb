/**
 * Splits that cannot tell how good a model is: a class is missing in one, or sequences lie in two.
 */
import type { Sample } from '../../sampling/sample.ts';
import { classInWords } from '../../wording.ts';
import type { Finding } from '../doctor-schema.ts';

/** Standard deviations of a Poisson count: one-sided level 1e-6. */
const deviations = 4.75;

export function splitFindings(sample: Sample): Finding[] {
  const { splits } = sample;
  if (!splits) return [];
  return [...missingClasses(sample, splits), ...sharedSequences(sample, splits)];
}

type Splits = NonNullable<Sample['splits']>;

/** Expected labels of a class in a split below which its absence is no wonder. */
const expectedLabels = 14;

/** A class that the first split (training) lacks cannot be learned; one that another split lacks, beyond chance, is not evaluated. */
function missingClasses(sample: Sample, { names, ofRow }: Splits): Finding[] {
  const counts = names.map(() => new Int32Array(sample.classes));
  for (let r = 0; r + 1 < sample.starts.length; r++) {
    for (let i = sample.starts[r]; i < sample.starts[r + 1]; i++) {
      if (sample.mask[i] > 0) counts[ofRow[r]][sample.labels[i]]++;
    }
  }
  const totals = counts.map((of) => of.reduce((sum, count) => sum + count, 0));
  const all = totals.reduce((sum, total) => sum + total, 0);
  return names.flatMap((name, s) => {
    const missing = Array.from({ length: sample.classes }, (_, c) => c).filter((c) => {
      const elsewhere = counts.reduce((sum, of) => sum + of[c], 0);
      if (counts[s][c] > 0 || elsewhere === 0 || totals[s] === 0) return false;
      return s === 0 || (elsewhere * totals[s]) / all >= expectedLabels;
    });
    if (missing.length === 0) return [];
    const consequence = s === 0 ? 'the model cannot learn what it never sees' : 'what is measured there leaves it out';
    return [
      {
        code: 'class-missing-in-split' as const,
        severity: s === 0 ? ('error' as const) : ('warning' as const),
        message: `Split "${name}" has no label of class ${missing.map((c) => classInWords(c, sample.classNames)).join(', ')}, but others have: ${consequence}.`,
        evidence: {
          split: name,
          classes: missing,
          ...(sample.classNames ? { labels: missing.map((c) => String(sample.classNames?.[c])) } : {}),
        },
      },
    ];
  });
}

/** Sequences that occur, inputs and labels alike, in two splits, more often than data like these repeat themselves within one. */
function sharedSequences(sample: Sample, { names, ofRow }: Splits): Finding[] {
  const rowsOf = groupEqualRows(sample);
  const sizes = names.map((_, s) => ofRow.reduce((sum, of) => sum + (of === s ? 1 : 0), 0));
  let within = 0;
  let across = 0;
  let example: [number, number] | undefined;
  for (const rows of rowsOf) {
    const inSplit = names.map((_, s) => rows.filter((r) => ofRow[r] === s).length);
    const pairs = (rows.length * (rows.length - 1)) / 2;
    const same = inSplit.reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
    within += same;
    across += pairs - same;
    if (pairs > same && !example) example = [rows[0], rows.find((r) => ofRow[r] !== ofRow[rows[0]]) ?? rows[0]];
  }
  const pairsWithin = sizes.reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
  const pairsAcross = (ofRow.length * (ofRow.length - 1)) / 2 - pairsWithin;
  if (!example || across < 1) return [];
  // Poisson: the smaller rate of the two is taken with a margin of one repeated pair, so that no repetition within a
  // split is no proof of rarity.
  const expected = (pairsAcross * (within + 1)) / Math.max(1, pairsWithin);
  const byChance = isLong(sample) ? 0 : expected + deviations * Math.sqrt(expected);
  if (across <= byChance) return [];
  return [
    {
      code: 'duplicate-across-splits',
      severity: 'warning',
      message: `${across} ${across === 1 ? 'pair' : 'pairs'} of equal sequences lie in different splits (rows ${example[0]} and ${example[1]}, for one): what is measured on held-out data is partly memory.`,
      evidence: { pairs: across, pairsWithinSplits: within, example },
    },
  ];
}

/**
 * Whether no two of N independent sequences of this length would be equal by chance, to 1e-6: by the collision rates of
 * single steps and of pairs of neighbours, Σ n(n-1) / N(N-1), as in a Markov chain.
 */
function isLong(sample: Sample): boolean {
  const steps = Math.min(sample.labels.length, 10_000);
  const describe = (i: number) => sample.inputs.subarray(i * sample.features, (i + 1) * sample.features).join(',');
  const described = Array.from({ length: steps }, (_, i) => describe(i));
  const rarest = 2 / (steps * (steps + 1));
  const single = collisions(described);
  const double = collisions(described.map((step, i) => `${step};${described[i + 1] ?? ''}`));
  const firstStep = Math.max(rarest, single / (steps * steps));
  const furtherStep = single > 0 ? Math.max(rarest, double / single) : firstStep;
  const rows = sample.starts.length - 1;
  const meanLength = sample.labels.length / rows;
  const log = Math.log(firstStep) + (meanLength - 1) * Math.log(Math.min(1, furtherStep));
  return log < Math.log(1e-6) - 2 * Math.log(rows);
}

function collisions(values: string[]): number {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let pairs = 0;
  for (const count of counts.values()) pairs += count * (count - 1);
  return pairs;
}

function groupEqualRows(sample: Sample): number[][] {
  const byHash = new Map<number, number[][]>();
  for (let r = 0; r + 1 < sample.starts.length; r++) {
    const hash = rowHash(sample, r);
    const groups = byHash.get(hash) ?? [];
    const group = groups.find(([first]) => equalRows(sample, first, r));
    if (group) group.push(r);
    else groups.push([r]);
    byHash.set(hash, groups);
  }
  return [...byHash.values()].flat().filter((rows) => rows.length > 1);
}

function rowHash({ starts, features, inputs, labels, mask }: Sample, row: number): number {
  const bits = new Int32Array(inputs.buffer, inputs.byteOffset, inputs.length);
  let hash = starts[row + 1] - starts[row];
  for (let at = starts[row] * features; at < starts[row + 1] * features; at++)
    hash = (Math.imul(hash, 31) + bits[at]) | 0;
  for (let i = starts[row]; i < starts[row + 1]; i++) hash = (Math.imul(hash, 31) + (mask[i] > 0 ? labels[i] : -1)) | 0;
  return hash;
}

function equalRows({ starts, features, inputs, labels, mask }: Sample, a: number, b: number): boolean {
  const length = starts[a + 1] - starts[a];
  if (length !== starts[b + 1] - starts[b]) return false;
  for (let k = 0; k < length * features; k++) {
    if (inputs[starts[a] * features + k] !== inputs[starts[b] * features + k]) return false;
  }
  for (let t = 0; t < length; t++) {
    const [i, j] = [starts[a] + t, starts[b] + t];
    if (mask[i] > 0 !== mask[j] > 0 || (mask[i] > 0 && labels[i] !== labels[j])) return false;
  }
  return true;
}
