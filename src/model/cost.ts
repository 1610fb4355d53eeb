/**
 * What training and running a model take: floating-point operations and bytes.
 */
import { inputWidths, type ModelDescription } from './description.ts';
import { headFlops } from './head.ts';
import { definitionOf } from './layers/index.ts';
import { parameterCount } from './parameters.ts';

/**
 * Floating-point operations of one forward pass over `steps` steps in all (a multiply-add counts as two); a training
 * step takes about three times as many.
 */
export function forwardFlops(model: ModelDescription, steps: number): number {
  const { layers, head } = model;
  const widths = inputWidths(model);
  const ofLayers = layers.reduce((sum, layer, l) => sum + definitionOf(layer).flops(layer, widths[l]), 0);
  return (ofLayers + headFlops(head, widths[layers.length])) * steps;
}

/** Rows of a batch that an engine may compute side by side: it fills a batch up to a multiple of them. */
export const tileRows = 8;

/** Rows of a layer's operands that an engine copies together. */
const copiedRows = 512;

/**
 * Bytes that training takes: weights, their transpose, gradients and optimiser slots; per step, twice, the
 * activations of each layer and the logits with their gradient; and working memory
 * for the widest layer. It holds for every engine.
 */
export function trainingBytes(
  model: ModelDescription,
  { batchSize, sequenceLength }: { batchSize: number; sequenceLength: number },
  optimizerSlots: number,
): number {
  const { input, layers, head } = model;
  const widths = inputWidths(model);
  const ofLayers = layers.reduce((sum, layer) => sum + definitionOf(layer).activations(layer), 0);
  const activations = ofLayers + input.features + 3 * head.classes;
  const steps = Math.max(tileRows, 2 * batchSize) * sequenceLength;
  const operands = layers.map((layer, l) => definitionOf(layer).operands(layer, widths[l]));
  const parameters = parameterCount(model) * (3 + optimizerSlots);
  return 4 * (parameters + steps * activations + copiedRows * Math.max(...operands));
}
