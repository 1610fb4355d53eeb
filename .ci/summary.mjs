/**
 * Ends a CI run with vitest's own numbers: reads its JSON report and prints "N passed, N failed". A test file that could not be loaded counts as one failure, and so does a run that left no report.
 */
import { existsSync, readFileSync } from 'node:fs';

/** @typedef {{ status: string, assertionResults: unknown[] }} FileResult */
/** @typedef {{ numPassedTests: number, numFailedTests: number, testResults: FileResult[] }} Report */

/** @type {Report} */
const nothingRan = { numPassedTests: 0, numFailedTests: 0, testResults: [{ status: 'failed', assertionResults: [] }] };
const file = process.argv[2];
/** @type {Report} */
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : nothingRan;

const notLoaded = report.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
);
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + notLoaded.length} failed`);
