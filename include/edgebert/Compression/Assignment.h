//===- Assignment.h - which layer gets which precision ----------*- C++ -*-===//
//
// Thesis 8.7: order the layers by vulnerability per parameter; then only
// monotone assignments are worth a look, C(n + B - 1, B) of n formats for B
// layers instead of n^B.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_COMPRESSION_ASSIGNMENT_H
#define EDGEBERT_COMPRESSION_ASSIGNMENT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace edgebert::compression {

/// The layers from the least to the most vulnerable: by score / parameters,
/// ties by index.
std::vector<unsigned> orderByScore(llvm::ArrayRef<double> scores,
                                   llvm::ArrayRef<int64_t> parameters);

/// C(formats + layers - 1, layers), or the largest uint64_t if it is larger.
uint64_t countMonotone(unsigned formats, unsigned layers);

/// Calls `visit` with every monotone assignment: one format index per layer
/// (in the layers' own numbering), never falling along `order`. Formats count
/// from the least to the most precise.
void forEachMonotone(unsigned formats, llvm::ArrayRef<unsigned> order,
                     llvm::function_ref<void(llvm::ArrayRef<unsigned>)> visit);

/// An assignment and what it costs, by objective (all to be minimised).
struct Assignment {
  std::vector<unsigned> formats;
  std::vector<double> costs;
};

/// What each layer adds to each objective under each format:
/// costs[objective][layer][format]. Objectives add up over layers (bits,
/// cycles, energy, expected loss).
using LayerCosts = std::vector<std::vector<std::vector<double>>>;

/// The monotone assignments that no other beats in all objectives, in rising
/// order of the first. Errors: ragged costs, more than `limit` assignments.
llvm::Expected<std::vector<Assignment>>
paretoFront(llvm::ArrayRef<unsigned> order, const LayerCosts &costs,
            uint64_t limit = 10000000);

/// The assignment with the least weighted sum of costs among those whose
/// objective i is at most limits[i] (infinity: any). Errors: none is.
llvm::Expected<Assignment> choose(llvm::ArrayRef<Assignment> assignments,
                                  llvm::ArrayRef<double> weights,
                                  llvm::ArrayRef<double> limits);

} // namespace edgebert::compression

#endif // EDGEBERT_COMPRESSION_ASSIGNMENT_H
