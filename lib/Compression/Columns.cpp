//===- Columns.cpp - one column after the other, the rest makes up --------===//

#include "Columns.h"
#include "LinearAlgebra.h"
#include "LowestScores.h"
#include "Problem.h"

#include "llvm/ADT/STLExtras.h"

#include <cblas.h>

#include <cmath>

using namespace edgebert::compression;
using llvm::Twine;

namespace {

/// Columns that one pass over a row handles without matrix products.
constexpr int64_t kLeafColumns = 16;

class ColumnSolver {
public:
  ColumnSolver(const ColumnProblem &problem, Report &report)
      : problem(problem), n(problem.w.columns),
        w(withoutDeadInputs(problem.w, problem.gram)),
        errors(problem.w.rows, problem.w.columns), order(naturalOrder(n)) {
    if (problem.solver.actOrder) {
      const Matrix &products = problem.gram.products();
      llvm::sort(order, [&](int64_t a, int64_t b) {
        return std::pair(-products(a, a), a) < std::pair(-products(b, b), b);
      });
    }
    InverseFactor factor =
        factorInverse(problem.gram, order, problem.solver, report);
    u.assign(factor.upper.begin(), factor.upper.end());
  }

  llvm::Error planUnits();
  Matrix run();

private:
  void solve(size_t level, int64_t begin, int64_t end);
  void enter(int64_t size, int64_t begin, int64_t end);
  void selectBlock(int64_t begin, int64_t end);
  void selectNM(int64_t row, int64_t begin);
  void solveLeaf(int64_t begin, int64_t end);
  bool keeps(int64_t r, int64_t k) const {
    return !problem.mask || problem.mask->keeps(r, order[k]);
  }
  bool selectsNM() const {
    return problem.selection &&
           problem.selection->pattern.kind == PatternKind::NM;
  }

  const ColumnProblem &problem;
  int64_t n;
  Matrix w, errors;
  std::vector<int64_t> order;
  std::vector<float> u;
  /// Sizes of the units of columns that must be up to date when they are
  /// entered, largest first, each dividing the one before; last the leaf.
  std::vector<int64_t> sizes;
  int64_t fitSize = 0, selectSize = 0;
};

} // namespace

llvm::Error ColumnSolver::planUnits() {
  const PruneOptions *selection = problem.selection;
  if (selection && problem.solver.actOrder &&
      selection->pattern.kind != PatternKind::Unstructured)
    return ::problem("pattern " + selection->pattern.name() +
                     " cannot be selected in act-order: its weights are not "
                     "visited together");
  if (problem.grid && !problem.solver.actOrder &&
      problem.grid->options().granularity == Granularity::Group)
    fitSize = problem.grid->groupColumns();
  if (selection && !selectsNM())
    selectSize = problem.solver.blockColumns;
  int64_t leaf = kLeafColumns;
  if (selectsNM()) {
    int64_t m = selection->pattern.m;
    leaf = m * std::max<int64_t>(1, kLeafColumns / m);
    if (fitSize % m)
      return ::problem("groups of " + Twine(fitSize) +
                       " weights cut the pattern " + selection->pattern.name());
  }
  int64_t large = std::max(fitSize, selectSize);
  int64_t small = std::min(fitSize, selectSize);
  if (small && large % small && large < n)
    return ::problem("expected the group size and the solver's block of "
                     "columns to divide one another, got " +
                     Twine(fitSize) + " and " + Twine(selectSize));
  for (int64_t size : {large, small, leaf})
    if (size && (sizes.empty() || size < sizes.back()))
      sizes.push_back(size);
  return llvm::Error::success();
}

Matrix ColumnSolver::run() {
  if (problem.grid && !fitSize)
    problem.grid->fit(problem.mask ? problem.mask->apply(w) : w);
  auto permute = [&](const Matrix &from, bool back) {
    Matrix to(from.rows, from.columns);
    for (int64_t r = 0; r < w.rows; ++r)
      for (int64_t k = 0; k < n; ++k)
        (back ? to(r, order[k]) : to(r, k)) =
            back ? from(r, k) : from(r, order[k]);
    return to;
  };
  if (problem.solver.actOrder)
    w = permute(w, /*back=*/false);
  solve(0, 0, n);
  return problem.solver.actOrder ? permute(w, /*back=*/true) : std::move(w);
}

