/**
 * Reads a model from the bytes of a file, whatever its format: what the bytes are says which it is.
 */
import { kerasFiles, readKeras } from './keras.ts';
import type { ModelInFile } from './model-in-file.ts';
import { invalidFile, unsupportedModel } from './refusal.ts';
import { readSafetensors } from './safetensors.ts';
import { readTfjs, tfjsModelFile } from './tfjs.ts';
import { ZipArchive } from './zip-archive.ts';

const zipMagic = Buffer.from('PK');
const hdfMagic = Buffer.from('\x89HDF', 'latin1');
const openBrace = '{'.charCodeAt(0);
/** Behind the length of the header. */
const safetensorsHeaderAt = 8;

export interface ReadingOptions {
  /** Where labels lie, where the file does not say it. */
  at?: ModelInFile['description']['head']['at'];
}

/**
 * Keeps its thread busy, for large files for a second.
 * @throws InvalidInputError `invalid_model`, `unsupported_model`, `json_too_deep`
 */
export async function readModel(bytes: Uint8Array, { at }: ReadingOptions): Promise<ModelInFile> {
  const begins = (magic: Buffer) => magic.equals(bytes.subarray(0, magic.length));
  if (begins(zipMagic)) return readZip(new ZipArchive(bytes));
  if (begins(hdfMagic)) throw unsupportedModel('the file', 'is bare HDF5: save the model as .keras');
  if (bytes[safetensorsHeaderAt] === openBrace) return readSafetensors(bytes, at);
  throw invalidFile('the file', 'is neither a zip (tfjs, .keras) nor safetensors');
}

async function readZip(zip: ZipArchive): Promise<ModelInFile> {
  if (zip.has(kerasFiles.config) && zip.has(kerasFiles.weights)) return readKeras(zip);
  const models = zip.names.filter((name) => name === tfjsModelFile || name.endsWith(`/${tfjsModelFile}`));
  if (models.length === 1) return readTfjs(zip, models[0].slice(0, -tfjsModelFile.length));
  const found = models.length > 1 ? `has ${models.length} files ${tfjsModelFile}` : `has no ${tfjsModelFile}`;
  throw invalidFile('the zip', `${found}, and is no .keras archive (${kerasFiles.config}, ${kerasFiles.weights})`);
}
