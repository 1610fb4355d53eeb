/**
 * What is wrong with an upload, collected while it is read: the parsers go on after a bad line, so that a caller can mend many at once.
 */
import { InvalidInputError, type Issue } from '../../../platform/errors.ts';
import { limits } from '../../../platform/limits.ts';

export class UploadMistakes {
  readonly #issues: Issue[] = [];

  get any(): boolean {
    return this.#issues.length > 0;
  }

  /** Notes one mistake; throws them all once there are as many as a refusal names. */
  add(path: string, message: string): void {
    this.#issues.push({ path, message });
    if (this.#issues.length >= limits.datasetErrors) this.refuse();
  }

  /** Notes a mistake after which nothing more can be read, and throws. */
  stop(path: string, message: string, code?: string): never {
    this.#issues.push({ path, message });
    return this.refuse(code);
  }

  throwIfAny(): void {
    if (this.any) this.refuse();
  }

  refuse(code = 'invalid_dataset'): never {
    const [first, ...others] = this.#issues;
    const many = this.#issues.length >= limits.datasetErrors ? `at least ${others.length}` : `${others.length}`;
    const more = others.length > 0 ? ` (and ${many} more)` : '';
    throw new InvalidInputError(`The upload is not valid: ${first.path}: ${first.message}${more}.`, this.#issues, {
      code,
    });
  }
}
