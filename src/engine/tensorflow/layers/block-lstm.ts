/**
 * One LSTM layer (`src/model/layers/lstm.ts`) on TensorFlow's fused ops, which run all T steps inside one kernel:
 * BlockLSTMV2 and its gradient. For a TensorFlow that the project's own ops are not compiled into.
 */
import type { TensorId } from '../tensors.ts';
import { lastStep, type RunLayer } from './layer.ts';

export const blockLstm: RunLayer = (ops, constants, { x, initial, w, b }, size) => {
  const { T, B, I, H } = size;
  const shaped = (values: TensorId, ...dims: number[]) => ops.reshape(values, constants.vector(...dims));
  const inputs = {
    steps: constants.int64(T),
    x: shaped(x, T, B, I),
    csPrev: initial.c,
    hPrev: initial.h,
    w: shaped(w, I + H, 4 * H),
    peephole: constants.zeros(H),
    b,
  };
  const activations = ops.blockLstm(inputs);
  const outputs = shaped(activations.h, T * B, H);
  return {
    outputs,
    last: () => ({
      h: lastStep(ops, constants, outputs, size),
      c: lastStep(ops, constants, shaped(activations.cs, T * B, H), size),
    }),
    backward: (dh) => {
      // The loss depends on the cells through the outputs only, so their own gradient is zero.
      const dCells = constants.zeros(T, B, H);
      const gradients = ops.blockLstmGradient(inputs, activations, dCells, shaped(dh, T, B, H));
      return { x: shaped(gradients.x, T * B, I), w: shaped(gradients.w, -1), b: gradients.b };
    },
  };
};
