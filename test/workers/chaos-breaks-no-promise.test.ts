/** A short chaos run, as `npm run chaos` makes long ones. */
import { expect, test } from 'vitest';
import { runChaos } from '../../chaos/run.ts';

const store = process.env.TEST_STORE === 's3' ? 's3' : 'folder';
const dist = new URL('../../dist/', import.meta.url);

test('a short chaos run breaks none of the promises', async () => {
  const { faults, verdict } = await runChaos({ jobs: 6, minutes: 0.2, seed: 7, store, dist });
  expect(verdict.breaches).toEqual([]);
  expect(verdict).toMatchObject({ accepted: 6, succeeded: 6 });
  expect(Object.values(faults).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(2);
}, 300_000);
