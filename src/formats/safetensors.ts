/**
 * Safetensors: what lies before the data of the tensors. After it comes the flat parameter vector as it lies in memory.
 *
 * Eight bytes, the length of the header; the header, JSON in UTF-8 that says of each tensor what it is and where its data
 * begin and end; the data, without gaps (huggingface.co/docs/safetensors, "Format"). Numbers are little-endian.
 */
import type { ModelDescription } from '../model/description.ts';
import { namedTensors } from './tensors.ts';

const bytesOfFloat = 4;

/** @param metadata text by name, which readers pass on to whoever asks. */
export function safetensorsHeader(model: ModelDescription, metadata: Record<string, string>): Uint8Array {
  const tensors = namedTensors(model).map(({ fullName, shape, offset, length }) => [
    fullName,
    { dtype: 'F32', shape, data_offsets: [bytesOfFloat * offset, bytesOfFloat * (offset + length)] },
  ]);
  const json = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(tensors) }));
  // Spaces up to a multiple of eight, so that readers that map the file find the numbers aligned.
  const length = 8 * Math.ceil(json.length / 8);
  const header = Buffer.alloc(8 + length, ' ');
  header.writeBigUInt64LE(BigInt(length));
  json.copy(header, 8);
  return header;
}
