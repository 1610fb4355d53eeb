/** Memory that the collector does not see is given back when much of it was let go of. */
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { UnseenMemory } from '../../../src/platform/process/unseen-memory.ts';

const mebibyte = 2 ** 20;

test('a thread that lets go of a hundred memories keeps few of them', async () => {
  const unseen = new UnseenMemory();
  const bytes = 16 * mebibyte;
  const before = process.memoryUsage.rss();
  let most = 0;
  for (let n = 0; n < 100; n++) {
    const pages = bytes / 2 ** 16;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    new Uint8Array(memory.buffer).fill(1);
    unseen.willLetGo(String(n), bytes);
    await setImmediate();
    unseen.collect();
    most = Math.max(most, process.memoryUsage.rss() - before);
  }
  // What may be let go of before it is collected, and as much again for what is on its way.
  expect(most).toBeLessThan(600 * mebibyte);
});
