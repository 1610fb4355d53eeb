/** Where TensorFlow's native library does not load, the engine says so and names the remedy. */
import process from 'node:process';
import { expect, it, vi } from 'vitest';
import { openTensorFlowEngine } from '../../src/engine/tensorflow/engine.ts';
import { EngineUnavailableError } from '../../src/platform/errors.ts';

it('names the set-up as the remedy, and keeps the cause', () => {
  const missing = new Error('libtensorflow_cc.so.2: cannot open shared object file');
  const dlopen = vi.spyOn(process, 'dlopen').mockImplementation(() => {
    throw missing;
  });
  let thrown: unknown;
  try {
    openTensorFlowEngine();
  } catch (error) {
    thrown = error;
  }
  expect(dlopen).toHaveBeenCalled();
  expect(thrown).toBeInstanceOf(EngineUnavailableError);
  expect(thrown).toMatchObject({ message: expect.stringContaining('npm run setup'), cause: missing });
});
