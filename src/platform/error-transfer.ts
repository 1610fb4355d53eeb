/**
 * Errors between threads: the structured clone of an error keeps neither its class nor its fields. Those of Lookback
 * and of the file system arrive as what they were.
 */
import * as kinds from './errors.ts';
import { type Issue, LookbackError } from './errors.ts';
import type { FailureCategory } from './failure-category.ts';

export type SentError =
  | {
      origin: 'lookback';
      kind: string;
      code: string;
      message: string;
      category: FailureCategory;
      issues: readonly Issue[];
    }
  | { origin: 'system'; message: string; code: string; syscall: string };

/** The error in a form that is cloned as it is. @throws the error itself, where it is of another kind. */
export function sendError(error: unknown): SentError {
  if (error instanceof LookbackError) {
    const { name, code, message, category, issues } = error;
    return { origin: 'lookback', kind: name, code, message, category, issues };
  }
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || code === undefined || syscall === undefined) throw error;
  return { origin: 'system', message, code, syscall };
}

/** The error as an instance of its class, with the fields that all of the class have. */
export function receiveError(sent: SentError): Error {
  if (sent.origin === 'system')
    return Object.assign(new Error(sent.message), { code: sent.code, syscall: sent.syscall });
  const { kind, code, message, category, issues } = sent;
  const error = new LookbackError(code, message, { category, issues });
  const known = Object.values(kinds).find((candidate) => candidate.name === kind);
  return Object.assign(Object.setPrototypeOf(error, (known ?? LookbackError).prototype), { name: kind });
}
