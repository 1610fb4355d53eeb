/**
 * Runs the suite of the protocols with the clients that others have made for them, against a real service:
 * `npm run test:protocols -- -k sequence`. Parameters are pytest's.
 */
import { runPythonSuite } from './python-suite.mjs';

await runPythonSuite('protocol-clients');
