/**
 * The examples of the protocols that other clients speak: what the model of the examples answers by them.
 */
import { serverMetadata } from '../../../serving/protocols/open-inference/metadata.ts';
import { exampleAlias, exampleHash, exampleJob } from './ids.ts';

export const inferenceServer = serverMetadata;

export const inferenceModel = {
  name: exampleAlias,
  versions: ['3000'],
  platform: 'lookback_checkpoint',
  inputs: [
    { name: 'inputs', datatype: 'FP32', shape: [-1, -1, 1] },
    { name: 'lengths', datatype: 'INT32', shape: [-1], parameters: { optional: true } },
  ],
  outputs: [
    { name: 'probabilities', datatype: 'FP32', shape: [-1, -1, 4] },
    { name: 'classes', datatype: 'INT32', shape: [-1, -1] },
  ],
};

export const inferenceRequest = {
  id: '42',
  inputs: [
    { name: 'inputs', datatype: 'FP32', shape: [2, 3, 1], data: [0, 0, 1, 1, 0, 0] },
    { name: 'lengths', datatype: 'INT32', shape: [2], data: [3, 2] },
  ],
};

/** The second sequence has two steps; what fills it up says that it is nothing. */
export const inferenceAnswer = {
  model_name: exampleAlias,
  model_version: '3000',
  id: '42',
  parameters: { job: exampleJob, sha256: exampleHash },
  outputs: [
    {
      name: 'probabilities',
      datatype: 'FP32',
      shape: [2, 3, 4],
      data: [0.941, 0.015, 0.044, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0.006, 0.002, 0.992, 0, 0, 1, 0, 0, 0, 0, 0],
    },
    { name: 'classes', datatype: 'INT32', shape: [2, 3], data: [0, 0, 1, 3, 2, -1] },
  ],
};

const available = { state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } };

export const servingStatus = { model_version_status: [{ version: '3000', ...available }] };

function tensor(name: string, dtype: string, sizes: string[]) {
  const dim = sizes.map((size) => ({ size, name: '' }));
  return { name, dtype, tensor_shape: { dim, unknown_rank: false } };
}

export const servingMetadata = {
  model_spec: { name: exampleAlias, signature_name: '', version: '3000' },
  metadata: {
    signature_def: {
      signature_def: {
        serving_default: {
          inputs: { inputs: tensor('inputs', 'DT_FLOAT', ['-1', '-1', '1']) },
          outputs: {
            probabilities: tensor('probabilities', 'DT_FLOAT', ['-1', '-1', '4']),
            classes: tensor('classes', 'DT_INT32', ['-1', '-1']),
          },
          method_name: 'tensorflow/serving/predict',
        },
      },
    },
  },
};

export const servingRequest = {
  instances: [
    [0, 0, 1],
    [1, 0],
  ],
};

export const servingAnswer = {
  predictions: [
    {
      probabilities: [
        [0.941, 0.015, 0.044, 0],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
      ],
      classes: [0, 0, 1],
    },
    {
      probabilities: [
        [0, 0.006, 0.002, 0.992],
        [0, 0, 1, 0],
      ],
      classes: [3, 2],
    },
  ],
};
