/**
 * What is measured of a model on labelled sequences: the figures of the report, and of an evaluation on any dataset.
 */
import { Random } from '../../../model/random.ts';
import type { DoctorReport } from '../../doctor/doctor-schema.ts';
import { measureInfluence } from '../memory/influence.ts';
import { measureMemory } from '../memory/memory.ts';
import type { Figures } from '../report-schema.ts';
import { knownOfLabels } from '../verdict/learned.ts';
import type { Judged } from './judged.ts';
import type { ModelNames } from './names.ts';
import { isNextSymbol } from './next-symbol.ts';
import { type Judgements, type Predict, score } from './scores.ts';

export interface FiguresRequest {
  /** The model, as an engine's predictor runs it. */
  predict: Predict;
  /** In the layout and the rows of the training. */
  judged: Judged;
  /** What `score` says of the two, where it has been asked. */
  judgements?: Judgements;
  /** The model and its losses where class weights are taken out of its probabilities: what the past gives is told by these. */
  untilted?: { predict: Predict; losses: Float32Array };
  /** Where classes, features and symbols have some. */
  names?: ModelNames;
  /** Draws the values that are replaced, and the steps that are looked at: the same figures for the same model. */
  seed: number;
  /** Steps that the model may run for each of the two, in all; without them they are as exact as they get. */
  affordableSteps?: { memory: number; influence: number };
}

/** Runs the model over all sequences once, and over parts of them many times. */
export function measureFigures(request: FiguresRequest, doctor?: DoctorReport): Figures {
  const { predict, judged, names = {}, seed, affordableSteps } = request;
  const random = Random.seeded(seed, 'diagnosis');
  const { scores, losses } = request.judgements ?? score(predict, judged);
  const memory = measureMemory({
    predict: request.untilted?.predict ?? predict,
    judged,
    losses: request.untilted?.losses ?? losses,
    labelEntropy: knownOfLabels(scores.perClass, doctor).labelEntropy,
    affordableSteps: affordableSteps?.memory ?? Number.POSITIVE_INFINITY,
    random,
  });
  const influence = measureInfluence(predict, judged, random, {
    usesPast: memory?.usesPast.values ?? 0,
    affordableSteps: affordableSteps?.influence,
  });
  return {
    ...scores,
    ...(names.labels ? { labels: [...names.labels] } : {}),
    ...(names.features ? { features: [...names.features] } : {}),
    perClass: scores.perClass.map((ofClass, c) => (names.labels ? { ...ofClass, label: names.labels[c] } : ofClass)),
    ...memory,
    influence,
    ...(isNextSymbol(judged, names) ? ofSymbols(scores.heldOut.loss) : {}),
  };
}

function ofSymbols(loss: number): Pick<Figures, 'bitsPerSymbol' | 'perplexity'> {
  return { bitsPerSymbol: loss / Math.LN2, perplexity: Math.exp(loss) };
}
