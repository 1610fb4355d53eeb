/**
 * Tensors as PyTorch's state_dict calls them: `nn.LSTM` (`weight_ih_l0` [4H,I], `weight_hh_l0` [4H,H], `bias_ih_l0`,
 * `bias_hh_l0` [4H], gates i, f, g, o side by side) behind any prefix, and one `nn.Linear` (`weight` [C,H], `bias` [C]).
 * Matrices are the transposes of ours, and the two biases are added to one.
 */
import { type FileStack, sumOf, transposed } from './assembly.ts';
import type { FileTensor } from './model-in-file.ts';
import { invalidFile, unsupportedModel } from './refusal.ts';

const recurrentPattern = /^(.*?)(weight|bias)_(ih|hh|hr)_l(\d+)(_reverse)?$/;
/** Rows of `weight_hh` in units: how many gates a layer has. */
const gatesOfLstm = 4;
const others: Record<number, string> = { 3: 'a GRU', 1: 'a plain RNN' };

export function isOfTorch(tensors: ReadonlyMap<string, FileTensor>): boolean {
  return [...tensors.keys()].some((name) => recurrentPattern.test(name));
}

/** @throws InvalidInputError that names the tensor which is not of an LSTM, or has no place. */
export function torchStack(tensors: ReadonlyMap<string, FileTensor>, at: FileStack['at']): FileStack {
  const recurrent = [...tensors.keys()].flatMap((name) => {
    const found = recurrentPattern.exec(name);
    return found
      ? [{ name, prefix: found[1], kind: `${found[2]}_${found[3]}`, isReverse: found[5] !== undefined }]
      : [];
  });
  for (const { name, kind, isReverse } of recurrent) {
    if (isReverse)
      throw unsupportedModel(name, 'is of a layer that reads backwards (bidirectional), which is not supported');
    if (kind === 'weight_hr') throw unsupportedModel(name, 'is a projection (proj_size), which is not supported');
  }
  const [{ prefix }] = recurrent;
  const stranger = recurrent.find((one) => one.prefix !== prefix);
  if (stranger)
    throw unsupportedModel(stranger.name, `is of a second recurrent module beside ${prefix || 'the first'}`);
  const layers: FileStack['layers'] = [];
  const used = new Set<string>();
  const take = (name: string): FileTensor | undefined => {
    const tensor = tensors.get(name);
    if (tensor) used.add(name);
    return tensor;
  };
  for (let l = 0; tensors.has(`${prefix}weight_ih_l${l}`); l++) layers.push(layerAt(prefix, l, take));
  const head = linearIn(tensors, used, take);
  const left = [...tensors.keys()].find((name) => !used.has(name));
  if (left !== undefined) throw unsupportedModel(left, 'has no place in LSTM layers and one linear layer');
  return { kind: 'lstm', layers, head, at };
}

function layerAt(
  prefix: string,
  l: number,
  take: (name: string) => FileTensor | undefined,
): FileStack['layers'][number] {
  const name = `${prefix}l${l}`;
  const kernel = take(`${prefix}weight_ih_l${l}`)!;
  const recurrent = take(`${prefix}weight_hh_l${l}`);
  if (!recurrent) throw invalidFile(`${prefix}weight_hh_l${l}`, 'is missing');
  const [rows, units] = recurrent.shape;
  if (rows !== gatesOfLstm * units) {
    const what = others[rows / units];
    throw unsupportedModel(
      recurrent.name,
      `is [${recurrent.shape}], ${what ? `of ${what}` : 'not of an LSTM'}: an LSTM has [4H,H]`,
    );
  }
  const [first, second] = [take(`${prefix}bias_ih_l${l}`), take(`${prefix}bias_hh_l${l}`)];
  const bias = first && second ? sumOf(first, second) : (first ?? second);
  return {
    name,
    units,
    tensors: { kernel: transposed(kernel), recurrent: transposed(recurrent), ...(bias ? { bias } : {}) },
  };
}

function linearIn(
  tensors: ReadonlyMap<string, FileTensor>,
  used: ReadonlySet<string>,
  take: (name: string) => FileTensor | undefined,
): FileStack['head'] {
  const weights = [...tensors.values()].filter(({ name, shape }) => !used.has(name) && shape.length === 2);
  if (weights.length !== 1 || !/(^|\.)weight$/.test(weights[0].name)) {
    const found = weights.map(({ name }) => name).join(', ');
    throw unsupportedModel('the file', `needs one linear layer behind the LSTM, and has ${found || 'none'}`);
  }
  const [{ name }] = weights;
  const kernel = transposed(take(name)!);
  const bias = take(name.replace(/weight$/, 'bias'));
  return { name: name.replace(/\.?weight$/, '') || 'linear', tensors: { kernel, ...(bias ? { bias } : {}) } };
}
