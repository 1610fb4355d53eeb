/**
 * One LSTM layer on the project's own ops (`kernels/`), which run all T steps, and the way back through them, on several threads.
 */
import { type Lstm, lastStep } from './lstm.ts';

export const ownLstm: Lstm = (ops, constants, { x, initial, w, b }, size) => {
  const { outputs, ...kept } = ops.ownLstm({ x, ...initial, w, b });
  return {
    h: outputs,
    last: () => ({ h: lastStep(ops, constants, outputs, size), c: lastStep(ops, constants, kept.cells, size) }),
    backward: (dh, wanted) => ops.ownLstmGradient({ ...kept, c: initial.c, w, dh }, wanted.x),
  };
};
