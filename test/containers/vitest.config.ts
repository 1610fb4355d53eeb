/** How `npm run test:containers` runs: one file after the other, on whatever engine `docker` reaches. */
import path from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: path.resolve(import.meta.dirname, '../..'),
    name: 'containers',
    include: ['test/containers/**/*.test.ts'],
    globalSetup: ['test/containers/build.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
