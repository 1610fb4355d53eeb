/**
 * The predict API of TensorFlow Serving's REST API.
 * Source: github.com/tensorflow/serving, tensorflow_serving/g3doc/api_rest.md.
 */
import { mostProbable } from '../../../model/scoring.ts';
import { JsonBytes } from '../../json-bytes.ts';
import { stepsOf } from '../../probabilities.ts';
import type { ProtocolAnswer, ProtocolCall, ProtocolMessage } from '../protocol.ts';
import { type Arrangement, readPredict } from './request.ts';

/** @throws InvalidInputError */
export function readTensorflowServing({ bytes }: ProtocolMessage): ProtocolCall {
  const { format, path, sequences } = readPredict(bytes);
  return {
    prepare({ description: { input, head } }) {
      return {
        sequences,
        steps: stepsOf(sequences, input.features),
        pathOf: (sequence) => `${path}[${sequence}]`,
        write: (_found, predicted) => predictAnswer(format, predicted, head.classes),
      };
    },
  };
}

/** @param predicted [T,C] of each sequence. */
function predictAnswer(format: Arrangement, predicted: readonly Float32Array[], classes: number): ProtocolAnswer {
  const writer = new JsonBytes();
  const writeAll = (write: (row: Float32Array) => void) => writer.list(predicted.length, (s) => write(predicted[s]));
  const writeProbabilities = (row: Float32Array) => writer.probabilityRows(row, classes);
  const writeClasses = (row: Float32Array) =>
    writer.list(row.length / classes, (t) => writer.integer(mostProbable(row, t * classes, classes)));
  if (format === 'rows') {
    writer.field('{"predictions":', () =>
      writeAll((row) => {
        writer.field('{"probabilities":', () => writeProbabilities(row));
        writer.field(',"classes":', () => writeClasses(row));
        writer.text('}');
      }),
    );
    return { bytes: writer.text('}').bytes() };
  }
  writer.field('{"outputs":{"probabilities":', () => writeAll(writeProbabilities));
  writer.field(',"classes":', () => writeAll(writeClasses));
  return { bytes: writer.text('}}').bytes() };
}
