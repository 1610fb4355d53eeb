/**
 * Reads a `.keras` archive: config.json says what the layers are, model.weights.h5 has their weights.
 */
import type { ModelDescription } from '../../model/description.ts';
import { stateLength, stateSegments } from '../../model/state.ts';
import { groupNames, isInCell } from '../keras/groups.ts';
import { describe, weightsOf } from './assembly.ts';
import { HdfFile } from './hdf-file.ts';
import { jsonIn, textOf } from './json-text.ts';
import { type ConfiguredLayer, type ConfiguredModel, configuredModel } from './keras-layers.ts';
import { type KerasStack, kerasStack } from './keras-stack.ts';
import type { FileTensor, ModelInFile } from './model-in-file.ts';
import { invalidFile, unsupportedModel } from './refusal.ts';
import type { ZipArchive } from './zip-archive.ts';

export const kerasFiles = { config: 'config.json', weights: 'model.weights.h5', encoding: 'encoding.json' } as const;

export async function readKeras(zip: ZipArchive): Promise<ModelInFile> {
  const configured = configuredModel(jsonIn(zip.readText(kerasFiles.config), kerasFiles.config));
  const file = await HdfFile.open(zip.read(kerasFiles.weights), kerasFiles.weights);
  try {
    const names = groupNames(configured.layers.map(({ className }) => className));
    const groups = new Map(configured.layers.map((layer, l) => [layer, names[l]]));
    const variable = (layer: ConfiguredLayer, path: string) => file.tensor(`layers/${groups.get(layer)}/${path}`);
    const stack = kerasStack(configured, (layer, weights) => tensorsOfLayer(layer, weights, variable));
    const description = describe(stack);
    const initialState = initialStateIn(configured, stack, description, variable);
    return {
      format: 'keras',
      description,
      weights: weightsOf(description, stack),
      ...(stack.standardization ? { standardization: stack.standardization } : {}),
      ...(initialState ? { initialState } : {}),
      ...(zip.has(kerasFiles.encoding) ? { encoding: textOf(zip.readText(kerasFiles.encoding)) } : {}),
      ignored: stack.ignored,
    };
  } finally {
    file.close();
  }
}

type Variable = (layer: ConfiguredLayer, path: string) => FileTensor | undefined;

function tensorsOfLayer<Part extends string>(
  layer: ConfiguredLayer,
  weights: Record<Part, string>,
  variable: Variable,
): Partial<Record<Part, FileTensor>> {
  const folder = isInCell(layer.className) ? 'cell/vars' : 'vars';
  const tensors: Partial<Record<Part, FileTensor>> = {};
  for (const [n, part] of (Object.keys(weights) as Part[]).entries()) {
    const tensor = variable(layer, `${folder}/${n}`);
    if (tensor) tensors[part] = tensor;
  }
  return tensors;
}

/**
 * A model whose sequences start from a state has it as the biases of Dense layers over an input that is always zero: that of
 * a Dense layer whose kernel is zero, and that has no bias.
 */
function initialStateIn(
  { layers }: ConfiguredModel,
  { states }: KerasStack,
  description: ModelDescription,
  variable: Variable,
): Float32Array | undefined {
  if (states.every((names) => names.length === 0)) return undefined;
  const row = new Float32Array(stateLength(description, 1));
  for (const { layer, vector, offset, width } of stateSegments(description, 1)) {
    const name = states[layer][vector];
    row.set(constantOf(name, layers, width, variable), offset);
  }
  return row;
}

function constantOf(
  name: string | undefined,
  layers: readonly ConfiguredLayer[],
  width: number,
  variable: Variable,
): Float32Array {
  const layer = layers.find((one) => one.name === name);
  const zero = layers.find((one) => one.name === layer?.inputs[0]);
  const [kernel, bias] = [zero && variable(zero, 'vars/0'), layer && variable(layer, 'vars/1')];
  const isConstant =
    [layer, zero].every((one) => one?.className === 'Dense' && (one.config.activation ?? 'linear') === 'linear') &&
    zero?.config.use_bias === false &&
    kernel?.shape.length === 2 &&
    kernel.values().every((value) => value === 0);
  if (!isConstant || !bias) {
    throw unsupportedModel(
      name ?? 'the model',
      'gives a recurrent layer its state, which is supported as Lookback exports it alone',
    );
  }
  if (bias.shape.length !== 1 || bias.shape[0] !== width)
    throw invalidFile(bias.name, `is [${bias.shape}]: [${width}] is needed`);
  return bias.values();
}
