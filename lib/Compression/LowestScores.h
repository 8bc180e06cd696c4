//===- LowestScores.h - exactly k of the lowest scores ----------*- C++ -*-===//

#ifndef EDGEBERT_LIB_COMPRESSION_LOWESTSCORES_H
#define EDGEBERT_LIB_COMPRESSION_LOWESTSCORES_H

#include "edgebert/Compression/Mask.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <cmath>
#include <cstdint>

namespace edgebert::compression {

/// An error unless the sparsity is one, from 0 to 1.
llvm::Error checkSparsity(double sparsity);

/// How many of n weights a sparsity removes.
inline int64_t zerosOf(double sparsity, int64_t n) {
  return std::llround(sparsity * double(n));
}

/// Calls `remove` with the indices of the `count` lowest scores, in rising
/// order; of equal scores the higher indices go first, a NaN is the lowest.
void forLowest(llvm::ArrayRef<float> scores, int64_t count,
               llvm::function_ref<void(int64_t)> remove);

/// Rows and columns.
using Shape = std::pair<int64_t, int64_t>;

/// The mask without the `zeros(n)` lowest units of each scope's n units, each a
/// block of the shape `unit` with the sum of its scores.
Mask selectUnits(MatrixView scores, Shape unit, Scope scope,
                 llvm::function_ref<int64_t(int64_t)> zeros);

} // namespace edgebert::compression

#endif // EDGEBERT_LIB_COMPRESSION_LOWESTSCORES_H
