/** How tests run: once what they start is built, with time enough for real processes. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['scripts/build-simd.mjs', 'test/support/build.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
