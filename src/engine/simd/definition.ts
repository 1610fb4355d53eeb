/**
 * What the engine `simd` can train, and what it costs. It is always installed: WebAssembly runs wherever Node does.
 */
import { forwardFlops, tileRows } from '../../model/cost.ts';
import { unitsOf } from '../../model/description.ts';
import type { EngineDefinition } from '../definition.ts';
import { simdLayers } from './layers.ts';

export const simd: EngineDefinition = {
  supports(model) {
    const unknown = model.layers.find(({ kind }) => !simdLayers[kind]);
    return unknown ? { reason: `knows no layers of kind ${unknown.kind}` } : true;
  },
  isInstalled: () => true,
  isNative: false,
  cost: {
    /**
     * The step, each time step of a layer, the functions of each unit's gates, and the arithmetic of full tiles: each
     * as the busiest thread has them. Threads share out tiles, but for the weights' gradient, a third of the
     * arithmetic, units. The last term is what threads cost to meet.
     */
    terms({ model, batchSize, sequenceLength: T }, threads) {
      const tiles = Math.ceil(batchSize / tileRows);
      const share = Math.ceil(tiles / threads);
      const pass = forwardFlops(model, T * tileRows);
      return [
        1,
        T * model.layers.length,
        T * share * unitsOf(model),
        2 * share * pass + (tiles * pass) / threads,
        threads > 1 ? 1 : 0,
      ];
    },
    seconds: [5.3e-7, 1e-7, 5.5e-8, 2.5e-11, 1.4e-3],
    flopsForThreads: 1e8,
    parts: (batchSize) => Math.ceil(batchSize / tileRows),
  },
};
