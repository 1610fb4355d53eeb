/**
 * An upload of 200 MB: stored without ever being in memory.
 */
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { temporaryStore } from './stores.ts';

it('takes 200 MB in bounded memory', { timeout: 180_000 }, async () => {
  const { store } = await temporaryStore();
  const steps = 200;
  const line = (n: number) => {
    const x = Array.from({ length: steps }, (_, t) => ((n * 31 + t * 17) % 1000) / 1000);
    return `${JSON.stringify({ x, y: x.map((_, t) => (n + t) % 3) })}\n`;
  };
  const block = Buffer.from(Array.from({ length: 64 }, (_, n) => line(n)).join(''));
  const blocks = Math.ceil(200e6 / block.length);
  let peak = 0;
  const content = (function* () {
    for (let b = 0; b < blocks; b++) {
      peak = Math.max(peak, process.memoryUsage.rss());
      yield block;
    }
  })();
  const before = process.memoryUsage.rss();
  const { sheet } = await store.create(Readable.from(content), { format: 'ndjson' });
  peak = Math.max(peak, process.memoryUsage.rss());
  expect(blocks * block.length).toBeGreaterThanOrEqual(200e6);
  expect(sheet.sequences).toBe(64 * blocks);
  // The arrays alone are as large as the upload: whoever keeps text or numbers is far above this.
  expect(sheet.bytes).toBeGreaterThan(190e6);
  expect(peak - before).toBeLessThan(120e6);
});
