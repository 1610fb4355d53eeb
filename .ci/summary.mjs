/**
 * Ends a CI run with vitest's own numbers: reads its JSON report and prints "N passed, N failed". A test file that could not be loaded counts as one failure.
 */
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const filesWithoutTests = report.testResults.filter(
  (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
    file.status === 'failed' && file.assertionResults.length === 0,
);
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + filesWithoutTests.length} failed`);
