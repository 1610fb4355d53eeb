/**
 * Small predictions that have come in the same moment, answered together: short sequences for one model are computed
 * several at a time.
 */
import { tileRows } from '../model/cost.ts';
import { JsonBytes } from './json-bytes.ts';
import { stepsInBatches } from './models/loaded-model.ts';
import type { ServedModel } from './models/served-models.ts';
import { type AnswerForm, predictionJson } from './prediction-json.ts';
import { overflowOf } from './probabilities.ts';
import { eventLoopLane } from './threads/predictor-pool.ts';

/** A request that can be answered at once. */
export interface PreparedPrediction {
  model: ServedModel;
  /** [T,I] of each, as the model sees them. */
  sequences: Float32Array[];
  /** One row's state vectors that all of them start from; undefined: zero. */
  initialState: Float32Array | undefined;
  form: AnswerForm;
}

/** With fewer, most rows of a batch are empty, and one after the other takes less time. */
const fewestTogether = 4;

/**
 * Answers each of the requests, in their order.
 * @param room bytes that each answer leaves free at its beginning.
 * @param answer takes the JSON, and has to end its writing before it returns; undefined: the numbers of the request
 *   make its model overflow.
 */
export function answerTogether(
  prepared: readonly PreparedPrediction[],
  room: number,
  answer: (index: number, json: JsonBytes | undefined) => void,
): void {
  const predicted = predictTogether(prepared);
  for (const [index, { model, form }] of prepared.entries()) {
    const { description, labels } = model.open;
    const { classes } = description.head;
    const probabilities = predicted[index];
    if (probabilities.some((one) => overflowOf(one, classes) !== undefined)) answer(index, undefined);
    else answer(index, predictionJson(model, probabilities, { classes, labels }, form, new JsonBytes(room)));
  }
}

/** A sequence, and where its probabilities go. */
interface Entry {
  sequence: Float32Array;
  take(probabilities: Float32Array): void;
}

/** The probabilities [T,C] of all sequences of each request. */
function predictTogether(prepared: readonly PreparedPrediction[]): Float32Array[][] {
  const predicted = prepared.map(({ sequences }) => new Array<Float32Array>(sequences.length));
  const open = new Set(prepared.keys());
  for (const first of open) {
    const { model, initialState } = prepared[first];
    const entries: Entry[] = [];
    for (const index of open) {
      const other = prepared[index];
      if (other.model.open !== model.open || other.initialState !== initialState) continue;
      open.delete(index);
      for (const [s, sequence] of other.sequences.entries()) {
        entries.push({ sequence, take: (probabilities) => (predicted[index][s] = probabilities) });
      }
    }
    predictAll(model, entries, initialState);
  }
  return predicted;
}

function predictAll({ open }: ServedModel, entries: Entry[], initialState: Float32Array | undefined): void {
  const { features } = open.description.input;
  const mostNumbers = stepsInBatches(open.description) * features;
  // Beside each other lie those of about the same length: a batch takes as long as its longest.
  const sorted = entries.sort((a, b) => a.sequence.length - b.sequence.length);
  for (let from = 0; from < sorted.length; from += tileRows) {
    const batch = sorted.slice(from, from + tileRows);
    if (batch.length >= fewestTogether && batch[batch.length - 1].sequence.length <= mostNumbers) {
      const rows = open.batchPredictor().predict(
        batch.map(({ sequence }) => sequence),
        initialState,
      );
      for (const [row, { take }] of batch.entries()) take(rows[row]);
      continue;
    }
    open.predictor.useLane(eventLoopLane);
    for (const { sequence, take } of batch) {
      take(open.predictor.predict(sequence, sequence.length / features, initialState));
    }
  }
}
