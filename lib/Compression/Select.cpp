//===- Select.cpp - masks from scores -------------------------------------===//

#include "LowestScores.h"
#include "Problem.h"
#include "edgebert/Compression/Mask.h"

#include <algorithm>

using namespace edgebert::compression;
using llvm::ArrayRef;

void edgebert::compression::forLowest(
    ArrayRef<float> scores, int64_t count,
    llvm::function_ref<void(int64_t)> remove) {
  if (count <= 0)
    return;
  auto rank = [](float score) { return std::isnan(score) ? -INFINITY : score; };
  std::vector<float> sorted(scores.size());
  llvm::transform(scores, sorted.begin(), rank);
  auto last = sorted.begin() + (count - 1);
  std::nth_element(sorted.begin(), last, sorted.end());
  float threshold = *last;
  // Everything below goes; of those at the threshold, the last ones.
  int64_t below = 0, at = 0;
  for (float score : scores) {
    below += rank(score) < threshold;
    at += rank(score) == threshold;
  }
  int64_t spared = at - (count - below);
  for (int64_t i = 0, e = int64_t(scores.size()); i < e; ++i) {
    float score = rank(scores[i]);
    if (score < threshold || (score == threshold && spared-- <= 0))
      remove(i);
  }
}

llvm::Error edgebert::compression::checkSparsity(double sparsity) {
  if (sparsity >= 0 && sparsity <= 1)
    return llvm::Error::success();
  return problem("expected a sparsity from 0 to 1, got " + shown(sparsity));
}

namespace {

/// The sums of the scores of each unit, in row-major order of units.
Matrix unitScores(MatrixView scores, Shape unit) {
  auto [height, width] = unit;
  Matrix sums(scores.rows / height, scores.columns / width);
  std::vector<double> row(sums.columns);
  for (int64_t r = 0; r < scores.rows; ++r) {
    for (int64_t c = 0; c < scores.columns; ++c)
      row[c / width] += scores(r, c);
    if ((r + 1) % height)
      continue;
    llvm::copy(row, sums.row(r / height).begin());
    llvm::fill(row, 0.0);
  }
  return sums;
}

void removeUnit(Mask &mask, int64_t index, Shape unit) {
  auto [height, width] = unit;
  int64_t perRow = mask.columns() / width;
  int64_t top = index / perRow * height, left = index % perRow * width;
  for (int64_t r = top; r < top + height; ++r)
    for (int64_t c = left; c < left + width; ++c)
      mask.keep(r * mask.columns() + c, false);
}

} // namespace

Mask edgebert::compression::selectUnits(
    MatrixView scores, Shape unit, Scope scope,
    llvm::function_ref<int64_t(int64_t)> zeros) {
  Mask mask(scores.rows, scores.columns);
  bool single = unit == Shape(1, 1);
  Matrix sums = single ? Matrix() : unitScores(scores, unit);
  MatrixView units = single ? scores : MatrixView(sums);
  int64_t perSet = scope == Scope::Row ? units.columns : units.size();
  for (int64_t i = 0; i < units.size(); i += perSet)
    forLowest(units.all().slice(i, perSet), zeros(perSet),
              [&](int64_t k) { removeUnit(mask, i + k, unit); });
  return mask;
}

llvm::Expected<Mask> edgebert::compression::select(MatrixView scores,
                                                   double sparsity,
                                                   const Pattern &pattern,
                                                   Scope scope) {
  if (llvm::Error error = checkSparsity(sparsity))
    return error;
  if (llvm::Error error = pattern.check(scores.rows, scores.columns))
    return error;
  if (scope == Scope::Global)
    return problem("a global scope needs the scores of all matrices");

  if (pattern.kind == PatternKind::NM) {
    Mask mask(scores.rows, scores.columns);
    for (int64_t i = 0; i < scores.size(); i += pattern.m)
      forLowest(scores.all().slice(i, pattern.m), pattern.m - pattern.n,
                [&](int64_t k) { mask.keep(i + k, false); });
    return mask;
  }

  return selectUnits(scores, pattern.unit(scores.rows, scores.columns), scope,
                     [&](int64_t n) { return zerosOf(sparsity, n); });
}

llvm::Expected<std::vector<Mask>>
edgebert::compression::selectGlobally(ArrayRef<MatrixView> scores,
                                      double sparsity, const Pattern &pattern) {
  if (llvm::Error error = checkSparsity(sparsity))
    return error;
  if (pattern.kind != PatternKind::Unstructured &&
      pattern.kind != PatternKind::Block)
    return problem("pattern " + pattern.name() +
                   ": a global selection takes unstructured or blocks");
  std::vector<float> all;
  std::vector<Mask> masks;
  for (MatrixView matrix : scores) {
    if (llvm::Error error = pattern.check(matrix.rows, matrix.columns))
      return error;
    Matrix units =
        unitScores(matrix, pattern.unit(matrix.rows, matrix.columns));
    all.insert(all.end(), units.storage.begin(), units.storage.end());
    masks.emplace_back(matrix.rows, matrix.columns);
  }
  size_t matrix = 0;
  int64_t begin = 0;
  Shape unit = pattern.unit(0, 0);
  int64_t perUnit = unit.first * unit.second;
  forLowest(all, zerosOf(sparsity, int64_t(all.size())), [&](int64_t index) {
    while (index - begin >= masks[matrix].size() / perUnit)
      begin += masks[matrix++].size() / perUnit;
    removeUnit(masks[matrix], index - begin, unit);
  });
  return masks;
}

llvm::Expected<std::vector<Mask>>
edgebert::compression::selectHeads(ArrayRef<HeadPart> parts, int64_t heads,
                                   double sparsity) {
  if (llvm::Error error = checkSparsity(sparsity))
    return error;
  std::vector<double> sums(heads > 0 ? heads : 0);
  std::vector<Mask> masks;
  for (const HeadPart &part : parts) {
    Pattern pattern = Pattern::head(heads, part.axis);
    if (llvm::Error error =
            pattern.check(part.scores.rows, part.scores.columns))
      return error;
    Matrix units = unitScores(
        part.scores, pattern.unit(part.scores.rows, part.scores.columns));
    for (int64_t head = 0; head < heads; ++head)
      sums[head] += units.storage[head];
    masks.emplace_back(part.scores.rows, part.scores.columns);
  }
  std::vector<float> scores(sums.begin(), sums.end());
  forLowest(scores, zerosOf(sparsity, heads), [&](int64_t head) {
    for (auto [part, mask] : llvm::zip_equal(parts, masks))
      removeUnit(
          mask, head,
          Pattern::head(heads, part.axis).unit(mask.rows(), mask.columns()));
  });
  return masks;
}
