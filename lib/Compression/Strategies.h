//===- Strategies.h - one function per strategy, and their ends -*- C++ -*-===//

#ifndef EDGEBERT_LIB_COMPRESSION_STRATEGIES_H
#define EDGEBERT_LIB_COMPRESSION_STRATEGIES_H

#include "edgebert/Compression/Prune.h"

namespace edgebert::compression {

/// Whether Gram and mask fit the weights.
llvm::Error checkProblem(MatrixView w, const Gram *gram, const Mask *mask);

/// Fills in what can be read off the values; `gram` may be null.
void reportErrors(MatrixView original, MatrixView values, const Gram *gram,
                  Report &report);

/// The result whose values, already on the grid, are `values`.
llvm::Expected<Quantized> finish(MatrixView original, Grid grid,
                                 MatrixView values, const Gram *gram,
                                 const Mask *mask, Report report);

llvm::Expected<Quantized> roundToNearest(MatrixView w, const Gram *gram,
                                         const GridOptions &options,
                                         const Mask *mask);
llvm::Expected<Quantized> adaRound(MatrixView w, const Gram &gram,
                                   const QuantizeOptions &options,
                                   const Mask *mask);
llvm::Expected<Quantized> obq(MatrixView w, const Gram &gram,
                              const QuantizeOptions &options, const Mask *mask);

llvm::Expected<Pruned> obc(MatrixView w, const Gram &gram,
                           const PruneOptions &options);

} // namespace edgebert::compression

#endif // EDGEBERT_LIB_COMPRESSION_STRATEGIES_H