/// Columns begin to end, in units of sizes[level]: first half, its effect on
/// the second, second half.
void ColumnSolver::solve(size_t level, int64_t begin, int64_t end) {
  int64_t units = (end - begin + sizes[level] - 1) / sizes[level];
  if (units > 1) {
    int64_t middle = begin + units / 2 * sizes[level];
    solve(level, begin, middle);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, int(w.rows),
                int(end - middle), int(middle - begin), -1.0f,
                errors.data() + begin, int(n), u.data() + begin * n + middle,
                int(n), 1.0f, w.data() + middle, int(n));
    return solve(level, middle, end);
  }
  enter(sizes[level], begin, end);
  if (level + 1 == sizes.size())
    solveLeaf(begin, end);
  else
    solve(level + 1, begin, end);
}

void ColumnSolver::enter(int64_t size, int64_t begin, int64_t end) {
  if (size == selectSize)
    selectBlock(begin, end);
  if (size != fitSize)
    return;
  Matrix group(w.rows, end - begin);
  for (int64_t r = 0; r < w.rows; ++r)
    for (int64_t k = begin; k < end; ++k)
      group(r, k - begin) = keeps(r, k) ? w(r, k) : 0;
  for (int64_t r = 0; r < w.rows; ++r)
    problem.grid->setMetadata(
        r, begin, fitMetadata(group.row(r), problem.grid->options()));
}

/// Removes the lowest w^2 / U_jj^2 of the columns begin to end, so many that
/// all columns up to `end` have the sparsity together.
void ColumnSolver::selectBlock(int64_t begin, int64_t end) {
  Matrix scores(w.rows, end - begin);
  for (int64_t r = 0; r < w.rows; ++r)
    for (int64_t k = begin; k < end; ++k) {
      float scaled = w(r, k) / u[k * n + k];
      scores(r, k - begin) = scaled * scaled;
    }
  const PruneOptions &options = *problem.selection;
  Scope scope = options.scope.value_or(Scope::Tensor);
  Shape unit = options.pattern.unit(w.rows, n);
  int64_t before =
      begin / unit.second * (scope == Scope::Row ? 1 : w.rows / unit.first);
  Mask chosen = selectUnits(scores, unit, scope, [&](int64_t units) {
    return zerosOf(options.sparsity, before + units) -
           zerosOf(options.sparsity, before);
  });
  for (int64_t r = 0; r < w.rows; ++r)
    for (int64_t k = begin; k < end; ++k)
      if (!chosen.keeps(r, k - begin))
        problem.mask->keep(r * n + order[k], false);
}

/// The same for the m weights of a row from `begin`.
void ColumnSolver::selectNM(int64_t row, int64_t begin) {
  const Pattern &pattern = problem.selection->pattern;
  for (unsigned removed = 0; removed < pattern.m - pattern.n; ++removed) {
    int64_t lowest = -1;
    float least = 0;
    for (int64_t k = begin; k < begin + pattern.m; ++k) {
      float score = std::fabs(w(row, k) / u[k * n + k]);
      if (keeps(row, k) && (lowest < 0 || !(score > least))) {
        least = score;
        lowest = k;
      }
    }
    problem.mask->keep(row * n + order[lowest], false);
  }
}

void ColumnSolver::solveLeaf(int64_t begin, int64_t end) {
  bool choose = selectsNM();
  for (int64_t r = 0; r < w.rows; ++r) {
    float *row = w.data() + r * n;
    for (int64_t j = begin; j < end; ++j) {
      if (choose && j % problem.selection->pattern.m == 0)
        selectNM(r, j);
      float x = row[j], q = x;
      if (!keeps(r, j))
        q = 0;
      else if (problem.grid)
        q = problem.grid->nearest(x, r, order[j]);
      float error = (x - q) / u[j * n + j];
      row[j] = q;
      errors(r, j) = error;
      for (int64_t k = j + 1; k < end; ++k)
        row[k] -= error * u[j * n + k];
    }
  }
}

llvm::Expected<Matrix>
edgebert::compression::solveColumns(const ColumnProblem &problem,
                                    Report &report) {
  ColumnSolver solver(problem, report);
  if (llvm::Error error = solver.planUnits())
    return error;
  return solver.run();
}
