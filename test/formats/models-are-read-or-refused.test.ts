/** Files of Keras and PyTorch are read; what is not supported, damaged or hostile is refused, and says where. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { readModel } from '../../src/formats/reading/read-model.ts';
import { parameterCount } from '../../src/model/parameters.ts';
import { InvalidInputError } from '../../src/platform/errors.ts';

const fixtures = path.resolve(import.meta.dirname, '../fixtures/models');
const fixture = (name: string) => readFileSync(path.join(fixtures, name));
const said = JSON.parse(fixture('said.json').toString()) as Record<string, unknown>;

test.each(Object.keys(said))('%s is read as the model that it is', async (name) => {
  const { description, weights, ignored } = await readModel(fixture(name), {});
  expect(parameterCount(description)).toBe(weights.length);
  const atEnd = ['at-the-end.keras', 'batch-normalized.keras'];
  expect(description.head.at).toBe(atEnd.includes(name) ? 'end' : 'every-step');
  expect(ignored.length).toBe(name === 'at-the-end.keras' ? 2 : 0);
});

describe('what is not supported is refused by name', () => {
  test.each([
    [
      'gru.keras',
      'memory',
      'is a layer of class GRU: LSTM layers are supported, and a Dense layer with softmax behind them',
    ],
    ['backwards.keras', 'memory', '(LSTM) has go_backwards true: false is needed'],
    ['relu.keras', 'memory', '(LSTM) has activation "relu": "tanh" is needed'],
    [
      'bidirectional.keras',
      'both',
      'is a layer of class Bidirectional: LSTM layers are supported, and a Dense layer with softmax behind them',
    ],
    ['sigmoid.keras', 'label', '(Dense) has activation "sigmoid": "softmax" is needed'],
    [
      'convolution.keras',
      'filter',
      'is a layer of class Conv1D: LSTM layers are supported, and a Dense layer with softmax behind them',
    ],
    [
      'embedding.keras',
      'words',
      '(Embedding) is learned: only one that makes one-hot steps is supported, as Lookback exports it',
    ],
    ['torch-gru.safetensors', 'memory.weight_hh_l0', 'is [9,3], of a GRU: an LSTM has [4H,H]'],
    ['torch-bidirectional.safetensors', 'memory.bias_hh_l0_reverse', expect.stringContaining('(bidirectional)')],
    ['torch-half.safetensors', 'label.bias', 'has numbers of type F16: F32 is needed'],
  ])('%s', async (name, path, message) => {
    await expect(readModel(fixture(name), {})).rejects.toMatchObject({
      code: 'unsupported_model',
      issues: [{ path, message }],
    });
  });
});

describe('hostile and broken files', () => {
  const whole = fixture('torch.safetensors');
  const headerLength = Number(whole.readBigUInt64LE(0));
  const header = JSON.parse(whole.subarray(8, 8 + headerLength).toString());
  const safetensors = (
    change: (header: Record<string, { shape: number[]; data_offsets: number[] }>) => void,
    data = whole.subarray(8 + headerLength),
  ) => {
    const changed = structuredClone(header);
    change(changed);
    const text = Buffer.from(JSON.stringify(changed));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    return Buffer.concat([length, text, data]);
  };
  const keras = () => unzipSync(fixture('two-layers.keras'));
  const withWeights = (weights: Uint8Array) => zipSync({ ...keras(), 'model.weights.h5': weights });
  const length = (n: bigint) => {
    const bytes = Buffer.from(whole);
    bytes.writeBigUInt64LE(n);
    return bytes;
  };
  const bomb = () => {
    const zip = Buffer.from(
      zipSync({ 'config.json': keras()['config.json'], 'model.weights.h5': Buffer.alloc(5_000_000) }),
    );
    // The directory says that it is small.
    const at = zip.lastIndexOf('model.weights.h5') - 46;
    zip.writeUInt32LE(1_000, at + 24);
    return zip;
  };
  const withLastWeight = (value: number) => {
    const bytes = Buffer.from(whole);
    bytes.writeFloatLE(value, bytes.length - 4);
    return bytes;
  };
  const notANumber = () => withLastWeight(Number.NaN);
  const renamed = (name: string) =>
    safetensors((tensors) => {
      tensors[name] = { ...tensors['label.bias'], shape: [0], data_offsets: [0, 0] };
    });
  const files: Record<string, () => Uint8Array> = {
    'nothing at all': () => Buffer.alloc(0),
    'seven bytes': () => Buffer.alloc(7),
    'a picture': () => Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1'),
    'a header of 2^60 bytes': () => length(2n ** 60n),
    'a header of 2^63 bytes': () => length(2n ** 63n),
    'a header longer than the file': () => length(BigInt(whole.length)),
    'a header that is no JSON': () => length(BigInt(headerLength - 1)),
    'safetensors that are cut off': () => whole.subarray(0, -4),
    'more than the tensors': () => Buffer.concat([whole, Buffer.alloc(4)]),
    'tensors that overlap': () =>
      safetensors((tensors) => {
        tensors['label.bias'].data_offsets = tensors['label.weight'].data_offsets.map((at) => at);
        tensors['label.bias'].shape = tensors['label.weight'].shape;
      }),
    'a shape whose product overflows': () =>
      safetensors((tensors) => {
        tensors['label.weight'].shape = [2 ** 52, 2 ** 52];
      }),
    'a shape that does not fit': () =>
      safetensors((tensors) => {
        tensors['label.weight'].shape.reverse();
      }),
    'a negative dimension': () =>
      safetensors((tensors) => {
        tensors['label.weight'].shape = [-3, -6];
      }),
    'a tensor too many': () =>
      safetensors((tensors) => {
        tensors.extra = { ...tensors['label.bias'], shape: [0], data_offsets: [0, 0] };
      }),
    'a weight that is not a number': notANumber,
    'weights whose sums overflow': () => withLastWeight(3.4e38),
    'a name that steers a terminal': () => renamed('\x1b[31mred\r\n\x00'),
    'a name of a megabyte': () => renamed('x'.repeat(1e6)),
    'a shape of many dimensions': () =>
      safetensors((tensors) => {
        tensors['label.bias'].shape = Array(1e5).fill(1);
      }),
    // Parsing it could not be ended.
    'JSON of 17 MiB in a zip of kilobytes': () =>
      zipSync({ 'model.json': Buffer.from(`{"a":[${'[],'.repeat(6e6)}[]]}`), 'weights.bin': new Uint8Array(4) }),
    'JSON that is nested deeply': () => {
      const text = Buffer.from(`{"a":${'['.repeat(250_000)}${']'.repeat(250_000)}}`);
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt(text.length));
      return Buffer.concat([bytes, text]);
    },
    'a zip that is cut off': () => fixture('two-layers.keras').subarray(0, -30),
    'a zip with a damaged file': () => {
      const zip = Buffer.from(fixture('two-layers.keras'));
      zip[2_000] ^= 0xff;
      return zip;
    },
    'a zip bomb': bomb,
    'paths that lead elsewhere': () =>
      zipSync({ '../../model.json': keras()['config.json'], '/etc/passwd': new Uint8Array(3) }),
    'HDF5 that is cut off': () => withWeights(keras()['model.weights.h5'].subarray(0, 3_000)),
    'HDF5 that is noise': () => withWeights(Buffer.alloc(5_000, 7)),
    'HDF5 without the groups': () => withWeights(unzipSync(fixture('gru.keras'))['model.weights.h5']),
    'a configuration that is none': () => zipSync({ ...keras(), 'config.json': Buffer.from('[]') }),
    'a configuration of another model': () =>
      zipSync({ ...keras(), 'config.json': unzipSync(fixture('at-the-end.keras'))['config.json'] }),
  };
  test.each(Object.keys(files))('%s', async (what) => {
    const refusal = await readModel(files[what](), {}).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(InvalidInputError);
    const { code, issues, message } = refusal as InvalidInputError;
    expect(code).toMatch(/^(invalid_model|unsupported_model|json_too_deep)$/);
    expect(issues).toHaveLength(1);
    expect(message).toMatch(/\.$/);
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message.length + issues[0].path.length + issues[0].message.length).toBeLessThan(1_000);
  });
});
