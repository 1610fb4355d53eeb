/**
 * Which of the two ways a layer runs: all steps inside one fused op, or step by step around large matrix products.
 */
import type { Constants } from './constants.ts';
import { fusedLstm, type LstmInputs, type LstmPass, type LstmSize } from './fused-lstm.ts';
import type { Ops } from './ops.ts';
import { stepwiseLstm } from './stepwise-lstm.ts';

/**
 * Multiply-adds of one step's gates, B·(I+H)·H (times 4), from which on stepwise is faster. It costs 0.13 ms more a step of forward and backward, for 20 small ops, and saves 8 ms of 40 in
 * 10^9 floating-point operations: even at 0.7e6. Measured with one thread, processor time a training step, fused and stepwise: 32,50,64,2 12.7 and 26.7 ms; 32,50,128,2 51.9 and 48.5 ms;
 * 64,100,256,2 663 and 447 ms. More threads speed up large products most, so they move the balance further towards stepwise.
 */
const stepwiseFrom = 1e6;

/** The choice depends on the size alone, so that a run gives the same bits wherever it runs. */
export function lstm(ops: Ops, constants: Constants, inputs: LstmInputs, size: LstmSize): LstmPass {
  const { B, I, H } = size;
  const run = B * (I + H) * H >= stepwiseFrom ? stepwiseLstm : fusedLstm;
  return run(ops, constants, inputs, size);
}
