/**
 * A model from the tensors that a file has for it, each held to the shape that its place in the flat parameter vector
 * needs.
 */
import { sizeOf } from '../../model/arrays.ts';
import { type ModelDescription, stackOf } from '../../model/description.ts';
import type { LayerKind, Parameter } from '../../model/layers/index.ts';
import { parameterCount, parameterSegments } from '../../model/parameters.ts';
import { limits } from '../../platform/limits.ts';
import type { FileTensor } from './model-in-file.ts';
import { invalidFile, unsupportedModel } from './refusal.ts';

/** What a layer of the file is called there, and its tensors; one without a bias has zeros. */
export interface FileLayer {
  name: string;
  tensors: Partial<Record<Parameter['name'], FileTensor>>;
}

export interface FileStack {
  kind: LayerKind;
  /** Recurrent layers, the first one first. */
  layers: (FileLayer & { units: number })[];
  head: FileLayer;
  at: ModelDescription['head']['at'];
}

export function describe({ kind, layers, head, at }: FileStack): ModelDescription {
  const features = needed(layers[0], 'kernel').shape[0];
  const classes = needed(head, 'kernel').shape[1];
  const within: [string, string, number | undefined, number, number][] = [
    ['the file', 'layers', layers.length, 1, limits.layers],
    [layers[0].name, 'features', features, 1, limits.features],
    [head.name, 'classes', classes, 2, limits.classes],
    ...layers.map(({ name, units }): [string, string, number, number, number] => [
      name,
      'units',
      units,
      1,
      limits.units,
    ]),
  ];
  for (const [path, what, count, least, most] of within) {
    if (count === undefined || !Number.isInteger(count) || count < least || count > most) {
      throw unsupportedModel(path, `has ${count} ${what}; there may be ${least} to ${most}`);
    }
  }
  return stackOf({ kind, features, classes, units: layers.map(({ units }) => units), at });
}

/** @throws InvalidInputError where a shape or a number is none that the model can have. */
export function weightsOf(description: ModelDescription, { layers, head }: FileStack): Float32Array {
  const segments = parameterSegments(description).map((segment) => {
    const layer = [...layers, head][segment.layer];
    const tensor = segment.name === 'bias' ? layer.tensors.bias : needed(layer, segment.name);
    // Before any of their numbers is read: a file may say anything of their size.
    if (tensor) ensureShape(tensor, segment.shape);
    return { segment, tensor };
  });
  const weights = new Float32Array(parameterCount(description));
  for (const { segment, tensor } of segments) {
    if (!tensor) continue;
    const values = tensor.values();
    if (values.length !== segment.length) throw invalidFile(tensor.name, 'is cut off');
    // NaN is not within any limit.
    const odd = values.findIndex((value) => !(Math.abs(value) <= limits.weight));
    if (odd >= 0) throw invalidFile(tensor.name, `has ${values[odd]} as number ${odd}${whyOdd(values[odd])}`);
    weights.set(values, segment.offset);
  }
  return weights;
}

function whyOdd(value: number): string {
  if (!Number.isFinite(value)) return ', which must be finite';
  return `; the limit is ${limits.weight}, since sums of larger ones overflow`;
}

function ensureShape({ name, shape }: FileTensor, expected: readonly number[]): void {
  if (shape.length === expected.length && shape.every((dim, i) => dim === expected[i])) return;
  throw invalidFile(name, `is [${shape}], but [${expected}] fits the other layers`);
}

function needed({ name, tensors }: FileLayer, weight: 'kernel' | 'recurrent'): FileTensor {
  const tensor = tensors[weight];
  if (!tensor) throw invalidFile(name, `has no ${weight === 'recurrent' ? 'recurrent kernel' : 'kernel'}`);
  return tensor;
}

/** [n,m] as [m,n]. */
export function transposed({ name, shape, values }: FileTensor): FileTensor {
  if (shape.length !== 2) throw invalidFile(name, `is [${shape}]: a matrix is needed`);
  const [rows, columns] = shape;
  return {
    name,
    shape: [columns, rows],
    values: () => {
      const from = values();
      const to = new Float32Array(from.length);
      for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) to[c * rows + r] = from[r * columns + c];
      return to;
    },
  };
}

/** Element by element. */
export function sumOf(a: FileTensor, b: FileTensor): FileTensor {
  if (sizeOf(a.shape) !== sizeOf(b.shape)) throw invalidFile(b.name, `is [${b.shape}], but ${a.name} is [${a.shape}]`);
  return {
    ...a,
    values: () => {
      const added = b.values();
      return a.values().map((value, i) => value + added[i]);
    },
  };
}
