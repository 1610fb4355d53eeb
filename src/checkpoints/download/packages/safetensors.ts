/**
 * A safetensors file: the tensors by name, and what else there is to know as its metadata.
 */
import { safetensorsHeader } from '../../../formats/safetensors.ts';
import type { Package, PackagedModel } from './package.ts';

export function safetensorsPackage({ description, encoding, weights }: PackagedModel): Package {
  const header = safetensorsHeader(description, { encoding: JSON.stringify(encoding) });
  return {
    extension: 'safetensors',
    mediaType: 'application/octet-stream',
    bytes: header.length + weights.bytes,
    pieces: async function* () {
      yield header;
      yield* weights.pieces();
    },
  };
}
