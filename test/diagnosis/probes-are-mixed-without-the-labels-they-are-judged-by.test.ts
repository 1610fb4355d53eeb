/**
 * What several probes know together is a mixture whose weights at a label come from the labels of other parts; and what
 * counts of contexts predict is counted on other blocks.
 */
import { describe, expect, test } from 'vitest';
import { lowestProven } from '../../src/diagnosis/doctor/entropies.ts';
import { contextPredictions } from '../../src/diagnosis/probing/context-predictions.ts';
import { type HeldOutLabels, holdOut, type JudgedLabels } from '../../src/diagnosis/probing/held-out-blocks.ts';
import { Mixture, type Predictions } from '../../src/diagnosis/probing/mixture.ts';
import { Random } from '../../src/model/random.ts';
import { cutSample, digits } from './sequences.ts';

const n = 800;
const random = Random.seeded(1, 'data');
const labels = Int32Array.from({ length: n }, () => random.integer(2));

/** Labels of four parts and forty blocks. */
const judged: JudgedLabels = {
  steps: Int32Array.from(labels, (_, j) => j),
  labels,
  blocks: Int32Array.from(labels, (_, j) => Math.floor(j / 20)),
  parts: Int32Array.from(labels, (_, j) => Math.floor(j / 200)),
  frequencies: new Float32Array(2 * n).fill(0.5),
};

const mixture = (predictions: Predictions[]) => new Mixture(judged, 2).add(predictions).probed;

/** Someone who gives each label the probability that `sureness` has for it. */
function predictor(sureness: (j: number) => number): Float32Array {
  return Float32Array.from({ length: 2 * n }, (_, at) => {
    const j = at >> 1;
    return labels[j] === (at & 1) ? sureness(j) : 1 - sureness(j);
  });
}

describe('a mixture', () => {
  test('is as good as the best that predicts, and a deeper one that knows nothing costs it next to nothing', () => {
    const { staircase } = mixture([
      { depth: 1, probabilities: [predictor(() => 0.6), predictor(() => 0.9)] },
      { depth: 2, probabilities: [predictor(() => 0.5)] },
    ]);
    expect(staircase[0].nats).toBeCloseTo(-Math.log(0.9), 2);
    expect(staircase[1].nats).toBeCloseTo(-Math.log(0.9), 2);
    expect(staircase[0].bestAccuracy).toBe(1);
    expect(staircase[0].gain.nats).toBeCloseTo(Math.log(2) + Math.log(0.9), 2);
  });

  test('of two that are better by turns is better than either', () => {
    const first = predictor((j) => (j % 2 ? 0.95 : 0.3));
    const second = predictor((j) => (j % 2 ? 0.3 : 0.95));
    const alone = -(Math.log(0.95) + Math.log(0.3)) / 2;
    const { staircase } = mixture([{ depth: 1, probabilities: [first, second] }]);
    expect(staircase[0].nats).toBeLessThan(alone - 0.1);
  });

  test('does not believe one in a part of which only the labels of that very part speak for it', () => {
    const { losses } = mixture([{ depth: 1, probabilities: [predictor((j) => (j < 200 ? 0.99 : 0.2))] }]);
    const ofFirst = losses[0].subarray(0, 200).reduce((sum, loss) => sum + loss, 0) / 200;
    expect(ofFirst).toBeCloseTo(Math.log(2), 1);
  });

  test('of those who know nothing is no better than the frequencies, beyond chance', () => {
    const noise = Array.from({ length: 8 }, () => predictor(() => 0.2 + 0.6 * random.uniform()));
    const [{ nats, gain }] = mixture([{ depth: 1, probabilities: noise }]).staircase;
    expect(nats).toBeGreaterThan(Math.log(2) - 3 * gain.standardError!);
    expect(nats).toBeLessThan(Math.log(2) + 0.02);
  });
});

