/**
 * A `.keras` archive, which is a zip: the files that Keras 3 looks for, and encoding.json, which it leaves alone.
 */
import { kerasConfig, kerasMetadata } from '../../../formats/keras/config.ts';
import { kerasLayers } from '../../../formats/keras/layers.ts';
import { kerasWeightsFile } from '../../../formats/keras/weights.ts';
import { invalidInput } from '../../../platform/input/invalid-input.ts';
import { jsonEntry, zipBytes, zipOf } from '../zip.ts';
import type { Package, PackagedModel } from './package.ts';

export function kerasPackage(model: PackagedModel): Package {
  const { description, encoding, initialState, createdAt, raw, weights } = model;
  if (raw?.kind === 'numbers') ensurePositive(raw.scale);
  const layers = kerasLayers(description, initialState !== null, raw);
  const { header, trailer } = kerasWeightsFile(layers, initialState);
  const entries = [
    jsonEntry('metadata.json', kerasMetadata(createdAt)),
    jsonEntry('config.json', kerasConfig(layers)),
    jsonEntry('encoding.json', encoding),
    {
      name: 'model.weights.h5',
      bytes: header.length + weights.bytes + trailer.byteLength,
      pieces: async function* () {
        yield header;
        yield* weights.pieces();
        yield new Uint8Array(trailer.buffer);
      },
    },
  ];
  return {
    extension: 'keras',
    mediaType: 'application/zip',
    bytes: zipBytes(entries),
    pieces: () => zipOf(entries, createdAt),
  };
}

/** Normalization divides by the root of a variance. Only an import can have brought another scale. */
function ensurePositive(scale: readonly number[]): void {
  const feature = scale.findIndex((value) => value < 0);
  if (feature < 0) return;
  const message = `is raw, but feature ${feature} has the scale ${scale[feature]}: Keras has no layer for negative ones; take inputs=encoded or another format`;
  throw invalidInput('query', [{ path: 'inputs', message, rule: 'between-fields' }]);
}
