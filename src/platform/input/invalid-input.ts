/**
 * The refusal of an input as a sentence and a list, up to the limit. Without the schemas that found the mistakes: what
 * a run's process loads uses it, too.
 */
import { InvalidInputError, type Issue } from '../errors.ts';
import { limits } from '../limits.ts';

interface Extent {
  /** How much is wrong in all, as far as it was looked at. */
  count?: number;
  /** Not all was looked at: more may be wrong. */
  isCutShort?: boolean;
}

/** The error that lists what is wrong with an input, up to the limit, the first of it in its message. */
export function invalidInput(
  what: string,
  issues: readonly Issue[],
  { count = issues.length, isCutShort = false }: Extent = {},
): InvalidInputError {
  const [first] = issues;
  const others = `${isCutShort ? 'at least ' : ''}${count - 1} more`;
  const more = count > 1 ? ` (and ${others}${count > limits.errors ? `; ${limits.errors} are listed` : ''})` : '';
  // A message says what its field is or must be; without a path that is the whole.
  const sentence = `The ${what} ${first.path ? `is not valid: ${first.path} ` : ''}${first.message}${more}`;
  // One that ends with a question needs no full stop.
  const message = sentence.endsWith('?') ? sentence : `${sentence}.`;
  return new InvalidInputError(message, issues.slice(0, limits.errors));
}
