// The threads that a layer's rows are cut among.
#pragma once
#include <functional>

namespace lookback {

// Runs body(0) .. body(parts-1) at the same time, the first on the calling thread, and comes back when all have ended. One call at a time; a second one waits.
void inParallel(int parts, const std::function<void(int part)>& body);

}  // namespace lookback
