/**
 * An ONNX model: the graph with its parameters, and what else there is to know as its metadata.
 */
import { onnxFile } from '../../../formats/onnx/file.ts';
import type { Package, PackagedModel } from './package.ts';

export function onnxPackage(model: PackagedModel): Package {
  const { description, encoding, initialState, weights, raw, lengths: takesLengths, state: carriesState } = model;
  const variant = { raw, takesLengths, carriesState };
  const file = onnxFile(description, initialState, { encoding: JSON.stringify(encoding) }, variant);
  return {
    extension: 'onnx',
    mediaType: 'application/octet-stream',
    bytes: file.bytes,
    pieces: () => file.pieces(weights.pieces()),
  };
}
