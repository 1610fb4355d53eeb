// The arithmetic of an LSTM layer for some rows of a batch. Compiled once for each instruction set, with INSTRUCTION_SET its name, LANES the floats of a vector
// and TILE_ROWS the rows of a tile that its registers hold.
#include "arithmetic.h"

#include "products.h"

namespace lookback::INSTRUCTION_SET {
namespace {

// x·P(x²)/Q(x²), the quotient of the engine simd (docs/engine-simd.md). Where float32 has nothing between it and 1 it is 1: a saturated gate passes no gradient on,
// however large its inputs. What is not a number stays so.
inline __attribute__((always_inline)) float tanh(float x) {
  const float u = x * x;
  const float p = 1 + u * (0.13383971f + u * (3.498986e-3f + u * (2.0661097e-5f + u * 1.34196005e-8f)));
  const float q = 1 + u * (0.46717292f + u * (2.5890168e-2f + u * (3.291022e-4f + u * 7.804637e-7f)));
  const float quotient = x * p / q;
  return x > 8.9f ? 1 : x < -8.9f ? -1 : quotient;
}

inline __attribute__((always_inline)) float sigmoid(float x) { return 0.5f + 0.5f * tanh(0.5f * x); }

// One row's gates, in place, and its new c and h.
void activate(float* gates, const float* __restrict cBefore, float* __restrict c, float* __restrict h, int64_t H) {
#pragma GCC ivdep
  for (int64_t unit = 0; unit < H; unit++) {
    const float i = sigmoid(gates[unit]);
    const float f = sigmoid(gates[H + unit]);
    const float g = tanh(gates[2 * H + unit]);
    const float o = sigmoid(gates[3 * H + unit]);
    gates[unit] = i;
    gates[H + unit] = f;
    gates[2 * H + unit] = g;
    gates[3 * H + unit] = o;
    c[unit] = f * cBefore[unit] + i * g;
    h[unit] = o * tanh(c[unit]);
  }
}

// One row's gradients: dz from the gates, dc from that of the step after to that of the step before.
void differentiate(const float* __restrict gates, const float* __restrict c, const float* __restrict cBefore, const float* __restrict dOutput,
                   const float* __restrict dhAfter, float* __restrict dc, float* __restrict dz, int64_t H) {
#pragma GCC ivdep
  for (int64_t unit = 0; unit < H; unit++) {
    const float i = gates[unit];
    const float f = gates[H + unit];
    const float g = gates[2 * H + unit];
    const float o = gates[3 * H + unit];
    const float squashed = tanh(c[unit]);
    const float dh = dOutput[unit] + dhAfter[unit];
    const float dCell = dc[unit] + dh * o * (1 - squashed * squashed);
    dc[unit] = dCell * f;
    dz[unit] = dCell * g * i * (1 - i);
    dz[H + unit] = dCell * cBefore[unit] * f * (1 - f);
    dz[2 * H + unit] = dCell * i * (1 - g * g);
    dz[3 * H + unit] = dh * squashed * o * (1 - o);
  }
}

void forward(const LstmSize& size, const LstmForward& arrays, const float* w, const float* b, Part rows) {
  const int64_t B = size.rows, I = size.inputs, H = size.units, K = size.joined();
  for (int64_t t = 0; t < size.steps; t++) {
    const int64_t first = t * B + rows.first;
    for (int64_t row = 0; row < rows.count(); row++) {
      const float* before = t == 0 ? arrays.initialH + (rows.first + row) * H : arrays.h + (first - B + row) * H;
      float* joined = arrays.joined + (first + row) * K;
      copy(arrays.x + (first + row) * I, joined, I);
      copy(before, joined + I, H);
    }
    multiply(rows.count(), {arrays.joined + first * K, K, 1}, K, w, 4 * H, {b, 0}, {arrays.gates + first * 4 * H, 4 * H});
    for (int64_t row = 0; row < rows.count(); row++) {
      const float* before = t == 0 ? arrays.initialC + (rows.first + row) * H : arrays.c + (first - B + row) * H;
      const int64_t at = first + row;
      activate(arrays.gates + at * 4 * H, before, arrays.c + at * H, arrays.h + at * H, H);
    }
  }
}

void backward(const LstmSize& size, const LstmBackward& arrays, const float* w, float* dz, float* scratch, Part rows) {
  const int64_t B = size.rows, I = size.inputs, H = size.units;
  // What the products give for each row: dx, where it is asked for, beside dh of the step before.
  const int64_t inputs = arrays.dx ? I : 0;
  const Matrix dJoined{scratch, inputs + H};
  float* dc = scratch + rows.count() * dJoined.stride;
  for (int64_t n = 0; n < rows.count() * (dJoined.stride + H); n++) scratch[n] = 0;
  for (int64_t t = size.steps - 1; t >= 0; t--) {
    const int64_t first = t * B + rows.first;
    for (int64_t row = 0; row < rows.count(); row++) {
      const int64_t at = first + row;
      const float* before = t == 0 ? arrays.initialC + (rows.first + row) * H : arrays.c + (at - B) * H;
      differentiate(arrays.gates + at * 4 * H, arrays.c + at * H, before, arrays.dh + at * H, dJoined.values + row * dJoined.stride + inputs,
                    dc + row * H, dz + at * 4 * H, H);
    }
    multiply(rows.count(), {dz + first * 4 * H, 4 * H, 1}, 4 * H, w, dJoined.stride, {nullptr, 0}, dJoined);
    if (arrays.dx) {
      for (int64_t row = 0; row < rows.count(); row++) copy(dJoined.values + row * dJoined.stride, arrays.dx + (first + row) * I, I);
    }
  }
}

// As many rows at once as leave a panel of dz in the first cache.
constexpr int64_t rowsAtOnce = 128;

void parameterGradient(const LstmSize& size, const LstmBackward& arrays, const float* dz, Part panels) {
  const int64_t N = size.allRows(), K = size.joined(), columns = size.gates();
  float packed[rowsAtOnce * panelColumns];
  for (int64_t first = 0; first < N; first += rowsAtOnce) {
    const int64_t depth = min(rowsAtOnce, N - first);
    for (int64_t panel = panels.first; panel < panels.last; panel++) {
      const int64_t from = panel * panelColumns;
      const int64_t width = min(panelColumns, columns - from);
      packPanels({dz + first * columns + from, depth, width, columns, 1}, packed, {0, 1});
      const Matrix dw{arrays.dw + from, columns};
      const Start dwSoFar{first == 0 ? nullptr : dw.values, columns};
      multiplyPanel(K, {arrays.joined + first * K, 1, K}, depth, packed, width, dwSoFar, dw);
      Vector sums[2] = {};
      for (int64_t n = 0; n < depth; n++) {
        sums[0] += *(const Vector*)(packed + n * panelColumns);
        sums[1] += *(const Vector*)(packed + n * panelColumns + lanes);
      }
      if (first == 0) copy((const float*)sums, arrays.db + from, width);
      else add((const float*)sums, arrays.db + from, width);
    }
  }
}

}  // namespace

const Arithmetic arithmetic{panelColumns, packPanels, forward, backward, parameterGradient};

}  // namespace lookback::INSTRUCTION_SET
