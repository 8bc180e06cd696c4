//===- Grid.cpp - the values a weight may take ----------------------------===//

#include "edgebert/Compression/Grid.h"
#include "Problem.h"
#include "edgebert/Numerics/Arithmetic.h"

#include <algorithm>
#include <cmath>

using namespace edgebert::compression;
using edgebert::numerics::Metadata;
using edgebert::numerics::NativeArithmetic;
using llvm::ArrayRef;
using llvm::Twine;

llvm::Error GridOptions::check() const {
  if (granularity == Granularity::Group && groupSize <= 0)
    return problem("expected a positive group size, got " + Twine(groupSize));
  if (search == RangeSearch::Fixed && !(ratio > 0))
    return problem("expected a positive range ratio, got " + shown(ratio));
  if (search == RangeSearch::Error &&
      !(norm > 0 && steps > 0 && maxShrink >= 0 && maxShrink < 1))
    return problem("a range search by error needs a positive norm, at least "
                   "one step and a shrink from 0 to below 1");
  if (search == RangeSearch::Percentile && !(percentile > 0 && percentile <= 1))
    return problem("expected a percentile above 0 and at most 1, got " +
                   shown(percentile));
  return llvm::Error::success();
}

/// max|w|; NaN if there is one. On the bit patterns, which order magnitudes as
/// integers do, so that the loop vectorises.
static float maxMagnitude(ArrayRef<float> w) {
  uint32_t most = 0;
  for (float x : w)
    most = std::max(most, NativeArithmetic::bits(x) & 0x7fffffffu);
  return NativeArithmetic::fromBits(most);
}

static double errorUnder(ArrayRef<float> w, Metadata metadata,
                         const GridOptions &options,
                         std::vector<float> &buffer) {
  buffer.resize(w.size());
  options.format.emulate(w, buffer, metadata);
  double sum = 0;
  for (size_t i = 0; i < w.size(); ++i) {
    double error = std::fabs(double(w[i]) - double(buffer[i]));
    sum += options.norm == 2 ? error * error : std::pow(error, options.norm);
  }
  return sum;
}

Metadata edgebert::compression::fitMetadata(ArrayRef<float> w,
                                            const GridOptions &options) {
  float most = maxMagnitude(w);
  Metadata best = options.format.chooseMetadata(most);
  switch (options.search) {
  case RangeSearch::Max:
    return best;
  case RangeSearch::Fixed:
    return options.format.chooseMetadata(float(options.ratio * most));
  case RangeSearch::Percentile: {
    std::vector<float> sorted;
    for (float x : w)
      sorted.push_back(std::fabs(x));
    auto rank = size_t(std::ceil(options.percentile * double(w.size())));
    auto at = sorted.begin() + (std::max<size_t>(rank, 1) - 1);
    std::nth_element(sorted.begin(), at, sorted.end());
    return options.format.chooseMetadata(*at);
  }
  case RangeSearch::Error:
    break;
  }
  std::vector<float> buffer;
  double least = errorUnder(w, best, options, buffer);
  Metadata previous = best;
  for (unsigned step = 1; step <= options.steps; ++step) {
    double ratio = 1 - options.maxShrink * step / options.steps;
    Metadata candidate = options.format.chooseMetadata(float(ratio * most));
    if (candidate.word == previous.word) // an exponent moves in big steps
      continue;
    previous = candidate;
    double error = errorUnder(w, candidate, options, buffer);
    if (error < least) {
      least = error;
      best = candidate;
    }
  }
  return best;
}

Grid::Grid(GridOptions options, int64_t rows, int64_t columns)
    : opts(std::move(options)), numRows(rows), numColumns(columns),
      perGroup(opts.granularity == Granularity::Group
                   ? std::min(opts.groupSize, columns)
                   : columns) {
  values.resize(opts.granularity == Granularity::Tensor
                    ? 1
                    : size_t(rows * groupsPerRow()));
}

Grid::Grid(GridOptions options, int64_t rows, int64_t columns,
           std::vector<Metadata> metadata)
    : Grid(std::move(options), rows, columns) {
  assert(metadata.size() == values.size() && "expected one value per group");
  values = std::move(metadata);
}

void Grid::fit(MatrixView w) {
  if (opts.granularity == Granularity::Tensor) {
    values[0] = fitMetadata(w.all(), opts);
    return;
  }
  for (int64_t c = 0; c < numColumns; c += perGroup)
    fitColumn(w, c);
}

void Grid::fitColumn(MatrixView w, int64_t c) {
  assert(opts.granularity != Granularity::Tensor && c % perGroup == 0 &&
         "expected the first column of a group");
  int64_t width = std::min(perGroup, numColumns - c);
  for (int64_t r = 0; r < numRows; ++r)
    setMetadata(r, c, fitMetadata(w.row(r).slice(c, width), opts));
}

std::vector<uint8_t> Grid::encode(MatrixView w) const {
  assert(w.rows == numRows && w.columns == numColumns && "shapes differ");
  int64_t bytes = opts.format.storageBytes();
  std::vector<uint8_t> codes(size_t(w.size() * bytes));
  llvm::MutableArrayRef<uint8_t> out(codes);
  for (int64_t r = 0; r < numRows; ++r)
    for (int64_t c = 0; c < numColumns; c += perGroup) {
      int64_t width = std::min(perGroup, numColumns - c);
      opts.format.encode(w.row(r).slice(c, width),
                         out.slice((r * numColumns + c) * bytes, width * bytes),
                         metadata(r, c));
    }
  return codes;
}

Matrix Grid::decode(ArrayRef<uint8_t> codes) const {
  int64_t bytes = opts.format.storageBytes();
  Matrix w(numRows, numColumns);
  for (int64_t r = 0; r < numRows; ++r)
    for (int64_t c = 0; c < numColumns; c += perGroup) {
      int64_t width = std::min(perGroup, numColumns - c);
      opts.format.decode(
          codes.slice((r * numColumns + c) * bytes, width * bytes),
          w.row(r).slice(c, width), metadata(r, c));
    }
  return w;
}
