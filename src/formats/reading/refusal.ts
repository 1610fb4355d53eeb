/**
 * What is said of a file that no model can be made of: it is damaged, or it is a model of another kind.
 */
import { InvalidInputError } from '../../platform/errors.ts';
import { cut } from '../../platform/input/shown.ts';

const longestPath = 100;
const longestMessage = 300;

/** The file is not what its format promises. @param path where in it. */
export function invalidFile(path: string, message: string, cause?: unknown): InvalidInputError {
  return refusal(path, message, { code: 'invalid_model', cause });
}

/** The file is a model that Lookback does not compute. @param path the layer or tensor. */
export function unsupportedModel(path: string, message: string): InvalidInputError {
  return refusal(path, message, { code: 'unsupported_model' });
}

/** Names and values of the file stand in both, of any length and with any characters. */
function refusal(given: string, told: string, options: { code: string; cause?: unknown }): InvalidInputError {
  const [path, message] = [printable(given, longestPath), printable(told, longestMessage)];
  const sentence = `The file cannot be imported: ${path} ${message}.`;
  return new InvalidInputError(sentence, [{ path, message }], options);
}

/** Cut, and with what a terminal would obey as its code. */
function printable(text: string, length: number): string {
  const asCode = (control: string) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return cut(text, length).replaceAll(/\p{Cc}/gu, asCode);
}
