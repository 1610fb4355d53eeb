/**
 * Removes a group from a catalogue, and then its blobs. Where somebody may want it after all it is only out of sight at
 * first: the catalogue goes on naming its revision, so that no attempt that begins takes the blobs for leftovers.
 */
import type { Key } from '../key.ts';
import { type Catalogue, ensureNotFenced, type Revision, without } from './catalogue.ts';
import type { Catalogues } from './catalogues.ts';

/** @returns revisions that no catalogue names any more. @throws FencedError */
export async function removeGroup(
  catalogues: Catalogues,
  { owner, group, attempt }: { owner: Key; group: string; attempt: number | undefined },
  isWanted?: () => Promise<boolean>,
): Promise<Revision[]> {
  const { before, isChanged } = await catalogues.change(owner, (current) => {
    if (attempt !== undefined) ensureNotFenced(current, attempt);
    if (!current?.groups[group] && !current?.damaged[group]) return undefined;
    const leaving = isWanted && current.groups[group] ? { [group]: current.groups[group] } : undefined;
    const groups = without(current.groups, group);
    const damaged = without(current.damaged, group);
    return { ...current, groups, damaged, leaving: leaving ? { ...current.leaving, ...leaving } : current.leaving };
  });
  if (!before || !isChanged) return [];
  const whole = before.groups[group];
  if (!isWanted || !whole) return [whole, before.damaged[group]].filter((revision) => revision !== undefined);
  const gone = [before.damaged[group], before.leaving?.[group]].filter((revision) => revision !== undefined);
  const isKept = await settle(catalogues, owner, { group, revision: whole }, isWanted);
  return isKept ? gone : [...gone, whole];
}

/** A group that nobody finds any more, though its catalogue still names its revision. */
export interface Leaving {
  group: string;
  revision: Revision;
}

/** Puts back what is wanted, unless another has its place; false: no catalogue names it any more. */
export async function settle(
  catalogues: Catalogues,
  owner: Key,
  { group, revision: { id } }: Leaving,
  isWanted: () => Promise<boolean>,
): Promise<boolean> {
  // Who cannot tell does not remove.
  const goesBack = await isWanted().catch(() => true);
  const { before, isChanged } = await catalogues.change(owner, (current) => {
    if (current?.leaving?.[group]?.id !== id) return undefined;
    const leaving = without(current.leaving, group);
    const groups = goesBack ? { [group]: current.leaving[group], ...current.groups } : current.groups;
    return { ...current, groups, leaving: Object.keys(leaving).length > 0 ? leaving : undefined };
  });
  // An attempt that has begun meanwhile has put it back, or another removal has taken it over.
  return !isChanged || (goesBack && !isTaken(before, group));
}

function isTaken(catalogue: Catalogue | null, group: string): boolean {
  return catalogue?.groups[group] !== undefined;
}
