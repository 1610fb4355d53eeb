/** The project's own ops as a processor without wider vectors runs them. */
import process from 'node:process';
import { openTensorFlowEngine } from '../../src/engine/tensorflow/engine.ts';
import { describeExtremes } from './contract/extremes.ts';
import { describeGradients } from './contract/gradients.ts';

// Read when TensorFlow's library is loaded, which is once in a process: so a file for each.
process.env.LOOKBACK_INSTRUCTION_SET = 'portable';
const engine = openTensorFlowEngine({ threads: 2 });

describeGradients(engine);
describeExtremes(engine);
