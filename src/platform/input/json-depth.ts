/**
 * How deeply JSON text is nested, found without parsing it: a parser, and whatever looks into what it made, would use
 * up the stack on a text that is nested too deeply.
 */
import { InvalidInputError } from '../errors.ts';
import { limits } from '../limits.ts';

const quote = 0x22;
const backslash = 0x5c;
const brackets = { open: 0x5b, close: 0x5d };
const braces = { open: 0x7b, close: 0x7d };

/** The index of the bracket that nests the text deeper than the limit; -1: none does. Brackets within strings do not count. */
export function tooDeepAt(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character === quote) i = endOfString(text, i);
    else if (character === brackets.open || character === braces.open) {
      if (++depth > limits.jsonDepth) return i;
    } else if (character === brackets.close || character === braces.close) depth--;
  }
  return -1;
}

/** The index of the quote that ends the string which begins at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  for (let code = text.charCodeAt(i); i < text.length && code !== quote; code = text.charCodeAt(i)) {
    i += code === backslash ? 2 : 1;
  }
  return i;
}

/** The error for text that is nested too deeply. */
export const tooDeep = `is nested deeper than ${limits.jsonDepth} levels, which is the limit`;

/** @throws InvalidInputError `json_too_deep`, which names the place. */
export function ensureShallow(text: string, what: string): void {
  const at = tooDeepAt(text);
  if (at < 0) return;
  const issue = { path: `position ${at}`, message: tooDeep };
  // Parts of a file come with their article, names of files without one.
  const part = what.replace(/^the /, '');
  throw new InvalidInputError(`The ${part} is not valid: at ${issue.path} it ${tooDeep}.`, [issue], {
    code: 'json_too_deep',
  });
}
