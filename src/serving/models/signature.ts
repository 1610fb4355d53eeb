/**
 * What a caller sees of a model: what a step is, where labels lie, and what the classes are called. Models that are to
 * answer the same requests must agree in it; what lies between, layers or how numbers are standardised, is their own.
 */
import { cut, show } from '../../platform/input/shown.ts';
import type { OpenModel } from './loaded-model.ts';

/** Characters: a model may have a thousand classes. */
const longest = 200;

/** In what `other` differs from `model`, as what it does; undefined: in nothing. */
export function differenceOf(model: OpenModel, other: OpenModel): string | undefined {
  const parts = [stepShown, placeShown, classesShown];
  const differs = parts.find((shown) => shown(model) !== shown(other));
  return differs && `${cut(differs(other), longest)}, where that of the alias ${cut(differs(model), longest)}`;
}

function stepShown({ encoder: { state } }: OpenModel): string {
  if (state.kind === 'strings') return 'takes strings';
  const names = state.names ? ` (${state.names.map(show).join(', ')})` : '';
  return state.features === 1 ? `takes a number a step${names}` : `takes ${state.features} numbers a step${names}`;
}

function placeShown({ description }: OpenModel): string {
  return description.head.at === 'end' ? 'has one label for a sequence' : 'has a label for every step';
}

function classesShown({ description, labels }: OpenModel): string {
  return labels
    ? `has the classes ${labels.map(show).join(', ')}, in this order`
    : `has ${description.head.classes} classes`;
}
