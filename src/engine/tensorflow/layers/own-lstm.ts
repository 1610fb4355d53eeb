/**
 * One LSTM layer (`src/model/layers/lstm.ts`) on the project's own ops (`kernels/`), which run all T steps, and the
 * way back through them, on several threads.
 */
import { lastStep, type RunLayer } from './layer.ts';

export const ownLstm: RunLayer = (ops, constants, { x, initial, w, b }, size) => {
  const { h, c } = initial;
  const { outputs, ...kept } = ops.ownLstm({ x, h, c, w, b });
  return {
    outputs,
    last: () => ({ h: lastStep(ops, constants, outputs, size), c: lastStep(ops, constants, kept.cells, size) }),
    backward: (dh, wanted) => ops.ownLstmGradient({ ...kept, c, w, dh }, wanted.x),
  };
};
