/**
 * A zip with the layers model that stock tfjs reads, and with what it takes to use that without Lookback.
 */
import { encodingBytes, modelJson, tfjsEncoding } from '../../../formats/tfjs.ts';
import { modelFile, weightsFile } from '../../format/files.ts';
import { readmeText } from '../readme.ts';
import { entryOf, jsonEntry, zipBytes, zipOf } from '../zip.ts';
import type { Package, PackagedModel } from './package.ts';

/** Weights of the layers that encode raw inputs. */
const encodingWeightsFile = 'encoding.bin';

export function tfjsPackage({
  description,
  encoding,
  raw,
  modelJson: stored,
  createdAt,
  weights,
}: PackagedModel): Package {
  const layers = raw ? tfjsEncoding(description, raw, encodingWeightsFile) : undefined;
  const model = layers ? jsonEntry(modelFile, modelJson(description, weightsFile, layers)) : entryOf(modelFile, stored);
  const entries = [
    entryOf('README.txt', Buffer.from(readmeText)),
    jsonEntry('encoding.json', encoding),
    model,
    { name: weightsFile, ...weights },
    ...(layers ? [entryOf(encodingWeightsFile, encodingBytes(layers))] : []),
  ];
  return {
    extension: 'zip',
    mediaType: 'application/zip',
    bytes: zipBytes(entries),
    pieces: () => zipOf(entries, createdAt),
  };
}
