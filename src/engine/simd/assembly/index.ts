/**
 * All that the TypeScript side of the engine calls. An instance of the module is one trainer or one predictor.
 */
export { plannedBytes } from './arena';
export { inputs, labels, mask, starts } from './batch';
export { exponential, logarithms, squash, tanhTable } from './arithmetic/functions';
export { accuracy, meanLoss } from './metrics';
export { addLayer, parameterNumbers, parameters } from './model';
export { clipTo, useAdagrad, useAdam, useMomentum, useRmsprop, useSgd } from './optimizers';
export {
  joinPredictor,
  laneBytes,
  laneTables,
  planPredictor,
  predictPiece,
  probabilities,
  sequence,
  sequenceState,
  startSequence,
  useLane,
} from './predictor';
export { computeProbabilities, help, trainStep } from './step';
export { fail } from './threads';
export {
  betaPowers,
  carriedState,
  planTrainer,
  probabilitiesStride,
  slots,
} from './trainer';
