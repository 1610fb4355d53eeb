/**
 * Where a split follows the order of the data, what counting makes of the labels that a model of it is judged by: those of
 * the last part, by the frequencies in all others. Parts that are drawn at random are alike, and need no such figure.
 */
import { type Grouping, refine } from '../../counting/contexts.ts';
import type { Labelled } from '../../counting/evidence.ts';
import type { Examination } from '../../counting/examination.ts';
import { heldOutEntropies } from '../../counting/held-out-entropies.ts';
import { blockStandardError } from '../../probing/held-out-blocks.ts';
import { isSplitByOrder } from '../../sampling/split-blocks.ts';
import type { DepthEntropy } from '../doctor-schema.ts';

/** undefined: rows are not split by order, or none is held out. */
export function judgedEntropies({
  sample,
  labelled,
  positions,
  time,
  known,
  order,
}: Examination): DepthEntropy[] | undefined {
  const { splits } = sample;
  if (!splits || !isSplitByOrder(sample)) return undefined;
  const rows = labelled.steps.map((step) => positions.rowOf[step]);
  const partOf = rows.map((row) => splits.ofRow[row]);
  const last = partOf.reduce((most, part) => Math.max(most, part), 0);
  const judged = Array.from(partOf.keys()).filter((j) => partOf[j] === last);
  if (last === 0 || judged.length === partOf.length) return undefined;
  // Parts are pairs of blocks, and each is judged by the counts of the others.
  const apart = { ...labelled, blocks: Uint8Array.from(partOf, (part) => (part === last ? 0 : 2)) };
  const isReached = order >= time.depths.length;
  const groupings = [...time.depths.map(({ fit }) => fit.grouping), ...(isReached ? [known.grouping] : [])];
  const losses = heldOutEntropies(apart, groupings).map((depth) => judged.map((j) => depth.losses[j]));
  const entropies: DepthEntropy[] = [];
  let predicted = new Int32Array(partOf.length);
  for (const [d, ofDepth] of losses.entries()) {
    const depth = d < time.depths.length ? d : order + 1;
    const above = entropies.at(-1);
    predicted = mostFrequent(apart, groupings[d], predicted);
    const right = judged.reduce((sum, j) => sum + Number(predicted[j] === labelled.labels[j]), 0);
    const bestAccuracy = Math.max(above?.bestAccuracy ?? 0, right / judged.length);
    const nats = ofDepth.reduce((sum, loss) => sum + loss, 0) / judged.length;
    const standardError = blockStandardError(
      Float64Array.from(ofDepth),
      Int32Array.from(judged, (j) => rows[j]),
    );
    const reached = { nats, ...(standardError === undefined ? {} : { standardError }) };
    if (!above || nats < above.nats) entropies.push({ depth, ...reached, bestAccuracy, source: 'counted' });
    else entropies.push({ ...above, depth, bestAccuracy });
  }
  return entropies;
}

/** For each step the label that its context has most often in the part that is not judged; `before` where it has none there. */
function mostFrequent(
  { labels, classes, blocks }: Labelled,
  contexts: Grouping,
  before: Int32Array,
): Int32Array<ArrayBuffer> {
  const pairs = refine(contexts, labels, classes);
  const counts = new Int32Array(pairs.count);
  for (let j = 0; j < labels.length; j++) if (blocks[j] > 0) counts[pairs.ids[j]]++;
  const most = new Int32Array(contexts.count);
  const label = new Int32Array(contexts.count);
  for (let j = 0; j < labels.length; j++) {
    const context = contexts.ids[j];
    const count = counts[pairs.ids[j]];
    if (count <= most[context]) continue;
    most[context] = count;
    label[context] = labels[j];
  }
  return Int32Array.from(before, (fallback, j) => (most[contexts.ids[j]] > 0 ? label[contexts.ids[j]] : fallback));
}
