/**
 * The tensors of a request as sequences of a model. All that the shapes say is held to the limits before an element is
 * read.
 */
import { invalidInput } from '../../../platform/input/invalid-input.ts';
import { limits } from '../../../platform/limits.ts';
import type { OpenModel } from '../../models/loaded-model.ts';
import type { GivenSequence } from '../../probabilities.ts';
import type { ReadRequest } from './request.ts';
import { numbersOf, stringsOf, type Tensor, tensorOf } from './tensors.ts';

export interface TensorBatch {
  /** Each [T,I] or T strings, without what fills it up. */
  sequences: GivenSequence[];
  /** T of the tensor: the longest that a sequence may be. */
  length: number;
}

/** @throws InvalidInputError */
export function batchOf({ request, binary, sequence }: ReadRequest, { description, encoder }: OpenModel): TensorBatch {
  const tensorNamed = (name: string) => {
    const given = request.inputs.find((tensor) => tensor.name === name);
    return given && tensorOf(given, binary.get(name));
  };
  // `readRequest` has seen to that it is there.
  const inputs = tensorNamed('inputs')!;
  const isText = encoder.state.kind === 'strings';
  const width = isText ? 1 : description.input.features;
  const { rows, length } = checkedShape(inputs.shape, width, description.head.classes);
  if (sequence && rows !== 1) {
    const message = `has ${rows} sequences, but a request with a sequence_id goes on with one`;
    throw invalidInput('body', [{ path: 'inputs', message }]);
  }
  const lengths = lengthsOf(tensorNamed('lengths'), rows, length);
  const elements = isText ? stringsOf(inputs) : numbersOf(inputs);
  const sequences = Array.from({ length: rows }, (_, b) => {
    const from = b * length * width;
    const to = from + lengths[b] * width;
    return elements instanceof Float32Array ? elements.subarray(from, to) : elements.slice(from, to);
  });
  return { sequences, length };
}

/** The B and T of [B,T,width], or of [B,T] where the width is 1. */
function checkedShape(shape: readonly number[], width: number, classes: number): { rows: number; length: number } {
  const shown = `[${shape.join()}]`;
  const refuse = (message: string) => invalidInput('body', [{ path: 'inputs', message }]);
  const [rows, length, last = 1] = shape;
  const isFlat = shape.length === 2 && width === 1;
  if (shape.length < 2 || (!isFlat && (shape.length !== 3 || last !== width))) {
    throw refuse(`must have the shape [B,T,${width}]${width === 1 ? ' or [B,T]' : ''}, but has ${shown}`);
  }
  if (rows < 1 || length < 1) throw refuse(`has the shape ${shown}, without a step`);
  if (rows > limits.predictSequences) {
    throw refuse(`has the shape ${shown}, with ${rows} sequences; the limit is ${limits.predictSequences}`);
  }
  const most = Math.min(limits.predictSteps, Math.floor(limits.predictNumbers / classes));
  if (rows * length > most) {
    const reason = most < limits.predictSteps ? `for a model of ${classes} classes ` : '';
    throw refuse(`has the shape ${shown}, with ${rows * length} steps in all; ${reason}the limit is ${most}`);
  }
  return { rows, length };
}

function lengthsOf(tensor: Tensor | undefined, rows: number, length: number): ArrayLike<number> {
  if (!tensor) return Array<number>(rows).fill(length);
  const refuse = (message: string) => invalidInput('body', [{ path: 'lengths', message }]);
  const { shape } = tensor;
  if (shape[0] !== rows || shape.slice(1).some((dimension) => dimension !== 1)) {
    throw refuse(`must have the shape [${rows}], as many as inputs has sequences, but has [${shape.join()}]`);
  }
  const lengths = numbersOf(tensor);
  const wrong = lengths.findIndex((value) => !(Number.isInteger(value) && value >= 1 && value <= length));
  if (wrong >= 0) {
    throw refuse(
      `has ${lengths[wrong]} as element ${wrong}, which must be a whole number from 1 to ${length}, the T of inputs`,
    );
  }
  return lengths;
}
