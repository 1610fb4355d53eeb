/**
 * What a kind of layer says of itself: all that the other files of src/model need to know about it.
 */
import type { Initializer } from '../initializers.ts';

/** One tensor of a layer. All are row-major. */
export interface Parameter {
  /** `kernel` takes the inputs, `recurrent` the layer's own state. */
  name: 'kernel' | 'recurrent' | 'bias';
  shape: readonly number[];
  initial: Initializer;
}

/** One of the vectors that a layer hands on to its next step, and how many numbers it has. */
export interface StateVector {
  name: string;
  width: number;
}

/** What a job spec says of a layer; each kind takes what concerns it. */
export interface LayerSettings {
  /** H */
  units: number;
  forgetBias?: number;
}

export interface LayerDefinition<Layer> {
  describe(settings: LayerSettings): Layer;
  /** Numbers that it puts out at each step. */
  outputs(layer: Layer): number;
  /**
   * In the order in which they lie in the flat vector, which is that of Keras' `get_weights()`. `inputs`: numbers
   * that the layer takes at each step.
   */
  parameters(layer: Layer, inputs: number): Parameter[];
  state(layer: Layer): StateVector[];
  /** Floating-point operations of one row's step forward; a multiply-add counts as two. */
  flops(layer: Layer, inputs: number): number;
  /** Numbers that training keeps of one row's step for the way back. */
  activations(layer: Layer): number;
  /** Numbers of one row's operands that an engine copies side by side for its matrix products. */
  operands(layer: Layer, inputs: number): number;
  keras: KerasLayer<Layer>;
  onnx: OnnxOperator;
}

/** The layer as Keras and tfjs know it. */
interface KerasLayer<Layer> {
  className: string;
  config(layer: Layer): Record<string, unknown>;
  /** Keras' names of the parameters. */
  weights: Record<Parameter['name'], string>;
}

/** The layer as an operator of ONNX, which takes its state vectors in the order of `state`. */
interface OnnxOperator {
  name: string;
  /** In the operator's order, which place each gate has in the order of `kernel`. */
  gates: readonly number[];
}
