//===- LeastTime.h - how long something takes -------------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_CAMPAIGN_LEASTTIME_H
#define EDGEBERT_LIB_CAMPAIGN_LEASTTIME_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include <algorithm>
#include <chrono>
#include <limits>

namespace edgebert::campaign {

/// Seconds of `run`, the least of `repeats`.
inline double getLeastTime(int repeats, llvm::function_ref<void()> run) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < repeats; ++i) {
    auto start = std::chrono::steady_clock::now();
    run();
    best = std::min(best, std::chrono::duration<double>(
                              std::chrono::steady_clock::now() - start)
                              .count());
  }
  return best;
}

} // namespace edgebert::campaign

#endif // EDGEBERT_LIB_CAMPAIGN_LEASTTIME_H
