/**
 * What TensorFlow Serving's REST API says of a model and in an answer: the schemas, and how a model is described.
 */
import { z } from 'zod';
import type { DescribedModel } from '../named-models.ts';
import { inputName, signature } from './request.ts';

export const ModelStatus = z.object({
  model_version_status: z.array(
    z.object({
      version: z.string().describe('Step of a checkpoint.'),
      state: z.literal('AVAILABLE'),
      status: z.object({ error_code: z.literal('OK'), error_message: z.literal('') }),
    }),
  ),
});

/** @param versions in ascending order; the newest comes first. */
export function modelStatus(versions: readonly number[]): z.output<typeof ModelStatus> {
  const status = { error_code: 'OK', error_message: '' } as const;
  return {
    model_version_status: versions
      .toReversed()
      .map((version) => ({ version: String(version), state: 'AVAILABLE', status })),
  };
}

const TensorInfo = z.object({
  name: z.string(),
  dtype: z.enum(['DT_FLOAT', 'DT_STRING', 'DT_INT32']),
  tensor_shape: z.object({
    dim: z.array(z.object({ size: z.string().describe('-1: any.'), name: z.string() })),
    unknown_rank: z.literal(false),
  }),
});
type TensorInfo = z.output<typeof TensorInfo>;

const Signature = z.object({
  inputs: z.object({ inputs: TensorInfo }),
  outputs: z.object({ probabilities: TensorInfo, classes: TensorInfo }),
  method_name: z.string(),
});

export const ServedMetadata = z.object({
  model_spec: z.object({ name: z.string(), signature_name: z.string(), version: z.string() }),
  metadata: z.object({
    signature_def: z.object({ signature_def: z.object({ [signature]: Signature }) }),
  }),
});

export function servedMetadata(name: string, { model }: DescribedModel): z.output<typeof ServedMetadata> {
  const { description, encoder } = model.open;
  const input =
    encoder.state.kind === 'strings'
      ? tensorInfo(inputName, 'DT_STRING', [-1, -1])
      : tensorInfo(inputName, 'DT_FLOAT', [-1, -1, description.input.features]);
  const served = {
    inputs: { inputs: input },
    outputs: {
      probabilities: tensorInfo('probabilities', 'DT_FLOAT', [-1, -1, description.head.classes]),
      classes: tensorInfo('classes', 'DT_INT32', [-1, -1]),
    },
    method_name: 'tensorflow/serving/predict',
  };
  return {
    model_spec: { name, signature_name: '', version: String(model.checkpoint.step) },
    metadata: { signature_def: { signature_def: { [signature]: served } } },
  };
}

function tensorInfo(name: string, dtype: TensorInfo['dtype'], shape: readonly number[]): TensorInfo {
  const dim = shape.map((size) => ({ size: String(size), name: '' }));
  return { name, dtype, tensor_shape: { dim, unknown_rank: false } };
}

const probabilities = z.array(z.array(z.number())).describe('[T][C]');
const classes = z.array(z.int()).describe('[T] the most probable class of each step.');

export const PredictAnswer = z.object({
  predictions: z.array(z.object({ probabilities, classes })).optional().describe('In rows, as `instances` were.'),
  outputs: z
    .object({ probabilities: z.array(probabilities), classes: z.array(classes) })
    .optional()
    .describe('In columns, as `inputs` were.'),
});
