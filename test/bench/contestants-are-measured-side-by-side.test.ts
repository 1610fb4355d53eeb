/** The benchmark interleaves its contestants, takes medians, and reports them as a table and as one document. */
import { expect, it } from 'vitest';
import { type Contestant, flopsOf } from '../../bench/contestant.ts';
import { measure } from '../../bench/measure.ts';
import { table } from '../../bench/report.ts';

const size = { B: 7, T: 50, H: 5, L: 2 };

/** Takes the given seconds a step, in turn. */
function contestant(name: string, calls: string[], secondsPerStep: number[]): Contestant {
  let call = 0;
  return {
    name,
    async train(_, steps) {
      calls.push(name);
      return steps * secondsPerStep[call++ % secondsPerStep.length];
    },
    close() {},
  };
}

it('runs each once a round and takes the median', async () => {
  const calls: string[] = [];
  // One call warms up, the next finds the number of steps, three are measured; of them one is disturbed.
  const steady = contestant('steady', calls, [0.01, 0.01, 0.01, 0.5, 0.012]);
  const slow = contestant('slow', calls, [0.1]);
  const results = await measure([steady, slow], size, { rounds: 3, roundMs: 40 });
  expect(calls.slice(4)).toEqual(['steady', 'slow', 'steady', 'slow', 'steady', 'slow']);
  expect(results.map(({ name }) => name)).toEqual(['steady', 'slow']);
  expect(results[0].msPerStep).toBeCloseTo(12, 9);
  expect(results[0].leastMsPerStep).toBeCloseTo(10, 9);
  expect(results[1].msPerStep).toBeCloseTo(100, 9);
  expect(results[0].gflops).toBeCloseTo(flopsOf(size) / 0.012 / 1e9, 9);
});

it('counts three forward passes a training step', () => {
  // Per step and row: 8·5·(1+5) + 8·5·(5+5) for the layers, 2·5·4 for the softmax.
  expect(flopsOf(size)).toBe(3 * 350 * (240 + 400 + 40));
});

it('prints the fastest first, with ratios and the share of the peak', () => {
  const machine = { cpu: 'a processor', cores: 2, node: 'v20', threads: 2, peakGflops: 100 };
  const results = [
    { name: 'slow', msPerStep: 30, leastMsPerStep: 28, gflops: 5 },
    { name: 'fast', msPerStep: 0.05, leastMsPerStep: 0.04, gflops: 25 },
  ];
  const text = table({
    machine,
    sizes: [{ size, results }],
    predictions: [{ size, results: [{ name: 'fast', ms: 0.008 }] }],
  });
  expect(text).toContain('a processor, 2 cores, Node v20, 100 GFLOP/s');
  expect(text).toMatch(/fast +0\.05 +1 +0\.04 +25 +25\.0 %\n +slow +30 +600 +28 +5 +5\.0 %/);
  expect(text).toContain('H=5: fast 0.008');
});
