/**
 * Keys of blobs and groups: names with slashes between them, as `checkpoints/job_a/step-20/weights.bin`.
 */
export type Key = string;

const namePattern = /^(?!\.\.?$)[A-Za-z0-9._-]{1,200}$/;

/** @throws Error over a name that could lead elsewhere: who makes a key of what a caller says checks that first. */
export function keyOf(...names: string[]): Key {
  for (const name of names.flatMap((part) => part.split('/'))) {
    if (!namePattern.test(name)) throw new Error(`${JSON.stringify(name)} cannot be part of a key.`);
  }
  return names.join('/');
}

/** The last of its names. */
export function nameOf(key: Key): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** What stands before the last of its names. */
export function parentOf(key: Key): Key {
  return key.slice(0, key.lastIndexOf('/'));
}
