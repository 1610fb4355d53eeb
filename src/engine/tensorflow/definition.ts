/**
 * What the engine `tensorflow` can train, and what it costs. It needs the native part that the set-up brings, and is
 * asked here without loading it.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { forwardFlops } from '../../model/cost.ts';
import { unitsOf } from '../../model/description.ts';
import type { LayerKind } from '../../model/layers/index.ts';
import type { EngineDefinition } from '../definition.ts';

/** The kinds of layers that `layers/index.ts` has ops for. */
const kinds = ['lstm'] as const satisfies readonly LayerKind[];

/** A kind that the engine can run. */
export type TensorFlowLayerKind = (typeof kinds)[number];

export const tensorflow: EngineDefinition = {
  supports(model) {
    const unknown = model.layers.find(({ kind }) => !(kinds as readonly LayerKind[]).includes(kind));
    return unknown ? { reason: `knows no layers of kind ${unknown.kind}` } : true;
  },
  isInstalled() {
    try {
      const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/package.json');
      return existsSync(path.join(path.dirname(manifest), 'lib', 'napi-v8', 'tfjs_binding.node'));
    } catch {
      return false;
    }
  },
  isNative: true,
  cost: {
    /**
     * The step, each time step of a layer, the functions of each row's units and the arithmetic as the busiest thread
     * has them, and what threads cost to meet.
     */
    terms({ model, batchSize, sequenceLength: T }, threads) {
      const share = Math.ceil(batchSize / threads);
      const pass = forwardFlops(model, T);
      const flops = 2 * share * pass + (batchSize * pass) / threads;
      const layers = model.layers.length;
      return [1, T * layers, T * share * unitsOf(model), flops, threads > 1 ? layers : 0];
    },
    seconds: [3.9e-4, 9.8e-7, 9.2e-9, 1.5e-11, 1.8e-4],
    flopsForThreads: 8e7,
    parts: (batchSize) => batchSize,
  },
};
