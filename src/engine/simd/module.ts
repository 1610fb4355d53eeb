/**
 * The compiled WebAssembly module of the engine `simd`, and what its instances offer; the functions are described
 * where they are written, in assembly/.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inputWidths, type ModelDescription } from '../../model/description.ts';
import { outputsOf } from '../../model/layers/index.ts';
import { EngineUnavailableError } from '../../platform/errors.ts';
import { simdLayerOf } from './layers.ts';

type Address = number;

/** Exports of assembly/index.ts. Addresses are bytes from the start of the memory; above 2 GiB they arrive negative (see `addressOf`). */
export interface SimdExports {
  memory: WebAssembly.Memory;
  plannedBytes(): number;
  parameters: WebAssembly.Global;
  parameterNumbers: WebAssembly.Global;
  addLayer(kind: number, inputs: number, units: number): number;

  planTrainer(classes: number, batchSize: number, sequenceLength: number, slots: number, threads: number): number;
  inputs: WebAssembly.Global;
  labels: WebAssembly.Global;
  mask: WebAssembly.Global;
  starts: WebAssembly.Global;
  slots: WebAssembly.Global;
  betaPowers: WebAssembly.Global;
  carriedState(layer: number, vector: number): Address;
  useSgd(learningRate: number): void;
  useMomentum(learningRate: number, momentum: number, nesterov: boolean): void;
  useRmsprop(learningRate: number, decay: number, momentum: number, epsilon: number, centered: boolean): void;
  useAdam(learningRate: number, beta1: number, beta2: number, epsilon: number): void;
  useAdagrad(learningRate: number, epsilon: number): void;
  clipTo(limit: number): void;
  trainStep(batchSize: number, sequenceLength: number, carries: boolean): void;
  computeProbabilities(batchSize: number, sequenceLength: number, carries: boolean): Address;
  probabilitiesStride(): number;
  meanLoss(): number;
  accuracy(): number;
  fail(): void;

  planPredictor(classes: number, steps: number, lanes: number): number;
  joinPredictor(layers: number, sequence: Address, probabilities: Address, laneBytes: number, tables: Address): void;
  useLane(lane: number, from: number): void;
  laneBytes: WebAssembly.Global;
  laneTables: WebAssembly.Global;
  sequence: WebAssembly.Global;
  probabilities: WebAssembly.Global;
  startSequence(): void;
  sequenceState(layer: number, vector: number): Address;
  predictPiece(steps: number): void;

  tanhTable: WebAssembly.Global;
  squash(table: Address, source: Address, target: Address, runs: number, pairs: number, stride: number): void;
  exponential(values: Address, vectors: number): void;
  logarithms(values: Address, vectors: number): void;
}

/** Pages of 64 KiB: what an instance has from the start, and what WebAssembly allows. */
const pages = { initial: 1, maximum: 65_536 };

/** Two builds of the same sources, because a memory that threads share is a little slower. */
export type MemoryKind = 'own' | 'shared';

const files: Record<MemoryKind, string> = { own: 'simd.wasm', shared: 'simd-shared.wasm' };

const compiled = new Map<MemoryKind, WebAssembly.Module>();

/** Compiled once per process. */
export function simdModule(memory: MemoryKind): WebAssembly.Module {
  const module = compiled.get(memory) ?? compile(files[memory]);
  compiled.set(memory, module);
  return module;
}

/** A new instance with a memory of its own; `shared`: helping threads will share it. */
export function instantiate(kind: MemoryKind = 'own'): SimdExports {
  return instanceOver(kind, new WebAssembly.Memory({ ...pages, shared: kind === 'shared' }));
}

/** A new instance over a memory, which another one may use too. */
export function instanceOver(kind: MemoryKind, memory: WebAssembly.Memory): SimdExports {
  return new WebAssembly.Instance(simdModule(kind), { env: { memory } }).exports as unknown as SimdExports;
}

function compile(file: string): WebAssembly.Module {
  const path = fileURLToPath(new URL(`./${file}`, import.meta.url));
  try {
    return new WebAssembly.Module(readFileSync(path));
  } catch (cause) {
    throw new EngineUnavailableError('simd', `${path} cannot be loaded; "npm run build" makes it.`, cause);
  }
}

/** A new instance with the layers of a model; `plan` adds what else there is, and tells whether it all fits into memory. */
export function instanceFor(
  model: ModelDescription,
  memory: MemoryKind,
  plan: (instance: SimdExports) => number,
): SimdExports {
  const instance = instantiate(memory);
  const inputs = inputWidths(model);
  for (const [l, layer] of model.layers.entries()) {
    if (!instance.addLayer(simdLayerOf(layer).kind, inputs[l], outputsOf(layer))) {
      throw new EngineUnavailableError('simd', `it has no room for ${model.layers.length} layers.`);
    }
  }
  if (plan(instance)) return instance;
  const gibibytes = (instance.plannedBytes() / 2 ** 30).toFixed(2);
  throw new EngineUnavailableError(
    'simd',
    `the model and a batch need ${gibibytes} GiB of memory, which this machine does not give; WebAssembly allows 4. A smaller batch or model needs less.`,
  );
}

/** An address as an unsigned number. */
export function addressOf(value: number | WebAssembly.Global): Address {
  return (typeof value === 'number' ? value : value.value) >>> 0;
}
