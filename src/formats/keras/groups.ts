/**
 * What Keras calls the groups of model.weights.h5, and where in a group the variables of a layer lie.
 */
import { layerDefinitions } from '../../model/layers/index.ts';

/** Of layers by their classes, in the order of the model: the class, and its number among those of the class from the second on. */
export function groupNames(classNames: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return classNames.map((className) => {
    const base = snakeCase(className);
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    return count === 0 ? base : `${base}_${count}`;
  });
}

/** GlobalMaxPooling1D becomes global_max_pooling1d. */
function snakeCase(className: string): string {
  return className
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** Recurrent layers keep their weights in a cell; variables have numbers, in the order of `get_weights()`. */
export function isInCell(className: string): boolean {
  return Object.values(layerDefinitions).some(({ keras }) => keras.className === className);
}