describe('counts of contexts', () => {
  const sample = cutSample(digits(3000, 3, 1), digits(3000, 2, 2), 20, 2);
  const heldOut = holdOut(sample, 100, 1)!;

  test('predict by Witten and Bell, from what trains alone', () => {
    const step = heldOut.judged.steps[0];
    const counts = (matches: (other: number) => boolean) => {
      const of = [...heldOut.folds[0].training].filter(matches);
      return [0, 1].map((label) => of.filter((other) => sample.labels[other] === label).length);
    };
    const { inputs } = sample;
    const isSecond = (at: number) => at % 20 >= 1;
    const one = counts((other) => inputs[other] === inputs[step]);
    const two = counts(
      (other) =>
        inputs[other] === inputs[step] && isSecond(step) && isSecond(other) && inputs[other - 1] === inputs[step - 1],
    );
    const [first, second] = contextPredictions(sample, heldOut);
    const p1 = (one[1] + 2 * heldOut.judged.frequencies[1]) / (one[0] + one[1] + 2);
    expect(isSecond(step) || two[0] + two[1] === 0).toBe(true);
    expect(first.probabilities[0][1]).toBeCloseTo(p1, 5);
    const distinct = two.filter((count) => count > 0).length;
    if (isSecond(step))
      expect(second.probabilities[0][1]).toBeCloseTo((two[1] + distinct * p1) / (two[0] + two[1] + distinct), 5);
  });

  test('do not change with the labels that they are judged by', () => {
    const flipped = { ...sample, labels: sample.labels.slice() };
    for (const step of heldOut.judged.steps) flipped.labels[step] = 1 - flipped.labels[step];
    const own: HeldOutLabels = { ...heldOut };
    expect(contextPredictions(flipped, own)).toEqual(contextPredictions(sample, own));
  });
});

describe('what is shown', () => {
  const blocks = Uint8Array.from({ length: 20 * n }, (_, j) => Math.floor(j / n));
  const labelled = { steps: Int32Array.from(blocks, (_, j) => j), labels: new Int32Array(20 * n), classes: 2, blocks };
  const counted = (losses: Float64Array, nats: number) => [
    { entropy: { depth: 0, nats, bestAccuracy: 0.5, source: 'counted' as const }, losses },
  ];
  const known = mixture([{ depth: 1, probabilities: [predictor((j) => (j % 3 ? 0.9 : 0.35))] }]);

  test('is a probe where it beats counting at the same labels, however uneven these are', () => {
    const uneven = Float64Array.from(blocks, (_, j) => (j < n ? known.losses[0][j] + 0.02 + 0.01 * (j % 2) : 1));
    const [, shown] = lowestProven(counted(uneven, 1), known, labelled);
    expect(shown.source).toBe('probe');
  });

  test('is what was counted where a probe is lower by no more than chance', () => {
    const alike = Float64Array.from(blocks, (_, j) => (j < n ? known.losses[0][j] + (j % 40 < 20 ? 0.5 : -0.49) : 1));
    expect(lowestProven(counted(alike, 1), known, labelled).at(-1)!.source).toBe('counted');
  });

  test('is what was counted of all labels less the gain, where the few that judge differ more than the gain does', () => {
    // The first n of 20 n labels judge; their blocks differ by far, but the probe gains 0.3 on each.
    const hard = (block: number) => 1 + (block % 2);
    const losses = Float64Array.from(blocks, (_, j) => hard(Math.floor(j / 20)));
    const ofProbe = { ...known, losses: [losses.slice(0, n).map((loss) => loss - 0.3)] };
    ofProbe.staircase = [{ ...known.staircase[0], nats: 1.2, standardError: 0.2 }];
    const shown = lowestProven(counted(losses, 1.5), ofProbe, labelled).at(-1)!;
    expect(shown.nats).toBeCloseTo(1.2, 6);
    expect(shown.standardError).toBeLessThan(0.02);
  });
});
