/**
 * An ONNX model: the graph with its parameters, and what else there is to know as its metadata.
 */
import { onnxFile } from '../../../formats/onnx/file.ts';
import type { Package, PackagedModel } from './package.ts';

export function onnxPackage({ description, encoding, initialState, weights }: PackagedModel): Package {
  const file = onnxFile(description, initialState, { encoding: JSON.stringify(encoding) });
  return {
    extension: 'onnx',
    mediaType: 'application/octet-stream',
    bytes: file.bytes,
    pieces: () => file.pieces(weights.pieces()),
  };
}
