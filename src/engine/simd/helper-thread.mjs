/**
 * A thread that helps a trainer: all that it does, it does in WebAssembly (assembly/step.ts). JavaScript, because a
 * thread loads it as it stands, from the sources as from dist.
 */
import { workerData } from 'node:worker_threads';

/** @type {{ module: WebAssembly.Module, memory: WebAssembly.Memory, number: number }} */
const { module, memory, number } = workerData;
const { help, fail } = /** @type {{ help(number: number): never, fail(): void }} */ (
  /** @type {unknown} */ (new WebAssembly.Instance(module, { env: { memory } }).exports)
);
try {
  help(number);
} catch (error) {
  // The trainer waits in WebAssembly, where no event reaches it.
  fail();
  throw error;
}
