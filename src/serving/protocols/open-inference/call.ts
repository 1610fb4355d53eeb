/**
 * The Open Inference Protocol, version 2, with Triton's extensions for binary tensors and sequences.
 * Source: github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md;
 * github.com/triton-inference-server/server, docs/protocol/extension_binary_data.md and extension_sequence.md.
 */
import type { ProtocolCall, ProtocolMessage } from '../protocol.ts';
import { writeInference } from './answer.ts';
import { readRequest } from './request.ts';
import { batchOf } from './sequences.ts';

/** @throws InvalidInputError */
export function readInference(message: ProtocolMessage): ProtocolCall {
  const read = readRequest(message);
  return {
    sequence: read.sequence,
    prepare(model) {
      const { sequences, length } = batchOf(read, model);
      const { classes } = model.description.head;
      return {
        sequences,
        steps: sequences.length * length,
        pathOf: (sequence) => `inputs[${sequence}]`,
        write: (found, predicted) =>
          writeInference({ request: read.request, name: message.name, found, predicted, length, classes }),
      };
    },
  };
}
