//===- Grid.h - the values a weight may take --------------------*- C++ -*-===//
//
// The quantizers only need "the nearest point of the grid", so they work with
// every number format: a grid is a format plus one metadata value (scale or
// exponent bias) for each group of weights of a matrix.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_COMPRESSION_GRID_H
#define EDGEBERT_COMPRESSION_GRID_H

#include "edgebert/Compression/Matrix.h"
#include "edgebert/Numerics/Format.h"

#include <memory>
#include <vector>

namespace edgebert::compression {

/// The weights that share one metadata value.
enum class Granularity {
  Tensor,  ///< all
  Channel, ///< a row (output)
  Group,   ///< `groupSize` consecutive inputs of a row; the last may be short
};

/// How a group's metadata is chosen: the format's metadata for r max|w|, where
enum class RangeSearch {
  Max,        ///< r = 1: nothing saturates
  Fixed,      ///< r = `ratio`
  Error,      ///< r gives the least sum |w - Q(w)|^norm
  Percentile, ///< r max|w| is the `percentile` of |w|
};

struct GridOptions {
  explicit GridOptions(numerics::Format format) : format(std::move(format)) {}
  numerics::Format format;
  Granularity granularity = Granularity::Channel;
  int64_t groupSize = 128;
  RangeSearch search = RangeSearch::Max;
  double ratio = 1.0;
  /// Error: the exponent, and the candidates 1, 1 - maxShrink/steps, ...
  double norm = 2.4;
  unsigned steps = 100;
  double maxShrink = 0.8;
  /// Percentile: the share of weights that does not saturate.
  double percentile = 0.999;

  /// Why the options make no sense, or success.
  llvm::Error check() const;
};

/// The options' metadata for one group of weights.
numerics::Metadata fitMetadata(llvm::ArrayRef<float> w,
                               const GridOptions &options);

/// The grid of one matrix.
class Grid {
public:
  /// All metadata zero until `fit`.
  Grid(GridOptions options, int64_t rows, int64_t columns);
  /// With given metadata, in the order of `metadata()`.
  Grid(GridOptions options, int64_t rows, int64_t columns,
       std::vector<numerics::Metadata> metadata);

  const GridOptions &options() const { return opts; }
  const numerics::Format &format() const { return opts.format; }
  int64_t rows() const { return numRows; }
  int64_t columns() const { return numColumns; }
  /// Columns of a group (all of them unless the granularity is Group), and the
  /// number of groups in a row.
  int64_t groupColumns() const { return perGroup; }
  int64_t groupsPerRow() const {
    return (numColumns + perGroup - 1) / perGroup;
  }
  /// The group of a weight, an index into `metadata()`.
  int64_t group(int64_t r, int64_t c) const {
    return opts.granularity == Granularity::Tensor
               ? 0
               : r * groupsPerRow() + c / perGroup;
  }
  /// One per group: [1], [rows] or [rows x groups per row].
  llvm::ArrayRef<numerics::Metadata> metadata() const { return values; }
  numerics::Metadata metadata(int64_t r, int64_t c) const {
    return values[group(r, c)];
  }
  void setMetadata(int64_t r, int64_t c, numerics::Metadata m) {
    values[group(r, c)] = m;
  }

  /// Chooses all metadata from W.
  void fit(MatrixView w);
  /// Chooses the metadata of the groups that begin at column `c`, from W.
  void fitColumn(MatrixView w, int64_t c);

  uint32_t encode(float x, int64_t r, int64_t c) const {
    return opts.format.encode(x, metadata(r, c));
  }
  float decode(uint32_t code, int64_t r, int64_t c) const {
    return opts.format.decode(code, metadata(r, c));
  }
  float nearest(float x, int64_t r, int64_t c) const {
    return decode(encode(x, r, c), r, c);
  }
  /// Codes of all weights, `format().storageBytes()` each, and their values.
  std::vector<uint8_t> encode(MatrixView w) const;
  Matrix decode(llvm::ArrayRef<uint8_t> codes) const;

private:
  GridOptions opts;
  int64_t numRows;
  int64_t numColumns;
  int64_t perGroup;
  std::vector<numerics::Metadata> values;
};

} // namespace edgebert::compression

#endif // EDGEBERT_COMPRESSION_GRID_H
