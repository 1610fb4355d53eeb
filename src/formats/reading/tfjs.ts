/**
 * Reads a zip with a tfjs layers model: model.json and the files of weights that it names, in one folder of the zip. Both
 * Lookback's own and those that tfjs and its converter write.
 */
import { sizeOf } from '../../model/arrays.ts';
import { limits } from '../../platform/limits.ts';
import { describe, weightsOf } from './assembly.ts';
import { isObject, isShape, type JsonObject, jsonIn, objectsIn, textOf } from './json-text.ts';
import { type ConfiguredLayer, configuredModel } from './keras-layers.ts';
import { kerasStack } from './keras-stack.ts';
import type { FileTensor, ModelInFile } from './model-in-file.ts';
import { invalidFile, unsupportedModel } from './refusal.ts';
import { floatsOf } from './safetensors.ts';
import type { ZipArchive } from './zip-archive.ts';

export const tfjsModelFile = 'model.json';
const encodingFile = 'encoding.json';
const bytesOfFloat = 4;
/** What tfjs takes where its configuration says nothing; Keras would take sigmoid. */
const tfjsDefaults = { recurrent_activation: 'hard_sigmoid' };

/** @param folder of the zip in which model.json lies: '' or one that ends with a slash. */
export function readTfjs(zip: ZipArchive, folder: string): ModelInFile {
  const model = jsonIn(zip.readText(folder + tfjsModelFile), tfjsModelFile);
  const { modelTopology: topology } = model;
  if (model.format === 'graph-model' || !isObject(topology)) {
    throw unsupportedModel(tfjsModelFile, 'is no layers model: a graph model does not say what its layers are');
  }
  const configured = configuredModel(isObject(topology.model_config) ? topology.model_config : topology);
  const tensors = tensorsIn(zip, folder, model);
  const stack = kerasStack(configured, (layer, weights) => tensorsOfLayer(tensors, layer, weights), tfjsDefaults);
  const description = describe(stack);
  return {
    format: 'tfjs',
    description,
    weights: weightsOf(description, stack),
    ...(stack.standardization ? { standardization: stack.standardization } : {}),
    ...(zip.has(folder + encodingFile) ? { encoding: textOf(zip.readText(folder + encodingFile)) } : {}),
    ignored: stack.ignored,
  };
}

/** Each group of the manifest is the bytes of its files, end to end, with its tensors one behind the other. */
function tensorsIn(zip: ZipArchive, folder: string, { weightsManifest }: JsonObject): FileTensor[] {
  const read = new Map<string, Uint8Array>();
  return objectsIn(weightsManifest).flatMap(({ paths, weights }) => {
    if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string')) {
      throw invalidFile(tfjsModelFile, 'has a group of weights without paths');
    }
    const data = Buffer.concat(paths.map((path) => fileOnce(zip, folder + path, read)));
    let at = 0;
    return objectsIn(weights).map(({ name, shape, dtype, quantization }) => {
      if (typeof name !== 'string' || !isShape(shape))
        throw invalidFile(tfjsModelFile, 'has weights without name or shape');
      if (quantization !== undefined) throw unsupportedModel(name, 'is quantized: float32 is needed');
      if (dtype !== 'float32') throw unsupportedModel(name, `has numbers of type ${String(dtype)}: float32 is needed`);
      const [from, to] = [at, at + bytesOfFloat * sizeOf(shape)];
      if (to > data.length) throw invalidFile(name, `is [${shape}], beyond the end of ${paths.join(', ')}`);
      at = to;
      return { name, shape, values: () => floatsOf(data.subarray(from, to)) };
    });
  });
}

/** A manifest that names one file again and again would make much out of little. */
function fileOnce(zip: ZipArchive, name: string, read: Map<string, Uint8Array>): Uint8Array {
  if (read.has(name)) throw invalidFile(name, 'is named twice in the manifest of weights');
  const content = zip.read(name);
  read.set(name, content);
  const bytes = [...read.values()].reduce((sum, { length }) => sum + length, 0);
  if (bytes > limits.modelFileBytes)
    throw invalidFile('the weights', `have ${bytes} bytes; the limit is ${limits.modelFileBytes}`);
  return content;
}

/** `lstm_1/kernel`, or as the converter writes it, `lstm_1/lstm_cell/kernel`. */
function tensorsOfLayer<Part extends string>(
  tensors: readonly FileTensor[],
  { name }: ConfiguredLayer,
  weights: Record<Part, string>,
): Partial<Record<Part, FileTensor>> {
  const own = tensors.filter((tensor) => tensor.name.startsWith(`${name}/`));
  const named: Partial<Record<Part, FileTensor>> = {};
  for (const part of Object.keys(weights) as Part[]) {
    const found = own.filter((tensor) => tensor.name.endsWith(`/${weights[part]}`));
    if (found.length > 1) throw invalidFile(name, `has ${found.length} tensors ${weights[part]}`);
    if (found.length === 1) named[part] = found[0];
  }
  return named;
}
