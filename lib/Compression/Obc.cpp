//===- Obc.cpp - the exact greedy removal ---------------------------------===//
//
// Frantar et al. 2022 (arXiv 2208.11580), algorithms 1 and 2: on each row
// remove the weight with the least w^2 / [H^-1]_qq and let the others make up,
// again and again, noting what each removal costs. Rows do not affect each
// other, so the removals of all rows, each row's in its order, are taken up to
// the asked number by what they cost. The weights left are then the least
// squares solution on the kept set, which the same removals would have reached.
//
//===----------------------------------------------------------------------===//

#include "Elimination.h"
#include "LowestScores.h"
#include "Problem.h"
#include "Strategies.h"

#include <queue>

using namespace edgebert::compression;

namespace {

/// One row's removals in order, and what each costs.
struct Trace {
  std::vector<int64_t> removed;
  std::vector<double> costs;
};

Trace traceRow(llvm::ArrayRef<float> weights,
               const std::vector<double> &inverse, const Pattern &pattern,
               int64_t removals) {
  Trace trace;
  Elimination row(weights, inverse);
  bool grouped = pattern.kind == PatternKind::NM;
  int64_t m = grouped ? pattern.m : row.size();
  std::vector<int64_t> left((row.size() + m - 1) / m,
                            grouped ? pattern.m - pattern.n : removals);
  while (int64_t(trace.removed.size()) < removals) {
    int64_t best = -1;
    for (int64_t q = 0; q < row.size(); ++q)
      if (!row.isFixed(q) && left[q / m] > 0 &&
          (best < 0 || row.cost(q, 0) <= row.cost(best, 0)))
        best = q;
    trace.removed.push_back(best);
    trace.costs.push_back(row.cost(best, 0));
    --left[best / m];
    row.fix(best, 0);
  }
  return trace;
}

/// How many removals each row makes so that `zeros` are made together at the
/// least cost.
std::vector<int64_t> shareRemovals(llvm::ArrayRef<Trace> traces,
                                   int64_t zeros) {
  std::vector<int64_t> counts(traces.size());
  using Entry = std::pair<double, int64_t>; // the cheapest, the last row first
  std::priority_queue<Entry> queue;
  auto push = [&](int64_t r) {
    if (counts[r] < int64_t(traces[r].costs.size()))
      queue.emplace(-traces[r].costs[counts[r]], r);
  };
  for (size_t r = 0; r < traces.size(); ++r)
    push(int64_t(r));
  for (; zeros > 0 && !queue.empty(); --zeros) {
    int64_t r = queue.top().second;
    queue.pop();
    ++counts[r];
    push(r);
  }
  return counts;
}

} // namespace

llvm::Expected<Pruned> edgebert::compression::obc(MatrixView w,
                                                  const Gram &gram,
                                                  const PruneOptions &options) {
  bool grouped = options.pattern.kind == PatternKind::NM;
  if (!grouped && options.pattern.kind != PatternKind::Unstructured)
    return problem("pattern " + options.pattern.name() +
                   ": OBC removes single weights; transfer a mask instead");
  if (llvm::Error error = options.pattern.check(w.rows, w.columns))
    return error;
  if (llvm::Error error = checkSparsity(options.sparsity))
    return error;
  if (options.scope == Scope::Global)
    return problem("OBC compares within a matrix");

  Report report;
  std::vector<double> inverse = inverseOf(
      factorInverse(gram, naturalOrder(w.columns), options.solver, report));
  bool byRow = options.scope == Scope::Row || grouped;
  int64_t perRow = grouped ? w.columns / options.pattern.m *
                                 (options.pattern.m - options.pattern.n)
                   : byRow ? zerosOf(options.sparsity, w.columns)
                           : w.columns;
  perRow =
      std::min(perRow, byRow ? perRow : zerosOf(options.sparsity, w.size()));
  std::vector<Trace> traces;
  for (int64_t r = 0; r < w.rows; ++r) {
    traces.push_back(traceRow(w.row(r), inverse, options.pattern, perRow));
    if (options.progress)
      options.progress(double(r + 1) / double(w.rows));
  }
  std::vector<int64_t> counts =
      byRow ? std::vector<int64_t>(w.rows, perRow)
            : shareRemovals(traces, zerosOf(options.sparsity, w.size()));

  Mask mask(w.rows, w.columns);
  for (int64_t r = 0; r < w.rows; ++r)
    for (int64_t i = 0; i < counts[r]; ++i)
      mask.keep(r * w.columns + traces[r].removed[i], false);
  SolverOptions solver = options.solver;
  solver.damping = report.damping;
  auto pruned =
      pruneWithMask(w, &gram, mask, Reconstruction::LeastSquares, solver);
  if (pruned && !report.fallback.empty())
    pruned->report.fallback = report.fallback;
  return pruned;
}
