/**
 * Loads tfjs-node, once in a process: settles what TensorFlow reads from its environment, mends what newer Nodes took away, and says what to do when the native part is missing.
 */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import util from 'node:util';
import type * as tfjs from '@tensorflow/tfjs-node';
import { EngineUnavailableError } from '../../errors.ts';
import type { Binding } from './tensors.ts';

type TensorFlow = typeof tfjs;

/** The backend of tfjs-node, as far as raw ops need it: tensors of tfjs to ids of the binding and back. */
interface NodeBackend {
  binding: Binding;
  getInputTensorIds(tensors: tfjs.Tensor[]): number[];
  createOutputTensor(metadata: { id: number; shape: number[]; dtype: number }): tfjs.Tensor;
}

export interface Runtime {
  tf: TensorFlow;
  backend: NodeBackend;
  /** Threads inside one op. The sums of large matrix products depend on it, so a run that is resumed needs the same number. */
  threads: number;
}

let runtime: Runtime | undefined;

/**
 * TensorFlow with that many threads (by default one for each core). TensorFlow reads the number once in a process: asking for another one later throws.
 * Takes 0.9 s and 400 MB at the first call. Throws EngineUnavailableError where the native part is missing.
 */
export function loadTensorFlow(options: { threads?: number } = {}): Runtime {
  runtime ??= load(options.threads ?? availableParallelism());
  if (options.threads !== undefined && options.threads !== runtime.threads) {
    throw new Error(
      `TensorFlow runs with ${runtime.threads} threads in this process; ${options.threads} need another.`,
    );
  }
  return runtime;
}

function load(threads: number): Runtime {
  prepareEnvironment(threads);
  restoreUtilFunctions();
  try {
    const tf: TensorFlow = createRequire(import.meta.url)('@tensorflow/tfjs-node');
    return { tf, backend: tf.backend() as unknown as NodeBackend, threads };
  } catch (cause) {
    throw new EngineUnavailableError(
      'tensorflow',
      'TensorFlow’s native library is not installed, or does not load on this machine. Run "npm run setup" to install it, or ask for the engine "simd".',
      cause,
    );
  }
}

/** TensorFlow reads these when its library is loaded. */
function prepareEnvironment(threads: number): void {
  process.env.TF_NUM_INTRAOP_THREADS = String(threads);
  // Errors only: stderr belongs to the service's own log.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // With several threads oneDNN multiplies large matrices faster: a training step at 64,100,256,2 takes 470 instead of 550 ms of processor time, and two thirds of the wall-clock time. With one
  // thread it is no faster, and slower for small matrices (11 and 8 µs). It announces itself on stderr, in two lines that no setting turns off.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= threads > 1 ? '1' : '0';
}

/** tfjs-node 4.22 calls two functions of `util` that Node 23 removed, and that Node 22 warns about. */
function restoreUtilFunctions(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}
