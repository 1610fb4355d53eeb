/**
 * A zip with the layers model that stock tfjs reads, and with what it takes to use that without Lookback.
 */
import { modelFile, weightsFile } from '../../format/files.ts';
import { readmeText } from '../readme.ts';
import { entryOf, jsonEntry, zipBytes, zipOf } from '../zip.ts';
import type { Package, PackagedModel } from './package.ts';

export function tfjsPackage({ encoding, modelJson, weights }: PackagedModel): Package {
  const entries = [
    entryOf('README.txt', Buffer.from(readmeText)),
    jsonEntry('encoding.json', encoding),
    entryOf(modelFile, modelJson),
    { name: weightsFile, ...weights },
  ];
  return { extension: 'zip', mediaType: 'application/zip', bytes: zipBytes(entries), pieces: () => zipOf(entries) };
}
