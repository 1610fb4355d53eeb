/**
 * encoding.json of a download: all that somebody needs beside model.json and weights.bin to use the model on data of their own.
 */
import type { Encoding } from '../../data/training-data.ts';
import type { GraphInputs } from '../../formats/graph-inputs.ts';
import type { ModelDescription } from '../../model/description.ts';
import { stateLength, stateSegments } from '../../model/state.ts';
import type { DownloadFormat } from './formats.ts';

/** Where a downloaded model comes from. */
export interface Origin {
  job: string;
  step: number;
  /** Of weights.bin. */
  sha256: string;
  createdAt: string;
  /** The spec of the job; null: it was out of reach when the model was downloaded. */
  spec: unknown;
}

/** What is said of the file that the document is in. */
interface File {
  format: DownloadFormat;
  inputs: GraphInputs;
}

/** @param initialState for each layer h [H], then c [H]; null: from zero. */
export function encodingDocument(
  model: ModelDescription,
  { inputs, labels }: Encoding,
  initialState: Float32Array | null,
  { spec, ...origin }: Origin,
  file: File,
): object {
  const atEnd = model.head.at === 'end';
  return {
    format: 1,
    checkpoint: origin,
    input: {
      takes: file.inputs,
      ...(file.inputs === 'raw' ? { raw: rawDocument(inputs, file.format) } : {}),
      shape: ['batch', 'time', model.input.features],
      dtype: 'float32',
      padding: atEnd ? null : { side: 'end', value: 0 },
      ...inputDocument(inputs),
    },
    output: {
      at: model.head.at,
      shape: atEnd ? ['batch', model.head.classes] : ['batch', 'time', model.head.classes],
      dtype: 'float32',
      activation: 'softmax',
      labels: labels ?? Array.from({ length: model.head.classes }, (_, c) => c),
    },
    initialState: {
      rule: initialState ? 'given' : 'zero',
      layers: layerStates(model, initialState ?? new Float32Array(stateLength(model, 1))),
    },
    spec,
  };
}

const typeOfPlaces: Record<DownloadFormat, string | null> = {
  tfjs: 'float32',
  keras: 'int32',
  onnx: 'int64',
  safetensors: null,
};

/** What the network takes that encodes its inputs itself, and what stands in it for a missing number. */
function rawDocument(inputs: Encoding['inputs'], format: DownloadFormat): object {
  const shape = ['batch', 'time'];
  if (inputs.kind === 'strings') return { values: 'places', shape, dtype: typeOfPlaces[format] };
  // No other format has a layer that fills gaps.
  const missing = inputs.fill && format === 'onnx' ? 'NaN' : null;
  return { values: 'numbers', shape: [...shape, inputs.features], dtype: 'float32', missing };
}

function inputDocument(inputs: Encoding['inputs']): object {
  if (inputs.kind === 'strings') {
    const { vocabulary, places, unknown, features } = inputs;
    return {
      kind: 'strings',
      vocabulary,
      places,
      unknownPlace: unknown === 'unk' ? features - 1 : null,
    };
  }
  const { features, mean, scale, fill, names, domain } = inputs;
  return {
    kind: 'numbers',
    features: Array.from({ length: features }, (_, i) => ({
      name: names?.[i] ?? null,
      mean: mean[i],
      scale: scale[i],
      missing: fill?.[i] ?? null,
    })),
    ...(domain ? { domain } : {}),
  };
}

/** By layer, the vectors of its state by name. */
function layerStates(model: ModelDescription, state: Float32Array): Record<string, number[]>[] {
  const layers: Record<string, number[]>[] = model.layers.map(() => ({}));
  for (const { layer, name, offset, width } of stateSegments(model, 1)) {
    layers[layer][name] = [...state.subarray(offset, offset + width)];
  }
  return layers;
}
