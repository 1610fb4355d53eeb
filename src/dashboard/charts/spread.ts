/**
 * Places for labels that would lie on each other: each as near to where it belongs as the others let it.
 */

interface Group {
  /** Where the first label of the group would like to be, on average over its labels. */
  mean: number;
  count: number;
}

/**
 * @param wanted where labels belong, ascending.
 * @param distance that two labels must keep.
 * @param lowest, highest where the first and the last may be; they give way downwards where there is no room for all.
 * @returns a place for each, ascending, with the least sum of squared ways: neighbours that are too near become one
 *   group around their mean, as in isotonic regression by pooling of adjacent violators.
 */
export function spread(wanted: readonly number[], distance: number, lowest: number, highest: number): number[] {
  const groups: Group[] = [];
  for (const [i, place] of wanted.entries()) {
    // Without the distance to those before it, labels that touch would all want the same place.
    let last: Group = { mean: place - i * distance, count: 1 };
    for (let before = groups.at(-1); before && before.mean > last.mean; before = groups.at(-1)) {
      groups.pop();
      const count = before.count + last.count;
      last = { mean: (before.mean * before.count + last.mean * last.count) / count, count };
    }
    groups.push(last);
  }
  const top = Math.max(lowest, highest - (wanted.length - 1) * distance);
  return groups
    .flatMap(({ mean, count }) => Array<number>(count).fill(Math.min(Math.max(mean, lowest), top)))
    .map((mean, i) => mean + i * distance);
}
