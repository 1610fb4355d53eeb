/**
 * Which of the two ways a layer runs: all steps inside one fused op, or step by step around large matrix products.
 */
import { runsStepwise } from '../costs.ts';
import type { Constants } from './constants.ts';
import { fusedLstm, type LstmInputs, type LstmPass, type LstmSize } from './fused-lstm.ts';
import type { Ops } from './ops.ts';
import { stepwiseLstm } from './stepwise-lstm.ts';

export function lstm(ops: Ops, constants: Constants, inputs: LstmInputs, size: LstmSize): LstmPass {
  const run = runsStepwise(size.B, size.I, size.H) ? stepwiseLstm : fusedLstm;
  return run(ops, constants, inputs, size);
}
