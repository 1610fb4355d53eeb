/** How tests run: once what they start is built, with time enough for real processes. The project `fast` (`npm run test:fast`) starts none and needs no build. */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { fastTests } from './test/support/fast-tests.ts';
import { testsOfABucket, testsOfTheDisk } from './test/support/tests-of-one-store.ts';

const fast = fastTests(import.meta.dirname);

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Tests of processes wait more than they compute: two files at once, also where there are only two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      { extends: true, test: { name: 'fast', include: fast, globalSetup: ['scripts/build-simd.mjs'] } },
      {
        extends: true,
        test: {
          name: 'processes',
          include: ['test/**/*.test.ts'],
          // Those of the containers need an engine: `npm run test:containers`.
          exclude: [
            ...fast,
            'test/containers/**',
            ...(process.env.TEST_STORE === 's3' ? testsOfTheDisk : testsOfABucket),
          ],
          globalSetup: ['scripts/build-simd.mjs', 'test/support/build.ts'],
        },
      },
    ],
  },
});
