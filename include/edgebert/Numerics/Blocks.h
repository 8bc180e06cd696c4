//===- Blocks.h - which elements of a tensor share metadata -----*- C++ -*-===//
//
// The shape rule, once. A tensor of shape n is cut in one of three ways:
//
//   tensor   one metadata value, of shape []
//   axis a   one for each index of dimension a, of shape [n_a]
//   sizes b  a value for each block of b_0 x b_1 x ... elements, of shape
//            [ceil(n_0 / b_0), ...]; a size 0 means the whole dimension (and
//            gives 1). The last block of a dimension may be short. Element i
//            has the value at [floor(i_0 / b_0), ...].
//
// Spelled `tensor`, `axis=1`, `blocks=1x32`, and for the last dimension `row`
// (one value for each row) and `group=32` (for each 32 elements of a row, OCP
// MX's and the sub-channel of weights).
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_BLOCKS_H
#define EDGEBERT_NUMERICS_BLOCKS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>

namespace edgebert::numerics {

class Blocks {
public:
  /// One value for the tensor.
  Blocks() = default;
  static Blocks ofAxis(int64_t axis);
  static Blocks ofSizes(llvm::ArrayRef<int64_t> sizes);

  std::optional<int64_t> getAxis() const { return axis; }
  std::optional<llvm::ArrayRef<int64_t>> getSizes() const {
    if (!hasSizes)
      return std::nullopt;
    return llvm::ArrayRef<int64_t>(sizes);
  }

  /// What is wrong with it for a tensor of `rank`, or the empty string.
  std::string invalid(int64_t rank) const;
  /// The shape of the metadata of a tensor of `shape`, in which negative sizes
  /// are unknown; they give negative sizes.
  llvm::SmallVector<int64_t>
  getMetadataShape(llvm::ArrayRef<int64_t> shape) const;

  /// Calls `run(offset, length, metadata index)` for contiguous elements of a
  /// row-major tensor of `shape` that share one metadata value, in order; the
  /// metadata index is row-major too.
  void
  forEachRun(llvm::ArrayRef<int64_t> shape,
             llvm::function_ref<void(int64_t, int64_t, int64_t)> run) const;

private:
  std::optional<int64_t> axis;
  bool hasSizes = false;
  llvm::SmallVector<int64_t> sizes;
};

/// A way of cutting tensors of any rank, as options spell it.
class BlockRule {
public:
  BlockRule() = default;
  /// Errors name the spellings.
  static llvm::Expected<BlockRule> parse(llvm::StringRef spelling);
  std::string name() const;
  bool isTensor() const { return kind == Kind::Tensor; }
  /// The blocks of a tensor of `rank`, or an error that names the rank.
  llvm::Expected<Blocks> getBlocks(int64_t rank) const;

private:
  enum class Kind { Tensor, Axis, Row, Group, Sizes };
  Kind kind = Kind::Tensor;
  /// The axis, the group, or the sizes.
  llvm::SmallVector<int64_t> numbers;
};

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_BLOCKS_H
