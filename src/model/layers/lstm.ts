/**
 * The LSTM (Hochreiter & Schmidhuber 1997; forget gate of Gers et al. 2000), for inputs x_t [B,I] and state h, c [B,H]:
 *   z = x_t·kernel + h·recurrent + bias,  split into i, f, g, o (the gate order of Keras and of TensorFlow's BlockLSTMV2)
 *   c = σ(f)·c + σ(i)·tanh(g),  h = σ(o)·tanh(c)
 * Kernel and recurrent kernel are adjacent, so that together they are one [I+H,4H] matrix.
 */
import { type Initializer, uniform } from '../initializers.ts';
import type { LayerDefinition } from './definition.ts';

export interface LstmLayer {
  kind: 'lstm';
  /** H */
  units: number;
  /** Initial bias of the forget gates, 1 if not told; it is part of `bias`, and nothing else depends on it. */
  forgetBias?: number;
}

export const lstm: LayerDefinition<LstmLayer> = {
  describe: ({ units, forgetBias }) => ({ kind: 'lstm', units, forgetBias }),
  outputs: ({ units }) => units,
  // As the question's program had it under TensorFlow r0.10, whose default was "uniform unit scaling": ±sqrt(3 /
  // fan-in), with the fan-in I+H.
  parameters: ({ units: H, forgetBias = 1 }, I) => {
    const initial = uniform(Math.sqrt(3 / (I + H)));
    return [
      { name: 'kernel', shape: [I, 4 * H], initial },
      { name: 'recurrent', shape: [H, 4 * H], initial },
      { name: 'bias', shape: [4 * H], initial: forgetGates(H, forgetBias) },
    ];
  },
  state: ({ units }) => [
    { name: 'h', width: units },
    { name: 'c', width: units },
  ],
  flops: ({ units: H }, I) => 8 * H * (I + H),
  // The four gates, the cell and its tanh, and the output.
  activations: ({ units: H }) => 7 * H,
  // The gates' gradients beside [h; x; 1].
  operands: ({ units: H }, I) => 5 * H + I + 1,
  keras: {
    className: 'LSTM',
    config: ({ units }) => ({
      units,
      activation: 'tanh',
      recurrent_activation: 'sigmoid',
      use_bias: true,
      unit_forget_bias: true,
    }),
    weights: { kernel: 'kernel', recurrent: 'recurrent_kernel', bias: 'bias' },
  },
  // i, o, f, g
  onnx: { name: 'LSTM', gates: [0, 3, 1, 2] },
};

/** Zeros, but for the forget gates'. */
function forgetGates(H: number, bias: number): Initializer {
  return (values) => values.fill(bias, H, 2 * H);
}
