/**
 * What is said of a file that no model can be made of: it is damaged, or it is a model of another kind.
 */
import { InvalidInputError } from '../../platform/errors.ts';

/** The file is not what its format promises. @param path where in it. */
export function invalidFile(path: string, message: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(sentence(path, message), [{ path, message }], { code: 'invalid_model', cause });
}

/** The file is a model that Lookback does not compute. @param path the layer or tensor. */
export function unsupportedModel(path: string, message: string): InvalidInputError {
  return new InvalidInputError(sentence(path, message), [{ path, message }], { code: 'unsupported_model' });
}

function sentence(path: string, message: string): string {
  return `The file cannot be imported: ${path} ${message}.`;
}
