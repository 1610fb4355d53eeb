// The arithmetic of an LSTM layer for some rows of a batch. Compiled once for each instruction set, with INSTRUCTION_SET its name, LANES the floats of a vector and TILE_ROWS the rows that its registers hold.
#include "arithmetic.h"

namespace lookback::INSTRUCTION_SET {
namespace {

constexpr int64_t lanes = LANES;
constexpr int64_t panelColumns = 2 * lanes;
constexpr int64_t tileRows = TILE_ROWS;

typedef float Vector __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }

void copy(const float* __restrict source, float* __restrict target, int64_t count) {
  for (int64_t i = 0; i < count; i++) target[i] = source[i];
}

void add(const float* __restrict source, float* __restrict target, int64_t count) {
  for (int64_t i = 0; i < count; i++) target[i] += source[i];
}

void packPanels(const PanelSource& source, float* panels, Part part) {
  const int64_t depth = source.depth;
  for (int64_t from = part.first * panelColumns; from < min(source.columns, part.last * panelColumns); from += panelColumns) {
    const int64_t width = min(panelColumns, source.columns - from);
    const float* values = source.values + from * source.columnStride;
    float* __restrict panel = panels + from * depth;
    for (int64_t k = 0; k < depth; k++) {
      float* row = panel + k * panelColumns;
      // Written out for a stride of 1, so that whole vectors are copied.
      if (source.columnStride == 1) copy(values + k * source.depthStride, row, width);
      else for (int64_t column = 0; column < width; column++) row[column] = values[k + column * source.columnStride];
      for (int64_t column = width; column < panelColumns; column++) row[column] = 0;
    }
  }
}

struct Matrix {
  float* values;
  int64_t stride;
};

// Element (row, k) lies at values[row·rowStride + k·depthStride].
struct Factor {
  const float* values;
  int64_t rowStride;
  int64_t depthStride;
};

// What a product is added to, row by row; a stride of 0 repeats one row, null values are zeros.
struct Start {
  const float* values;
  int64_t stride;
};

// target [rows,panelColumns] = start + factor [rows,depth] · panel [depth,panelColumns], with all sums in registers. From the last k to the first, so that h comes before x: inputs may be large, and what
// is added to a large sum loses its digits.
template <int rows>
inline __attribute__((always_inline)) void multiplyTile(Factor factor, int64_t depth, const float* panel, Start start, Matrix target) {
  Vector sums[rows][2] = {};
  if (start.values) {
#pragma GCC unroll 16
    for (int row = 0; row < rows; row++) {
      sums[row][0] = *(const Vector*)(start.values + row * start.stride);
      sums[row][1] = *(const Vector*)(start.values + row * start.stride + lanes);
    }
  }
  for (int64_t k = depth - 1; k >= 0; k--) {
    const Vector left = *(const Vector*)(panel + k * panelColumns);
    const Vector right = *(const Vector*)(panel + k * panelColumns + lanes);
#pragma GCC unroll 16
    for (int row = 0; row < rows; row++) {
      const float value = factor.values[row * factor.rowStride + k * factor.depthStride];
      sums[row][0] += left * value;
      sums[row][1] += right * value;
    }
  }
#pragma GCC unroll 16
  for (int row = 0; row < rows; row++) {
    *(Vector*)(target.values + row * target.stride) = sums[row][0];
    *(Vector*)(target.values + row * target.stride + lanes) = sums[row][1];
  }
}

// The tile of so many rows, at most tileRows.
template <int rows = tileRows>
void multiplyRows(int64_t count, Factor factor, int64_t depth, const float* panel, Start start, Matrix target) {
  if (count == rows) return multiplyTile<rows>(factor, depth, panel, start, target);
  if constexpr (rows > 1) multiplyRows<rows - 1>(count, factor, depth, panel, start, target);
}

// target [rows,width] = start + factor [rows,depth] · panel, of which `width` columns are there.
void multiplyPanel(int64_t rows, Factor factor, int64_t depth, const float* panel, int64_t width, Start start, Matrix target) {
  float whole[tileRows * panelColumns];
  for (int64_t row = 0; row < rows; row += tileRows) {
    const int64_t count = min(tileRows, rows - row);
    const Factor factorRows{factor.values + row * factor.rowStride, factor.rowStride, factor.depthStride};
    const Start startRows{start.values ? start.values + row * start.stride : nullptr, start.stride};
    const Matrix targetRows{target.values + row * target.stride, target.stride};
    if (width == panelColumns) {
      multiplyRows(count, factorRows, depth, panel, startRows, targetRows);
      continue;
    }
    for (int64_t r = 0; r < count && start.values; r++) copy(startRows.values + r * start.stride, whole + r * panelColumns, width);
    multiplyRows(count, factorRows, depth, panel, {start.values ? whole : nullptr, panelColumns}, {whole, panelColumns});
    for (int64_t r = 0; r < count; r++) copy(whole + r * panelColumns, targetRows.values + r * target.stride, width);
  }
}

// target [rows,columns] = start + factor [rows,depth] · panels.
void multiply(int64_t rows, Factor factor, int64_t depth, const float* panels, int64_t columns, Start start, Matrix target) {
  for (int64_t from = 0; from < columns; from += panelColumns) {
    const Start panelStart{start.values ? start.values + from : nullptr, start.stride};
    multiplyPanel(rows, factor, depth, panels + from * depth, min(panelColumns, columns - from), panelStart, {target.values + from, target.stride});
  }
}

// x·P(x²)/Q(x²), the quotient of the engine simd (docs/engine-simd.md). Where float32 has nothing between it and 1 it is 1: a saturated gate passes no gradient on, however large its inputs. What is not
// a number stays so.
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
