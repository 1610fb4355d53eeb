/**
 * Has PyTorch compute downloaded models: `npm run test:torch`. Parameters are pytest's. Of PyTorch PyPI has the build with
 * CUDA alone, 5.5 GB of packages: too much for every run of the suite of exports, which it is a part of.
 */
import { runPythonSuite } from './python-suite.mjs';

await runPythonSuite('exported-models', undefined, {
  requirements: 'requirements-torch.txt',
  tests: ['test_torch.py'],
});
