/**
 * What the Open Inference Protocol says of the server, of a model and in an answer: the schemas, and how a model is
 * described.
 */
import { z } from 'zod';
import type { OpenModel } from '../../models/loaded-model.ts';
import type { DescribedModel } from '../named-models.ts';
import { datatypes } from './datatypes.ts';
import { inputNames, outputNames } from './request.ts';

export const ServerMetadata = z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) });

export const serverMetadata: z.output<typeof ServerMetadata> = {
  name: 'lookback',
  version: '1',
  extensions: ['binary_tensor_data', 'sequence', 'sequence(string_id)'],
};

/** Of a tensor: -1 stands for any size. */
const described = {
  datatype: z.enum(datatypes),
  shape: z.array(z.int()).describe('-1: any size.'),
};
const optional = z.object({ optional: z.literal(true) }).describe('A request may leave the tensor out.');

export const ModelMetadata = z.object({
  name: z.string(),
  versions: z.array(z.string()).describe('Steps of its checkpoints, in ascending order.'),
  platform: z.string(),
  inputs: z.array(z.object({ name: z.enum(inputNames), ...described, parameters: optional.optional() })),
  outputs: z.array(z.object({ name: z.enum(outputNames), ...described })),
});

export function modelMetadata(name: string, { model, versions }: DescribedModel): z.output<typeof ModelMetadata> {
  const { description } = model.open;
  return {
    name,
    versions: versions.map(String),
    platform: 'lookback_checkpoint',
    inputs: [inputOf(model.open), { name: 'lengths', datatype: 'INT32', shape: [-1], parameters: { optional: true } }],
    outputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [-1, -1, description.head.classes] },
      { name: 'classes', datatype: 'INT32', shape: [-1, -1] },
    ],
  };
}

function inputOf({ description, encoder }: OpenModel): z.output<typeof ModelMetadata>['inputs'][number] {
  if (encoder.state.kind === 'strings') return { name: 'inputs', datatype: 'BYTES', shape: [-1, -1] };
  return { name: 'inputs', datatype: 'FP32', shape: [-1, -1, description.input.features] };
}

const OutputTensor = z.object({
  name: z.enum(outputNames),
  datatype: z.enum(['FP32', 'INT32']),
  shape: z.array(z.int()),
  parameters: z.object({ binary_data_size: z.int() }).optional(),
  data: z.array(z.number()).optional().describe('Flat.'),
});

export const InferenceAnswer = z.object({
  model_name: z.string(),
  model_version: z.string().describe('Step of the checkpoint.'),
  id: z.string().optional(),
  parameters: z.object({ job: z.string(), sha256: z.string().describe('Of the weights.') }),
  outputs: z
    .array(OutputTensor)
    .describe(
      'probabilities [B,T,C] and classes [B,T]. Where a sequence is shorter than T, its probabilities are 0 and its classes -1.',
    ),
});
