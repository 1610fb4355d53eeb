/**
 * Contexts: steps with the same past values form a group. The doctor counts labels by group, and refines groups by one
 * more value at a time.
 */

/** A partition of n steps: the group of each, numbered 0 .. count-1. */
export interface Grouping {
  ids: Int32Array;
  count: number;
}

/** All steps in one group: the context of someone who has seen nothing. */
export function oneGroup(steps: number): Grouping {
  return { ids: new Int32Array(steps), count: 1 };
}

/** Tables of up to so many cells, or so many for each step, are addressed directly; beyond, pairs are hashed. */
const directCells = { least: 2 ** 16, perStep: 8 };

/**
 * Splits every group by a second number of each step (0 .. `codeCount`-1). Groups are numbered in the order of their first step, so that
 * only combinations that occur take space.
 */
export function refine(grouping: Grouping, codes: Int32Array, codeCount: number): Grouping {
  const cells = grouping.count * codeCount;
  const isSmall = cells <= Math.max(directCells.least, directCells.perStep * codes.length);
  return isSmall ? refineDirectly(grouping, codes, codeCount, cells) : refineByHash(grouping, codes);
}

function refineDirectly(grouping: Grouping, codes: Int32Array, codeCount: number, cells: number): Grouping {
  const numbers = new Int32Array(cells);
  const before = grouping.ids;
  const ids = new Int32Array(codes.length);
  let count = 0;
  for (let j = 0; j < codes.length; j++) {
    const cell = before[j] * codeCount + codes[j];
    let number = numbers[cell];
    if (number === 0) {
      number = ++count;
      numbers[cell] = number;
    }
    ids[j] = number - 1;
  }
  return { ids, count };
}

/** Open addressing with linear probing; a slot holds the number of a pair plus one. */
function refineByHash(grouping: Grouping, codes: Int32Array): Grouping {
  const steps = codes.length;
  const mask = 2 ** Math.ceil(Math.log2(2 * steps + 2)) - 1;
  const slots = new Int32Array(mask + 1);
  const firsts = new Int32Array(steps);
  const seconds = new Int32Array(steps);
  const ids = new Int32Array(steps);
  let count = 0;
  for (let j = 0; j < steps; j++) {
    const first = grouping.ids[j];
    const second = codes[j];
    let slot = mixed(first, second) & mask;
    for (;;) {
      const id = slots[slot] - 1;
      if (id < 0) {
        firsts[count] = first;
        seconds[count] = second;
        ids[j] = count;
        slots[slot] = ++count;
        break;
      }
      if (firsts[id] === first && seconds[id] === second) {
        ids[j] = id;
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  return { ids, count };
}

function mixed(first: number, second: number): number {
  let word = Math.imul(first, 0x9e3779b1) ^ Math.imul(second + 0x7f4a7c15, 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 15), 0xc2b2ae35);
  return word ^ (word >>> 13);
}
