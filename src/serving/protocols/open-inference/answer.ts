/**
 * The answer of the Open Inference Protocol: JSON, and, by the extension for binary tensors, bytes after it.
 */

import type { FoundCheckpoint } from '../../../checkpoints/model-reference.ts';
import { mostProbable } from '../../../model/scoring.ts';
import { JsonBytes } from '../../json-bytes.ts';
import type { ProtocolAnswer } from '../protocol.ts';
import { type InferenceRequest, type OutputName, outputNames } from './request.ts';

/** What stands where a sequence is shorter than the tensor. */
const padding = { probability: 0, class: -1 };

/** An output as it is asked for. */
interface AskedOutput {
  name: OutputName;
  isBinary: boolean;
}

interface AnswerOf {
  request: InferenceRequest;
  /** The model's name in the request. */
  name: string;
  found: FoundCheckpoint;
  /** [T,C] of each sequence. */
  predicted: readonly Float32Array[];
  /** T of the tensors. */
  length: number;
  classes: number;
}

export function writeInference({ request, name, found, predicted, length, classes }: AnswerOf): ProtocolAnswer {
  const { job, checkpoint } = found;
  const rows = predicted.length;
  const tensors = {
    probabilities: {
      datatype: 'FP32',
      shape: [rows, length, classes],
      values: probabilityTensor(predicted, length, classes),
    },
    classes: { datatype: 'INT32', shape: [rows, length], values: classTensor(predicted, length, classes) },
  };
  const outputs = askedOutputs(request);
  const writer = new JsonBytes();
  const head = {
    model_name: name,
    model_version: String(checkpoint.step),
    ...(request.id === undefined ? {} : { id: request.id }),
    parameters: { job, sha256: checkpoint.sha256 },
  };
  writer.text(`${JSON.stringify(head).slice(0, -1)},"outputs":`);
  writer.list(outputs.length, (n) => {
    const { name: output, isBinary } = outputs[n];
    const { datatype, shape, values } = tensors[output];
    writer.text(JSON.stringify({ name: output, datatype, shape }).slice(0, -1));
    if (isBinary) writer.text(`,"parameters":{"binary_data_size":${values.byteLength}}`);
    else writer.field(',"data":', () => writeData(writer, values));
    writer.text('}');
  });
  writer.text('}');
  const json = writer.bytes();
  const binary = outputs
    .filter(({ isBinary }) => isBinary)
    .map(({ name: output }) => littleEndian(tensors[output].values));
  if (binary.length === 0) return { bytes: json };
  return { bytes: Buffer.concat([json, ...binary]), headerLength: json.length };
}

function askedOutputs({ outputs, parameters }: InferenceRequest): AskedOutput[] {
  const byDefault = parameters?.binary_data_output ?? false;
  // Triton's clients send an empty list for all.
  const asked = outputs?.length ? outputs : outputNames.map((name) => ({ name, parameters: undefined }));
  return asked.map(({ name, parameters: own }) => ({ name, isBinary: own?.binary_data ?? byDefault }));
}

function writeData(writer: JsonBytes, values: Float32Array | Int32Array): void {
  if (values instanceof Int32Array) writer.integers(values);
  else writer.probabilities(values, 0, values.length);
}

/** [B,T,C] */
function probabilityTensor(predicted: readonly Float32Array[], length: number, classes: number): Float32Array {
  const tensor = new Float32Array(predicted.length * length * classes).fill(padding.probability);
  for (const [b, row] of predicted.entries()) tensor.set(row, b * length * classes);
  return tensor;
}

/** [B,T] */
function classTensor(predicted: readonly Float32Array[], length: number, classes: number): Int32Array {
  const tensor = new Int32Array(predicted.length * length).fill(padding.class);
  for (const [b, row] of predicted.entries()) {
    for (let t = 0; t < row.length / classes; t++) tensor[b * length + t] = mostProbable(row, t * classes, classes);
  }
  return tensor;
}

function littleEndian(values: Float32Array | Int32Array): Buffer {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  return isLittleEndian ? bytes : bytes.swap32();
}
