/**
 * A request of the Open Inference Protocol: its JSON, and, by the extension for binary tensors, the bytes after it.
 * Fields and parameters that are not named here are ignored, as the protocol's servers do, but for those that would
 * change what is asked for.
 */
import { z } from 'zod';
import { InvalidInputError, type Issue } from '../../../platform/errors.ts';
import { invalidInput } from '../../../platform/input/invalid-input.ts';
import { parseJson } from '../../../platform/input/json.ts';
import { show } from '../../../platform/input/shown.ts';
import { parse } from '../../../platform/input/validation.ts';
import { limits } from '../../../platform/limits.ts';
import type { ProtocolMessage, SequencePosition } from '../protocol.ts';
import { datatypes } from './datatypes.ts';

export const inputNames = ['inputs', 'lengths'] as const;
export const outputNames = ['probabilities', 'classes'] as const;
export type OutputName = (typeof outputNames)[number];

const unsupported = (what: string) => z.undefined({ error: `${what} here: leave it out` }).optional();
const noSharedMemory = { shared_memory_region: unsupported('is not supported') };

/** For the document only: elements are read with their data type. */
const elements = z.array(z.unknown().meta({})).describe('Flat, or nested as the shape is.');

const InputTensor = z.looseObject({
  name: z.enum(inputNames).describe('inputs: the steps. lengths: how many of them each sequence has.'),
  shape: z
    .array(z.int().min(0))
    .min(1)
    .max(3)
    .describe('Of inputs [B,T,I], or [B,T] where a step is one number or a string; of lengths [B].'),
  datatype: z.enum(datatypes),
  parameters: z
    .looseObject({
      binary_data_size: z.int().min(0).optional().describe('Bytes of the tensor after the JSON.'),
      ...noSharedMemory,
    })
    .optional(),
  data: elements.optional(),
});
export type InputTensor = z.output<typeof InputTensor>;

const OutputTensor = z.looseObject({
  name: z.enum(outputNames),
  parameters: z
    .looseObject({
      binary_data: z.boolean().optional().describe('Whether the tensor comes as bytes after the JSON.'),
      classification: unsupported('is not supported'),
      ...noSharedMemory,
    })
    .optional(),
});

export const InferenceRequest = z.looseObject({
  id: z.string().max(limits.name).optional().describe('Comes back in the answer.'),
  parameters: z
    .looseObject({
      sequence_id: z
        .union([z.string().max(limits.name), z.int().min(0)])
        .optional()
        .describe('Of the sequence of requests that this one belongs to; 0 and "": to none.'),
      sequence_start: z.boolean().default(false).describe('Whether the sequence begins here.'),
      sequence_end: z.boolean().default(false).describe('Whether it ends here.'),
      binary_data_output: z.boolean().default(false).describe('`binary_data` of outputs that do not say.'),
    })
    .optional(),
  inputs: z.array(InputTensor).min(1).max(inputNames.length),
  outputs: z
    .array(OutputTensor)
    .max(outputNames.length)
    .optional()
    .describe('What the answer has, in this order; both by default.'),
});
export type InferenceRequest = z.output<typeof InferenceRequest>;

export interface ReadRequest {
  request: InferenceRequest;
  /** Of the tensors that come as bytes, by their names. */
  binary: ReadonlyMap<string, Uint8Array>;
  sequence?: SequencePosition;
}

/** @throws InvalidInputError */
export function readRequest({ bytes, headerLength }: ProtocolMessage): ReadRequest {
  const jsonLength = headerLength === undefined ? bytes.length : jsonLengthOf(headerLength, bytes.length);
  const json = Buffer.from(bytes.buffer, bytes.byteOffset, jsonLength);
  const request = parse(InferenceRequest, parseJson(json), 'body');
  const issues = [...duplicates(request.inputs, 'inputs'), ...duplicates(request.outputs ?? [], 'outputs')];
  if (!request.inputs.some(({ name }) => name === 'inputs')) {
    issues.push({ path: 'inputs', message: 'has no tensor of the name "inputs"' });
  }
  issues.push(...sourceIssues(request.inputs));
  if (issues.length > 0) throw invalidInput('body', issues);
  const binary = binaryTensors(request.inputs, bytes.subarray(jsonLength), headerLength !== undefined);
  return { request, binary, sequence: sequenceOf(request) };
}

function jsonLengthOf(headerLength: string, bodyLength: number): number {
  const length = /^\d{1,15}$/.test(headerLength) ? Number(headerLength) : Number.NaN;
  if (length <= bodyLength) return length;
  const message = `must be the bytes of the JSON, at most the ${bodyLength} of the body, but is ${show(headerLength)}`;
  throw invalidInput('request', [{ path: 'Inference-Header-Content-Length', message }]);
}

function duplicates(tensors: readonly { name: string }[], list: string): Issue[] {
  return tensors.flatMap(({ name }, n) => {
    const first = tensors.findIndex((other) => other.name === name);
    return first === n
      ? []
      : [{ path: `${list}[${n}].name`, message: `is ${show(name)}, which ${list}[${first}] is already` }];
  });
}

/** Each tensor has its elements in exactly one place. */
function sourceIssues(inputs: readonly InputTensor[]): Issue[] {
  return inputs.flatMap(({ data, parameters }, n) => {
    const isBinary = parameters?.binary_data_size !== undefined;
    if ((data !== undefined) !== isBinary) return [];
    const message = isBinary
      ? 'does not go with parameters.binary_data_size: a tensor has one or the other'
      : 'is missing: a list is required, or parameters.binary_data_size with the bytes after the JSON';
    return [{ path: `inputs[${n}].data`, message }];
  });
}

function binaryTensors(inputs: readonly InputTensor[], rest: Uint8Array, hasHeader: boolean): Map<string, Uint8Array> {
  const sizes = inputs.map(({ parameters }) => parameters?.binary_data_size);
  const firstBinary = sizes.findIndex((size) => size !== undefined);
  if (firstBinary >= 0 && !hasHeader) {
    const path = `inputs[${firstBinary}].parameters.binary_data_size`;
    const message = 'needs the header Inference-Header-Content-Length, which says where the JSON ends';
    throw invalidInput('request', [{ path, message }]);
  }
  const total = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  if (total !== rest.length) {
    const message = `come to ${total} bytes, but ${rest.length} follow the JSON`;
    throw invalidInput('request', [{ path: 'binary_data_size of all inputs', message }]);
  }
  const tensors = new Map<string, Uint8Array>();
  let at = 0;
  for (const [n, { name }] of inputs.entries()) {
    const size = sizes[n];
    if (size === undefined) continue;
    tensors.set(name, rest.subarray(at, at + size));
    at += size;
  }
  return tensors;
}

function sequenceOf({ parameters }: InferenceRequest): SequencePosition | undefined {
  const { sequence_id: id, sequence_start: isStart = false, sequence_end: isEnd = false } = parameters ?? {};
  if (id !== undefined && id !== 0 && id !== '') return { id, isStart, isEnd };
  if (!isStart && !isEnd) return undefined;
  const flag = isStart ? 'sequence_start' : 'sequence_end';
  throw new InvalidInputError(
    `The request is not valid: parameters.${flag} needs parameters.sequence_id, other than 0 and "".`,
    [{ path: `parameters.${flag}`, message: 'needs a sequence_id other than 0 and ""', rule: 'between-fields' }],
  );
}
