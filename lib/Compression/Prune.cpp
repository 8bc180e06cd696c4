//===- Prune.cpp - weights to zero ----------------------------------------===//

#include "edgebert/Compression/Prune.h"
#include "Columns.h"
#include "LinearAlgebra.h"
#include "LowestScores.h"
#include "Problem.h"
#include "Strategies.h"

#include <cmath>
#include <random>

using namespace edgebert::compression;

bool edgebert::compression::needsData(PruneStrategy strategy) {
  return strategy != PruneStrategy::Magnitude &&
         strategy != PruneStrategy::Random;
}

Scope edgebert::compression::defaultScope(PruneStrategy strategy) {
  return strategy == PruneStrategy::Wanda ? Scope::Row : Scope::Tensor;
}

static llvm::Error check(MatrixView w, const Gram *gram, const Mask *mask,
                         bool needsGram) {
  if (needsGram && !gram)
    return problem("this pruner needs the layer's Gram matrix");
  return checkProblem(w, gram, mask);
}

llvm::Expected<Matrix>
edgebert::compression::score(MatrixView w, const Gram *gram,
                             const PruneOptions &options) {
  if (llvm::Error error = check(w, gram, nullptr, needsData(options.strategy)))
    return error;
  // Scores are |w|^power times a weight of the input.
  std::vector<double> perInput(w.columns, 1.0);
  bool squared = true;
  switch (options.strategy) {
  case PruneStrategy::Magnitude:
    squared = false;
    break;
  case PruneStrategy::Random: {
    Matrix scores(w.rows, w.columns);
    std::mt19937_64 random(options.seed);
    for (float &score : scores.storage)
      score = float(random() >> 40); // 24 bits: exact in f32
    return scores;
  }
  case PruneStrategy::Wanda:
    squared = false;
    perInput = gram->inputNorms();
    break;
  case PruneStrategy::Obd:
    for (int64_t j = 0; j < w.columns; ++j)
      perInput[j] = gram->hessian(j, j) / 2;
    break;
  case PruneStrategy::Obc:
  case PruneStrategy::SparseGpt: {
    Report report;
    InverseFactor factor =
        factorInverse(*gram, naturalOrder(w.columns), options.solver, report);
    std::vector<double> diagonal(w.columns);
    for (int64_t i = 0; i < w.columns; ++i)
      for (int64_t j = i; j < w.columns; ++j) {
        double u = factor.upper[i * w.columns + j];
        diagonal[j] += u * u;
      }
    for (int64_t j = 0; j < w.columns; ++j)
      perInput[j] = 1 / (2 * diagonal[j]);
    break;
  }
  }
  Matrix scores(w.rows, w.columns);
  for (int64_t r = 0; r < w.rows; ++r)
    for (int64_t c = 0; c < w.columns; ++c) {
      double magnitude = std::fabs(double(w(r, c)));
      scores(r, c) =
          float((squared ? magnitude * magnitude : magnitude) * perInput[c]);
    }
  return scores;
}

static Pruned finishPruned(MatrixView w, Mask mask, Matrix values,
                           const Gram *gram, Report report) {
  reportErrors(w, values, gram, report);
  return {std::move(mask), std::move(values), std::move(report)};
}

static llvm::Error checkSparseGpt(MatrixView w, const PruneOptions &options) {
  if (llvm::Error error = checkSparsity(options.sparsity))
    return error;
  if (llvm::Error error = options.pattern.check(w.rows, w.columns))
    return error;
  if (options.solver.blockColumns <= 0)
    return problem("expected a positive block of columns, got " +
                   llvm::Twine(options.solver.blockColumns));
  if (options.scope == Scope::Global)
    return problem("SparseGPT selects as it goes and cannot compare with "
                   "other matrices; transfer a mask selected globally");
  if (options.pattern.kind == PatternKind::Head ||
      (options.pattern.kind == PatternKind::Block &&
       options.solver.blockColumns % options.pattern.blockColumns != 0))
    return problem("pattern " + options.pattern.name() +
                   " does not fit into SparseGPT's blocks of " +
                   llvm::Twine(options.solver.blockColumns) +
                   " columns; transfer a mask instead");
  return llvm::Error::success();
}

