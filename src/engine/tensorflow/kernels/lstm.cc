// Cuts a batch's rows among threads, and chooses the arithmetic for the processor at hand.
#include "lstm.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "arithmetic.h"
#include "threads.h"

namespace lookback {
namespace {

// The widest that the processor has, unless LOOKBACK_INSTRUCTION_SET names another that it has.
const Arithmetic& chooseArithmetic() {
  const char* named = std::getenv("LOOKBACK_INSTRUCTION_SET");
  const std::string wanted = named ? named : "avx512";
#if defined(__x86_64__)
  if (wanted == "avx512" && __builtin_cpu_supports("avx512f")) return avx512::arithmetic;
  if (wanted != "portable" && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2::arithmetic;
#endif
  return portable::arithmetic;
}

const Arithmetic& arithmetic = chooseArithmetic();

using Floats = std::unique_ptr<float[]>;

// Not set to zero.
Floats floats(int64_t length) { return Floats(new float[length]); }

// 0 .. count-1 in at most that many parts, none of them empty.
std::vector<Part> cut(int64_t count, int threads) {
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>(threads, count));
  std::vector<Part> cuts;
  for (int64_t part = 0; part < parts; part++) cuts.push_back({count * part / parts, count * (part + 1) / parts});
  return cuts;
}

// The panels of so many columns.
std::vector<Part> cutPanels(int64_t columns, int threads) {
  return cut((columns + arithmetic.panelColumns - 1) / arithmetic.panelColumns, threads);
}

Floats panelsOf(const PanelSource& source, int threads) {
  const std::vector<Part> parts = cutPanels(source.columns, threads);
  Floats panels = floats(parts.back().last * arithmetic.panelColumns * source.depth);
  inParallel(int(parts.size()), [&](int part) { arithmetic.packPanels(source, panels.get(), parts[part]); });
  return panels;
}

}  // namespace

void lstmForward(const LstmSize& size, const LstmForward& arrays, int threads) {
  const Floats w = panelsOf({arrays.w, size.joined(), size.gates(), size.gates(), 1}, threads);
  const Floats b = panelsOf({arrays.b, 1, size.gates(), size.gates(), 1}, 1);
  const std::vector<Part> rows = cut(size.rows, threads);
  inParallel(int(rows.size()), [&](int part) { arithmetic.forward(size, arrays, w.get(), b.get(), rows[part]); });
}

void lstmBackward(const LstmSize& size, const LstmBackward& arrays, int threads) {
  // Without dx the first I columns of the transposed w are left out.
  const int64_t inputs = arrays.dx ? size.inputs : 0;
  const float* from = arrays.w + (size.inputs - inputs) * size.gates();
  const Floats w = panelsOf({from, size.gates(), inputs + size.units, 1, size.gates()}, threads);
  const Floats dz = floats(size.allRows() * size.gates());
  const std::vector<Part> rows = cut(size.rows, threads);
  const Floats scratch = floats(backwardScratch(size, size.rows));
  inParallel(int(rows.size()), [&](int part) {
    arithmetic.backward(size, arrays, w.get(), dz.get(), scratch.get() + backwardScratch(size, rows[part].first), rows[part]);
  });
  const std::vector<Part> panels = cutPanels(size.gates(), threads);
  inParallel(int(panels.size()), [&](int part) { arithmetic.parameterGradient(size, arrays, dz.get(), panels[part]); });
}

}  // namespace lookback
