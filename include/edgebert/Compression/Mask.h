//===- Mask.h - which weights stay ------------------------------*- C++ -*-===//
//
// A mask, the patterns it may have to follow, and the selection of one from
// scores. Everything is exact: `sparsity` of n weights means llround(sparsity
// n) zeros, and of weights with equal scores those with the higher row-major
// index go first (the reading of thesis 10.3.1, where Q(3.9, 4.0) = (4, 4) is
// pruned to (4, 0)).
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_COMPRESSION_MASK_H
#define EDGEBERT_COMPRESSION_MASK_H

#include "edgebert/Compression/Matrix.h"
#include "llvm/Support/Error.h"

#include <string>
#include <utility>
#include <vector>

namespace edgebert::compression {

/// One bit per weight, set where the weight stays.
class Mask {
public:
  Mask() = default;
  /// All weights stay.
  Mask(int64_t rows, int64_t columns);
  /// Weights that are not zero stay.
  static Mask ofNonZeros(MatrixView w);
  /// From bits in row-major order, the first in the least significant bit of
  /// the first byte; bits beyond the last weight are ignored.
  static Mask ofBytes(int64_t rows, int64_t columns,
                      llvm::ArrayRef<uint8_t> bytes);

  int64_t rows() const { return numRows; }
  int64_t columns() const { return numColumns; }
  int64_t size() const { return numRows * numColumns; }
  bool keeps(int64_t index) const { return bits[index / 8] >> index % 8 & 1; }
  bool keeps(int64_t r, int64_t c) const { return keeps(r * numColumns + c); }
  void keep(int64_t index, bool stays);
  /// Number of weights that do not stay.
  int64_t zeros() const;
  double sparsity() const { return double(zeros()) / double(size()); }
  /// As `ofBytes` takes it; the bits beyond the last weight are zero.
  llvm::ArrayRef<uint8_t> bytes() const { return bits; }

  /// W with zeros where the mask has them.
  Matrix apply(MatrixView w) const;
  /// Whether W is zero wherever the mask says so.
  bool isKeptBy(MatrixView w) const;
  /// Weights on which two masks of one shape differ.
  int64_t differences(const Mask &other) const;
  bool operator==(const Mask &other) const {
    return numRows == other.numRows && numColumns == other.numColumns &&
           bits == other.bits;
  }

private:
  int64_t numRows = 0;
  int64_t numColumns = 0;
  std::vector<uint8_t> bits;
};

/// The sets of weights among which scores are compared.
enum class Scope {
  Tensor, ///< the whole matrix
  Row,    ///< each row (output) by itself: every row gets the same sparsity
  Global, ///< all matrices together (`selectGlobally`)
};

/// The shape of what is removed at once.
enum class PatternKind {
  Unstructured, ///< single weights
  NM,           ///< all but n of each m consecutive inputs; sparsity (m-n)/m
  Block,        ///< blocks of blockRows x blockColumns weights
  Head,         ///< all weights of an attention head
};

/// Which axis of a weight matrix the heads divide: the rows of the query, key
/// and value projections, the columns of the output projection.
enum class HeadAxis { Rows, Columns };

struct Pattern {
  PatternKind kind = PatternKind::Unstructured;
  /// Kind NM: n stay of m.
  unsigned n = 2, m = 4;
  /// Kind Block; 1 x 16 are the lanes the accelerator skips.
  int64_t blockRows = 1, blockColumns = 16;
  /// Kind Head.
  int64_t heads = 12;
  HeadAxis headAxis = HeadAxis::Rows;

  static Pattern nm(unsigned n, unsigned m);
  static Pattern block(int64_t rows, int64_t columns);
  static Pattern head(int64_t heads, HeadAxis axis);

  /// As options spell it: unstructured, 2:4, 1x16, head12 or head12c.
  std::string name() const;
  static llvm::Expected<Pattern> parse(llvm::StringRef spelling);
  /// Why a matrix of this shape cannot follow the pattern, or success. Blocks
  /// must divide the matrix; m must divide the inputs.
  llvm::Error check(int64_t rows, int64_t columns) const;
  /// Rows and columns of what is removed at once from a matrix that fits; a
  /// single weight for Unstructured and NM.
  std::pair<int64_t, int64_t> unit(int64_t rows, int64_t columns) const;
};

/// The mask that removes the weights with the lowest scores, as many as the
/// sparsity and the pattern say (`sparsity` is ignored by N:M). A block's score
/// is the sum of its weights' scores. Scores may be negative; a NaN counts as
/// lowest. Scope Global is an error here.
llvm::Expected<Mask> select(MatrixView scores, double sparsity,
                            const Pattern &pattern = {},
                            Scope scope = Scope::Tensor);

/// The masks of several matrices that together remove the lowest scores of all
/// (ties: the later matrix goes first). Unstructured and Block.
llvm::Expected<std::vector<Mask>>
selectGlobally(llvm::ArrayRef<MatrixView> scores, double sparsity,
               const Pattern &pattern = {});

/// A projection of an attention block and the axis its heads divide.
struct HeadPart {
  MatrixView scores;
  HeadAxis axis = HeadAxis::Rows;
};

/// Removes the same heads from all projections of an attention block: those
/// with the lowest scores summed over all parts.
llvm::Expected<std::vector<Mask>> selectHeads(llvm::ArrayRef<HeadPart> parts,
                                              int64_t heads, double sparsity);

/// Whether the mask follows the pattern (for N:M: at most n stay in each m).
bool follows(const Mask &mask, const Pattern &pattern);

} // namespace edgebert::compression

#endif // EDGEBERT_COMPRESSION_MASK_H
