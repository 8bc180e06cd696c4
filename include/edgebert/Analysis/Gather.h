//===- Gather.h - elements of a tensor in another order ---------*- C++ -*-===//

#ifndef EDGEBERT_ANALYSIS_GATHER_H
#define EDGEBERT_ANALYSIS_GATHER_H

#include "mlir/Dialect/Utils/IndexingUtils.h"

#include <vector>

namespace edgebert::analysis {

/// A tensor of `shape` whose element at an index is the one of `from` at the
/// index times `strides`; 0 where `from` does not have the dimension.
template <typename T>
std::vector<T> gather(llvm::ArrayRef<T> from, llvm::ArrayRef<int64_t> shape,
                      llvm::ArrayRef<int64_t> strides) {
  size_t size = 1;
  for (int64_t extent : shape)
    size *= size_t(extent);
  std::vector<T> result(size);
  llvm::SmallVector<int64_t> index(shape.size(), 0);
  for (T &target : result) {
    target = from[mlir::linearize(index, strides)];
    for (int64_t d = int64_t(shape.size()) - 1; d >= 0; --d) {
      if (++index[d] < shape[d])
        break;
      index[d] = 0;
    }
  }
  return result;
}

/// `from` of `shape` with its dimensions in the order of `permutation`.
template <typename T>
std::vector<T> transpose(llvm::ArrayRef<T> from, llvm::ArrayRef<int64_t> shape,
                         llvm::ArrayRef<int64_t> permutation) {
  llvm::SmallVector<int64_t> strides = mlir::computeStrides(shape), moved,
                             extents;
  for (int64_t p : permutation) {
    moved.push_back(strides[p]);
    extents.push_back(shape[p]);
  }
  return gather(from, extents, moved);
}

} // namespace edgebert::analysis

#endif // EDGEBERT_ANALYSIS_GATHER_H
