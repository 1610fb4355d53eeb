/**
 * Reads safetensors (huggingface.co/docs/safetensors, "Format"): Lookback's own names, or those of a PyTorch state_dict.
 */
import { sizeOf } from '../../model/arrays.ts';
import { limits } from '../../platform/limits.ts';
import { describe, weightsOf } from './assembly.ts';
import { isObject, isShape, jsonIn } from './json-text.ts';
import type { FileTensor, ModelInFile } from './model-in-file.ts';
import { ownStack } from './own-names.ts';
import { invalidFile, unsupportedModel } from './refusal.ts';
import { isOfTorch, torchStack } from './torch-names.ts';

const lengthBytes = 8;
const bytesOfFloat = 4;
const metadataKey = '__metadata__';

type Place = ModelInFile['description']['head']['at'];

/** @param at where labels lie, where the file does not say it: every step, if that is not told. */
export function readSafetensors(bytes: Uint8Array, at: Place | undefined): ModelInFile {
  const { tensors, metadata } = tensorsIn(bytes);
  const place = metadata.encoding === undefined ? (at ?? 'every-step') : placeIn(metadata.encoding);
  const stack = isOfTorch(tensors) ? torchStack(tensors, place) : ownStack(tensors, place);
  const description = describe(stack);
  return {
    format: 'safetensors',
    description,
    weights: weightsOf(description, stack),
    ...(metadata.encoding === undefined ? {} : { encoding: metadata.encoding }),
    ignored: [],
  };
}

/** Where the encoding of a download says that labels lie. */
function placeIn(encoding: string): Place {
  const { output } = jsonIn(Buffer.from(encoding), 'encoding');
  return isObject(output) && output.at === 'end' ? 'end' : 'every-step';
}

function tensorsIn(bytes: Uint8Array): { tensors: Map<string, FileTensor>; metadata: Record<string, string> } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < lengthBytes) throw invalidFile('the header', 'is cut off');
  const length = buffer.readBigUInt64LE(0);
  const most = Math.min(buffer.length - lengthBytes, limits.modelHeaderBytes);
  if (length > BigInt(most)) {
    const why =
      length > BigInt(limits.modelHeaderBytes) ? `the limit is ${limits.modelHeaderBytes}` : 'the file ends before';
    throw invalidFile('the header', `says that it has ${length} bytes; ${why}`);
  }
  const dataAt = lengthBytes + Number(length);
  const { [metadataKey]: metadata, ...entries } = jsonIn(buffer.subarray(lengthBytes, dataAt), 'the header');
  const data = buffer.subarray(dataAt);
  const places = Object.entries(entries).map(([name, entry]) => placeOf(name, entry));
  ensureFilled(places, data.length);
  const tensors = new Map(places.map((place) => [place.name, tensorAt(place, data)]));
  return { tensors, metadata: textsIn(metadata) };
}

interface TensorPlace {
  name: string;
  shape: number[];
  from: number;
  to: number;
}

function placeOf(name: string, entry: unknown): TensorPlace {
  if (!isObject(entry) || !isShape(entry.shape) || !isShape(entry.data_offsets) || entry.data_offsets.length !== 2) {
    throw invalidFile(name, 'needs dtype, shape and data_offsets');
  }
  if (entry.dtype !== 'F32') throw unsupportedModel(name, `has numbers of type ${String(entry.dtype)}: F32 is needed`);
  const [from, to] = entry.data_offsets;
  if (to - from !== bytesOfFloat * sizeOf(entry.shape)) {
    throw invalidFile(name, `is [${entry.shape}], but its data_offsets hold ${to - from} bytes`);
  }
  return { name, shape: entry.shape, from, to };
}

/** The format knows neither gaps nor numbers of two tensors at once. */
function ensureFilled(places: readonly TensorPlace[], bytes: number): void {
  let filledTo = 0;
  for (const { name, from, to } of [...places].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from < filledTo) throw invalidFile(name, 'overlaps another tensor');
    if (from > filledTo) throw invalidFile(name, `begins at ${from}, but the tensor before it ends at ${filledTo}`);
    filledTo = to;
  }
  if (filledTo !== bytes) throw invalidFile('the data', `has ${bytes} bytes, but the tensors take ${filledTo}`);
}

function tensorAt({ name, shape, from, to }: TensorPlace, data: Buffer): FileTensor {
  return { name, shape, values: () => floatsOf(data.subarray(from, to)) };
}

/** Copied, so that they are aligned. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer, 0, Math.floor(bytes.length / bytesOfFloat));
}

function textsIn(metadata: unknown): Record<string, string> {
  if (!isObject(metadata)) return {};
  return Object.fromEntries(
    Object.entries(metadata).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
