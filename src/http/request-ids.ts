/**
 * What a request is called in its answer and in the log: an id of which no other process makes any, and no two
 * requests of this one have the same. They count upwards; nobody has to guess one, so that random numbers for each would
 * only cost time.
 */
import { ulid } from 'ulid';

/** Characters that count; before them stands what the process began with. */
const counted = 8;

export function requestIds(): () => string {
  const id = ulid().toLowerCase();
  const beginning = id.slice(0, id.length - counted);
  let count = 0;
  return () => beginning + (count++).toString(36).padStart(counted, '0');
}
