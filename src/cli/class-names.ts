/**
 * What a model calls its classes. Only its answers say so: it is asked for the probabilities of all of them, after one step.
 */
import type { ModelReference } from '../checkpoints/model-reference.ts';
import { limits } from '../platform/limits.ts';
import type { Context } from './context.ts';

/** @returns the name of a class; undefined where it has none. */
export async function classNames(
  { client }: Context,
  model: ModelReference,
  step: unknown,
): Promise<(place: number) => string | undefined> {
  const request = { ...model, sequences: [[step]], at: 'end' as const, topK: limits.classes };
  const [{ top = [] }] = (await client.predictAny(request as Parameters<typeof client.predictAny>[0])).predictions;
  const names = new Map(top.flat().map(({ class: place, label }) => [place, label]));
  return (place) => names.get(place)?.toString();
}
