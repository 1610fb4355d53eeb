/**
 * A request of TensorFlow Serving's REST API: rows in `instances`, or columns in `inputs`.
 */
import { z } from 'zod';
import { invalidInput } from '../../../platform/input/invalid-input.ts';
import { parseJson } from '../../../platform/input/json.ts';
import { show } from '../../../platform/input/shown.ts';
import { parse } from '../../../platform/input/validation.ts';
import { limits } from '../../../platform/limits.ts';
import type { GivenSequence } from '../../probabilities.ts';

/** The signature, and the name of its one input. */
export const signature = 'serving_default';
export const inputName = 'inputs';

const sequences = z.array(z.unknown().meta({})).min(1).max(limits.predictSequences);

export const PredictBody = z.looseObject({
  signature_name: z.literal(signature).optional(),
  instances: sequences
    .optional()
    .describe('Rows: each a sequence as in /predict, or an object with it as `inputs`. They may differ in length.'),
  inputs: z
    .union([sequences, z.strictObject({ [inputName]: sequences })])
    .optional()
    .describe('Columns, in place of `instances`: all sequences, or an object with them as `inputs`.'),
});

/** What a request is asked in, and is answered in. */
export type Arrangement = 'rows' | 'columns';

export interface ReadPredict {
  format: Arrangement;
  /** What errors call the list of sequences. */
  path: 'instances' | 'inputs';
  sequences: GivenSequence[];
}

/** @throws InvalidInputError */
export function readPredict(bytes: Uint8Array<ArrayBuffer>): ReadPredict {
  const json = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  const { instances, inputs } = parse(PredictBody, json, 'body');
  if (instances && inputs) throw refusal('inputs', 'does not go with instances: a request has one or the other');
  if (instances) {
    const given = instances.map((row, n) => plainSequence(inputOfRow(row, n)));
    return { format: 'rows', path: 'instances', sequences: given };
  }
  if (inputs) {
    const given = Array.isArray(inputs) ? inputs : inputs[inputName];
    return { format: 'columns', path: 'inputs', sequences: given.map(plainSequence) };
  }
  throw refusal('instances', 'is missing: a list of sequences is required, there or as inputs');
}

function refusal(path: string, message: string) {
  return invalidInput('body', [{ path, message }]);
}

/** A row by itself, or the one input of a row that is an object. */
function inputOfRow(row: unknown, n: number): unknown {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return row;
  const names = Object.keys(row);
  if (names.length === 1 && names[0] === inputName) return (row as Record<string, unknown>)[inputName];
  throw refusal(`instances[${n}]`, `must be a sequence, or an object with it as ${inputName}, but is ${show(row)}`);
}

/** Strings may come in Base64, each as `{"b64": …}`. */
function plainSequence(sequence: unknown): GivenSequence {
  return Array.isArray(sequence) ? sequence.map(plainStep) : sequence;
}

function plainStep(step: unknown): unknown {
  const encoded = typeof step === 'object' && step !== null && 'b64' in step ? step.b64 : undefined;
  return typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString('utf8') : step;
}
