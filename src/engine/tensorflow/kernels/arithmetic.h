// What of a layer's arithmetic is compiled once for each instruction set (arithmetic.cc), and chosen when the library is loaded.
#pragma once
#include "lstm.h"

namespace lookback {

// first .. last-1 of a batch's rows, or of a matrix' panels.
struct Part {
  int64_t first;
  int64_t last;
  int64_t count() const { return last - first; }
};

// A matrix read in panels: groups of panelColumns columns, each [depth][panelColumns], the last one filled up with zeros.
struct PanelSource {
  const float* values;
  int64_t depth;
  int64_t columns;
  // Element (k, column) lies at values[k·depthStride + column·columnStride]; one of the two is 1.
  int64_t depthStride;
  int64_t columnStride;
};

struct Arithmetic {
  int64_t panelColumns;
  // Copies some of a matrix' panels to their place among all of them.
  void (*packPanels)(const PanelSource& source, float* panels, Part part);
  // Some rows of the forward pass. `w` are the panels of w [K,4H], `b` the panels of b [1,4H].
  void (*forward)(const LstmSize& size, const LstmForward& arrays, const float* w, const float* b, Part rows);
  // Some rows of the way back: dx, and dz [N,4H], the gradient of the gates before their activation. `w` are the panels of the transposed w, [4H,K], or of its part
  // for h alone, [4H,H], when there is no dx. `scratch` has backwardScratch(size, rows.count()) floats.
  void (*backward)(const LstmSize& size, const LstmBackward& arrays, const float* w, float* dz, float* scratch, Part rows);
  // The gradient of the parameters, dw = joinedᵀ·dz and db = Σ dz, for the columns of some panels of w.
  void (*parameterGradient)(const LstmSize& size, const LstmBackward& arrays, const float* dz, Part panels);
};

// For dc, dx and dh.
inline int64_t backwardScratch(const LstmSize& size, int64_t rows) { return rows * (size.units + size.joined()); }

namespace portable { extern const Arithmetic arithmetic; }
namespace avx2 { extern const Arithmetic arithmetic; }
namespace avx512 { extern const Arithmetic arithmetic; }

}  // namespace lookback
