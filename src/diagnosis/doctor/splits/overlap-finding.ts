/**
 * Sequences that share long runs of steps, as windows cut out of one series at a stride do: what is measured on
 * held-out ones is then memory.
 */
import type { Sample } from '../../sampling/sample.ts';
import { percent } from '../../wording.ts';
import type { Finding } from '../doctor-schema.ts';

/** Steps of a run: as many as make one unlikely to recur by chance, within these. */
const runs = { least: 8, most: 64 };
/** Steps that hold so many different values are unlikely to recur by chance. */
const differentValues = 6;
/** Share of the sequences that begin within another one, above which windows overlap. */
const overlapping = 0.25;
const comparedRows = 5_000;

/**
 * Windows overlap where sequences begin with a run of steps that another one has further on. Of two splits, only such
 * pairs count that lie in both. Equal sequences are none: `duplicate-across-splits` finds these.
 */
export function overlapFinding(sample: Sample): Finding | undefined {
  const { starts, splits, layout } = sample;
  const rows = Math.min(comparedRows, starts.length - 1);
  if (layout || rows < 20) return undefined;
  const shortest = starts.reduce(
    (least, start, r) => (r === 0 ? least : Math.min(least, start - starts[r - 1])),
    runs.most,
  );
  const length = Math.min(runs.most, Math.floor(shortest / 2));
  if (length < runs.least) return undefined;
  const hashes = stepHashes(sample, starts[rows]);
  const openings = openingsOf(sample, hashes, rows, length);
  const found = new Set<number>();
  let example: [number, number] | undefined;
  for (let r = 0; r < rows; r++) {
    forEachRun(hashes, starts[r] + 1, starts[r + 1], length, (hash, at) => {
      const opened = openings.get(hash);
      if (opened === undefined || opened === r || found.has(opened)) return;
      if (splits && splits.ofRow[opened] === splits.ofRow[r]) return;
      if (!isEqualRun(sample, starts[opened], at, length)) return;
      found.add(opened);
      example ??= [opened, r];
    });
  }
  const share = found.size / Math.max(1, openings.size);
  if (!example || openings.size < rows / 2 || share < overlapping) return undefined;
  const where = splits ? 'sequence of another split' : 'sequence';
  return {
    code: 'overlapping-sequences',
    severity: 'warning',
    message: `${percent(share)} of the sequences begin with ${length} or more steps that lie further on in another ${where} (sequences ${example[0]} and ${example[1]}, for one), as windows of one series do. ${splits ? 'What is measured on held-out data is then partly memory.' : 'A random split puts such neighbours on both sides: what is measured on held-out data is then partly memory.'} Cut sequences that do not overlap; \`sequenceLength\` cuts long ones.`,
    evidence: { share, runLength: length, example, acrossSplits: splits !== undefined },
  };
}

function stepHashes({ inputs, features }: Sample, steps: number): Int32Array {
  const bits = new Int32Array(inputs.buffer, inputs.byteOffset, inputs.length);
  const hashes = new Int32Array(steps);
  for (let step = 0; step < steps; step++) {
    let hash = 17;
    for (let at = step * features; at < (step + 1) * features; at++) hash = (Math.imul(hash, 31) + bits[at]) | 0;
    hashes[step] = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  }
  return hashes;
}

/** What each sequence begins with, where that has values enough to be its own; of several that begin alike, none. */
function openingsOf({ starts }: Sample, hashes: Int32Array, rows: number, length: number): Map<number, number> {
  const openings = new Map<number, number>();
  const ambiguous = new Set<number>();
  for (let r = 0; r < rows; r++) {
    if (new Set(hashes.subarray(starts[r], starts[r] + length)).size < differentValues) continue;
    forEachRun(hashes, starts[r], starts[r] + length, length, (hash) => {
      if (openings.has(hash)) ambiguous.add(hash);
      openings.set(hash, r);
    });
  }
  for (const hash of ambiguous) openings.delete(hash);
  return openings;
}

/** A rolling hash of each run of `length` steps between two steps. */
function forEachRun(
  hashes: Int32Array,
  from: number,
  to: number,
  length: number,
  visit: (hash: number, at: number) => void,
) {
  const base = 0x01000193;
  let power = 1;
  for (let k = 0; k < length; k++) power = Math.imul(power, base);
  let hash = 0;
  for (let step = from; step < to; step++) {
    hash = (Math.imul(hash, base) + hashes[step]) | 0;
    if (step - from >= length) hash = (hash - Math.imul(power, hashes[step - length])) | 0;
    if (step - from >= length - 1) visit(hash, step - length + 1);
  }
}

function isEqualRun({ inputs, features }: Sample, a: number, b: number, length: number): boolean {
  for (let k = 0; k < length * features; k++) if (inputs[a * features + k] !== inputs[b * features + k]) return false;
  return true;
}
