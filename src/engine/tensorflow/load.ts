/**
 * Loads tfjs-node, once in a process: settles what TensorFlow reads from its environment, mends what newer Nodes took
 * away, and says what to do when the native part is missing.
 */
import { createRequire } from 'node:module';
import process from 'node:process';
import util from 'node:util';
import type * as tfjs from '@tensorflow/tfjs-node';
import { EngineUnavailableError } from '../../platform/errors.ts';
import { Ops } from './ops.ts';
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
  /** Whether the project's own ops are compiled into the binding, as the set-up does it; the binding that tfjs-node downloads has none. */
  hasOwnOps: boolean;
}

let runtime: Runtime | undefined;

/** Takes 0.9 s and 400 MB at the first call. Throws EngineUnavailableError where the native part is missing. */
export function loadTensorFlow(): Runtime {
  runtime ??= load();
  return runtime;
}

function load(): Runtime {
  prepareEnvironment();
  restoreUtilFunctions();
  try {
    const tf: TensorFlow = createRequire(import.meta.url)('@tensorflow/tfjs-node');
    const backend = tf.backend() as unknown as NodeBackend;
    return { tf, backend, hasOwnOps: hasOwnOps(backend.binding) };
  } catch (cause) {
    throw new EngineUnavailableError(
      'tensorflow',
      'TensorFlow’s native library is not installed, or does not load on this machine. Run "npm run setup" to install it, or ask for the engine "simd".',
      cause,
    );
  }
}

/** TensorFlow reads these when its library is loaded. */
function prepareEnvironment(): void {
  // What has work for several threads are the project's own ops, which have theirs. TensorFlow's would stand in their
  // way, because they wait for work without sleeping, and the order of its sums would depend on their number.
  process.env.TF_NUM_INTRAOP_THREADS ??= '1';
  process.env.TF_NUM_INTEROP_THREADS ??= '1';
  // With one thread oneDNN is slower for small matrices (11 and 8 µs a product), and it announces itself on stderr.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  // Errors only: stderr belongs to the service's own log.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
}

/** tfjs-node 4.22 calls two functions of `util` that Node 23 removed, and that Node 22 warns about. */
function restoreUtilFunctions(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}

/** Found out by running one on a layer of one unit. */
function hasOwnOps(binding: Binding): boolean {
  const ops = new Ops(binding, 1);
  return ops.scope(() => {
    const inputs = { x: ops.zeros(1, 1), h: ops.zeros(1, 1), c: ops.zeros(1, 1), w: ops.zeros(8), b: ops.zeros(4) };
    try {
      ops.ownLstm(inputs);
      return true;
    } catch (error) {
      if (error instanceof Error && error.message.includes('neither a type of a primitive operation')) return false;
      throw error;
    }
  });
}
