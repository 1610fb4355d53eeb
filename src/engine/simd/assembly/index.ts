/**
 * All that the TypeScript side of the engine calls. An instance of the module is one trainer or one predictor.
 */
export { plannedBytes } from './arena';
export { inputs, labels, mask, starts } from './batch';
export { exponential, logarithms, squash, tanhTable } from './functions';
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
  meanLoss,
  planTrainer,
  probabilitiesStride,
  slots,
} from './trainer';
