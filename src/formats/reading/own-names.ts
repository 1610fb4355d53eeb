/**
 * Tensors under the names that Lookback gives them: `lstm_1/kernel` to `softmax/bias`.
 */
import { layerDefinitions, layerKinds, type Parameter } from '../../model/layers/index.ts';
import type { FileLayer, FileStack } from './assembly.ts';
import type { FileTensor } from './model-in-file.ts';
import { invalidFile, unsupportedModel } from './refusal.ts';

const headName = 'softmax';

/** @throws InvalidInputError that names a tensor which has no place in the model, or a layer that is missing. */
export function ownStack(tensors: ReadonlyMap<string, FileTensor>, at: FileStack['at']): FileStack {
  const kind = layerKinds.find((one) => tensors.has(`${one}_1/kernel`));
  if (!kind) {
    const some = [...tensors.keys()].slice(0, 3).join(', ');
    const known = layerKinds.map((one) => `${one}_1/kernel`).join(' or ');
    throw unsupportedModel(
      'the file',
      `has neither ${known} nor weight_ih_l0, as PyTorch calls it (it has ${some || 'no tensors'})`,
    );
  }
  const layers: FileStack['layers'] = [];
  const used = new Set<string>();
  const layerOf = (name: string, weights: Record<Parameter['name'], string>): FileLayer => {
    const found = Object.entries(weights).flatMap(([part, weight]) => {
      // '': a layer of this kind has no such weights.
      const tensor = weight === '' ? undefined : tensors.get(`${name}/${weight}`);
      if (tensor) used.add(tensor.name);
      return tensor ? [[part, tensor] as const] : [];
    });
    return { name, tensors: Object.fromEntries(found) };
  };
  const { weights } = layerDefinitions[kind].keras;
  for (let l = 1; tensors.has(`${kind}_${l}/kernel`); l++) {
    const layer = layerOf(`${kind}_${l}`, weights);
    layers.push({ ...layer, units: layer.tensors.recurrent?.shape[0] ?? 0 });
  }
  const head = layerOf(headName, { kernel: 'kernel', recurrent: '', bias: 'bias' });
  const left = [...tensors.keys()].find((name) => !used.has(name));
  if (left !== undefined) throw invalidFile(left, 'has no place in the model');
  return { kind, layers, head, at };
}
