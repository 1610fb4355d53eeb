// One LSTM layer on the processor, forward and back through time; the formulae are those of src/model/layers/lstm.ts, the layout and its reasons are in docs/engine-tensorflow.md.
//
// B rows, T steps, I inputs, H units, K = I+H. All arrays are float32, row-major and time-major. Gates lie in the order i, f, g, o.
#pragma once
#include <cstdint>

namespace lookback {

struct LstmSize {
  int64_t steps;   // T
  int64_t rows;    // B
  int64_t inputs;  // I
  int64_t units;   // H
  int64_t joined() const { return inputs + units; }
  int64_t gates() const { return 4 * units; }
  int64_t allRows() const { return steps * rows; }  // N = T·B
};

struct LstmForward {
  const float* x;         // [T,B,I]
  const float* initialH;  // [B,H]
  const float* initialC;  // [B,H]
  const float* w;         // [K,4H]
  const float* b;         // [4H]
  float* joined;          // out: [T,B,K] what a step's gates are computed from, x beside the h of the step before
  float* gates;           // out: [T,B,4H] after their activation
  float* c;               // out: [T,B,H]
  float* h;               // out: [T,B,H]
};

struct LstmBackward {
  const float* joined;    // [T,B,K]
  const float* gates;     // [T,B,4H]
  const float* c;         // [T,B,H]
  const float* initialC;  // [B,H]
  const float* w;         // [K,4H]
  const float* dh;        // [T,B,H] of the loss with respect to the outputs
  float* dw;              // out: [K,4H]
  float* db;              // out: [4H]
  float* dx;              // out: [T,B,I], or null where nobody asks for it
};

// Both run on that many threads and come back when all is done. The order of every sum depends on the sizes alone, not on the number of threads.
// They throw std::bad_alloc when there is no memory for what they need beside the arrays.
void lstmForward(const LstmSize& size, const LstmForward& arrays, int threads);
void lstmBackward(const LstmSize& size, const LstmBackward& arrays, int threads);

}  // namespace lookback
