/**
 * All that the TypeScript side of the engine calls. An instance of the module is one trainer or one predictor.
 */
export { plannedBytes } from './arena';
export { exponential, logarithms, plainTanh, squash } from './functions';
export { addLayer, parameterNumbers, parameters } from './model';
export { adagrad, adam, clip, momentum, rmsprop, sgd } from './optimizers';
export {
  planPredictor,
  predictPiece,
  probabilities,
  sequence,
  sequenceCells,
  sequenceHidden,
  startSequence,
} from './predictor';
export {
  accuracy,
  betaPowers,
  carriedCells,
  carriedHidden,
  computeGradient,
  computeProbabilities,
  gradient,
  inputs,
  labels,
  mask,
  meanLoss,
  planTrainer,
  probabilitiesStride,
  slots,
  starts,
} from './trainer';