llvm::Expected<Pruned>
edgebert::compression::prune(MatrixView w, const Gram *gram,
                             const PruneOptions &options) {
  if (llvm::Error error = check(w, gram, nullptr, needsData(options.strategy)))
    return error;
  switch (options.strategy) {
  case PruneStrategy::Obc:
    return obc(w, *gram, options);
  case PruneStrategy::SparseGpt: {
    if (llvm::Error error = checkSparseGpt(w, options))
      return error;
    Mask mask(w.rows, w.columns);
    Report report;
    auto values = solveColumns(
        {w, *gram, options.solver, nullptr, &mask, &options}, report);
    if (!values)
      return values.takeError();
    return finishPruned(w, std::move(mask), std::move(*values), gram,
                        std::move(report));
  }
  default:
    break;
  }
  auto scores = score(w, gram, options);
  if (!scores)
    return scores.takeError();
  auto mask = select(*scores, options.sparsity, options.pattern,
                     options.scope.value_or(defaultScope(options.strategy)));
  if (!mask)
    return mask.takeError();
  Matrix values = mask->apply(w);
  return finishPruned(w, std::move(*mask), std::move(values), gram, {});
}

/// Row by row: H_KK w_K = H_KK w_K(old) + H_KP w_P(old) for kept K, removed P.
static Matrix leastSquares(MatrixView w, const Gram &gram, const Mask &mask,
                           const SolverOptions &solver, Report &report) {
  std::vector<bool> dead = deadInputs(gram);
  double meanDiagonal = meanLiveDiagonal(gram);
  report.damping = solver.damping;
  Matrix values = mask.apply(w);
  for (int64_t r = 0; r < w.rows; ++r) {
    std::vector<int64_t> kept;
    for (int64_t j = 0; j < w.columns; ++j)
      if (mask.keeps(r, j) && !dead[j])
        kept.push_back(j);
    size_t k = kept.size();
    double damping = solver.damping;
    for (unsigned attempt = 0;; ++attempt) {
      std::vector<double> a(k * k), b(k);
      for (size_t i = 0; i < k; ++i) {
        for (size_t j = 0; j <= i; ++j)
          a[i * k + j] = gram.hessian(kept[i], kept[j]);
        a[i * k + i] += damping * meanDiagonal;
        for (int64_t j = 0; j < w.columns; ++j)
          if (!mask.keeps(r, j))
            b[i] += gram.hessian(kept[i], j) * double(w(r, j));
      }
      if (solvePositive(a, b)) {
        for (size_t i = 0; i < k; ++i)
          values(r, kept[i]) = float(double(w(r, kept[i])) + b[i]);
        break;
      }
      report.retries = std::max(report.retries, attempt + 1);
      if (attempt == solver.retries) {
        report.fallback = "the Gram matrix of the weights that stay is not "
                          "positive definite: they were left as they are";
        break;
      }
      damping = damping == 0 ? 0.01 : damping * 10;
      report.damping = std::max(report.damping, damping);
    }
  }
  return values;
}

llvm::Expected<Pruned> edgebert::compression::pruneWithMask(
    MatrixView w, const Gram *gram, const Mask &mask,
    Reconstruction reconstruction, const SolverOptions &solver) {
  if (llvm::Error error =
          check(w, gram, &mask, reconstruction != Reconstruction::None))
    return error;
  Report report;
  switch (reconstruction) {
  case Reconstruction::None:
    return finishPruned(w, mask, mask.apply(w), gram, std::move(report));
  case Reconstruction::LeastSquares: {
    Matrix values = leastSquares(w, *gram, mask, solver, report);
    return finishPruned(w, mask, std::move(values), gram, std::move(report));
  }
  case Reconstruction::Columns: {
    Mask kept = mask;
    auto values =
        solveColumns({w, *gram, solver, nullptr, &kept, nullptr}, report);
    if (!values)
      return values.takeError();
    return finishPruned(w, mask, std::move(*values), gram, std::move(report));
  }
  }
  llvm_unreachable("not a reconstruction");
}

llvm::Expected<PrunedAndQuantized>
edgebert::compression::pruneAndQuantize(MatrixView w, const Gram &gram,
                                        const PruneOptions &options,
                                        const GridOptions &gridOptions) {
  if (llvm::Error error = check(w, &gram, nullptr, true))
    return error;
  if (options.strategy != PruneStrategy::SparseGpt)
    return problem("only SparseGPT prunes and quantizes in one pass");
  if (llvm::Error error = checkSparseGpt(w, options))
    return error;
  if (llvm::Error error = gridOptions.check())
    return error;
  Grid grid(gridOptions, w.rows, w.columns);
  Mask mask(w.rows, w.columns);
  Report report;
  auto values =
      solveColumns({w, gram, options.solver, &grid, &mask, &options}, report);
  if (!values)
    return values.takeError();
  auto quantized =
      finish(w, std::move(grid), *values, &gram, &mask, std::move(report));
  if (!quantized)
    return quantized.takeError();
  return PrunedAndQuantized{std::move(mask), std::move(*quantized)};
}
