/**
 * The model that every engine trains: stacked LSTM layers and a softmax layer on each step; its parameters lie in one flat vector, in the order of Keras' `get_weights()`.
 *
 * A layer of the LSTM (Hochreiter & Schmidhuber 1997; forget gate of Gers et al. 2000), for inputs x_t [B,I] and state h, c [B,H]:
 *   z = x_t·kernel + h·recurrent + bias,  split into i, f, g, o (the gate order of Keras and of TensorFlow's BlockLSTMV2)
 *   c = σ(f)·c + σ(i)·tanh(g),  h = σ(o)·tanh(c)
 * The forget-gate bias is part of `bias` (it is only an initial value).
 */
export interface ModelShape {
  /** I: numbers in one step of the input. */
  features: number;
  /** H of each LSTM layer, first layer first. */
  units: readonly number[];
  /** C: classes of each step's label. */
  classes: number;
}
