// Matrix products in tiles that fit the registers; a part of arithmetic.cc, which is compiled once for each instruction set.
#pragma once
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

// target [rows,panelColumns] = start + factor [rows,depth] · panel [depth,panelColumns], with all sums in registers.
// From the last k to the first, so that h comes before x: inputs may be large, and what is added to a large sum loses its digits.
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

}  // namespace
}  // namespace lookback::INSTRUCTION_SET
