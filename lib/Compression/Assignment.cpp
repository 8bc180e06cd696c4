//===- Assignment.cpp - which layer gets which precision ------------------===//

#include "edgebert/Compression/Assignment.h"
#include "Problem.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>
#include <numeric>

using namespace edgebert::compression;
using llvm::ArrayRef;
using llvm::Twine;

std::vector<unsigned>
edgebert::compression::orderByScore(ArrayRef<double> scores,
                                    ArrayRef<int64_t> parameters) {
  assert(scores.size() == parameters.size() && "expected one of each a layer");
  std::vector<unsigned> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  auto key = [&](unsigned i) {
    return std::pair(scores[i] / double(parameters[i]), i);
  };
  llvm::sort(order, [&](unsigned a, unsigned b) { return key(a) < key(b); });
  return order;
}

uint64_t edgebert::compression::countMonotone(unsigned formats,
                                              unsigned layers) {
  if (formats == 0)
    return layers == 0;
  // C(n, 1), C(n, 2), ... of n = layers + k: each product divides exactly.
  uint64_t count = 1;
  for (uint64_t k = 1; k < formats; ++k) {
    uint64_t factor = layers + k;
    if (count > std::numeric_limits<uint64_t>::max() / factor)
      return std::numeric_limits<uint64_t>::max();
    count = count * factor / k;
  }
  return count;
}

void edgebert::compression::forEachMonotone(
    unsigned formats, ArrayRef<unsigned> order,
    llvm::function_ref<void(ArrayRef<unsigned>)> visit) {
  if (formats == 0)
    return;
  std::vector<unsigned> assignment(order.size(), 0);
  while (true) {
    visit(assignment);
    // Raise the last layer of the order that can be raised; all after it start
    // from its new format.
    size_t i = order.size();
    while (i > 0 && assignment[order[i - 1]] + 1 == formats)
      --i;
    if (i == 0)
      return;
    unsigned raised = assignment[order[i - 1]] + 1;
    for (size_t k = i - 1; k < order.size(); ++k)
      assignment[order[k]] = raised;
  }
}

static llvm::Error check(ArrayRef<unsigned> order, const LayerCosts &costs) {
  if (costs.empty() || costs.front().empty())
    return problem("expected the costs of at least one objective and layer");
  size_t formats = costs.front().front().size();
  for (auto [index, objective] : llvm::enumerate(costs)) {
    if (objective.size() != order.size())
      return problem("objective " + Twine(index) + ": expected " +
                     Twine(order.size()) + " layers, got " +
                     Twine(objective.size()));
    for (const std::vector<double> &layer : objective)
      if (layer.size() != formats || formats == 0)
        return problem("objective " + Twine(index) +
                       ": expected the same formats for all layers");
  }
  std::vector<unsigned> sorted = order.vec();
  llvm::sort(sorted);
  for (auto [index, layer] : llvm::enumerate(sorted))
    if (index != layer)
      return problem("expected every layer once in the order");
  return llvm::Error::success();
}

/// Whether a is at most b in every objective.
static bool noWorse(ArrayRef<double> a, ArrayRef<double> b) {
  return llvm::all_of(llvm::zip_equal(a, b), [](auto pair) {
    return std::get<0>(pair) <= std::get<1>(pair);
  });
}

llvm::Expected<std::vector<Assignment>>
edgebert::compression::paretoFront(ArrayRef<unsigned> order,
                                   const LayerCosts &costs, uint64_t limit) {
  if (llvm::Error error = check(order, costs))
    return error;
  auto formats = unsigned(costs.front().front().size());
  uint64_t count = countMonotone(formats, unsigned(order.size()));
  if (count > limit)
    return problem(Twine(count) + " monotone assignments of " + Twine(formats) +
                   " formats to " + Twine(order.size()) +
                   " layers are more than the limit of " + Twine(limit));

  std::vector<Assignment> front;
  std::vector<double> sums(costs.size());
  forEachMonotone(formats, order, [&](ArrayRef<unsigned> assignment) {
    for (auto [objective, sum] : llvm::zip_equal(costs, sums)) {
      sum = 0;
      for (auto [layer, format] : llvm::enumerate(assignment))
        sum += objective[layer][format];
    }
    // Of equal costs the first one stays.
    if (llvm::any_of(front, [&](const Assignment &other) {
          return noWorse(other.costs, sums);
        }))
      return;
    llvm::erase_if(front, [&](const Assignment &other) {
      return noWorse(sums, other.costs);
    });
    front.push_back({assignment.vec(), sums});
  });
  llvm::sort(front, [](const Assignment &a, const Assignment &b) {
    return std::pair(a.costs, a.formats) < std::pair(b.costs, b.formats);
  });
  return front;
}

llvm::Expected<Assignment>
edgebert::compression::choose(ArrayRef<Assignment> assignments,
                              ArrayRef<double> weights,
                              ArrayRef<double> limits) {
  const Assignment *best = nullptr;
  double least = 0;
  for (const Assignment &assignment : assignments) {
    if (assignment.costs.size() != weights.size() ||
        assignment.costs.size() != limits.size())
      return problem("expected a weight and a limit for each of " +
                     Twine(assignment.costs.size()) + " objectives, got " +
                     Twine(weights.size()) + " and " + Twine(limits.size()));
    if (!noWorse(assignment.costs, limits))
      continue;
    double sum = 0;
    for (auto [cost, weight] : llvm::zip_equal(assignment.costs, weights))
      sum += cost * weight;
    if (!best || sum < least) {
      best = &assignment;
      least = sum;
    }
  }
  if (!best)
    return problem("none of the " + Twine(assignments.size()) +
                   " assignments meets the limits");
  return *best;
}
