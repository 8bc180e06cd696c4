//===- SegmentGraph.h - a program cut at its fault sites --------*- C++ -*-===//
//
// A fault changes one stored value; what was computed before it stays as it
// was. So the entry function of an instrumented module is cut behind every
// `fault.site`, and a trial computes only what depends on the value that it
// changed. A segment is the part of the program that the next site needs and
// that no segment before it computes. Values that cross from segment to
// segment, weights, inputs and outputs are numbered.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_CAMPAIGN_SEGMENTGRAPH_H
#define EDGEBERT_CAMPAIGN_SEGMENTGRAPH_H

#include "edgebert/Dialect/Fault/Transforms/Sites.h"
#include "edgebert/Execution/Program.h"

#include <deque>

namespace edgebert::campaign {

/// A place where faults strike: the elements of one value.
struct Site : fault::Site {
  /// The number of the value.
  int value = 0;
};

/// A tensor that crosses segments.
struct Value {
  execution::DType dtype = execution::DType::F32;
  llvm::SmallVector<int64_t> shape;
  int64_t numBytes = 0;
  /// Whether it is the same for all inputs: weights and what is made of them.
  bool isConstant = false;
  /// A weight's bytes, or null.
  const char *weight = nullptr;
  /// The segment that computes it, or -1.
  int producer = -1;
  /// The segments that read it, ascending.
  std::vector<int> readers;
  /// The site behind it, or -1.
  int site = -1;
  /// Whether it is an output of the program.
  bool isOutput = false;
  /// The dimension along which segments compute rows apart, or -1.
  int64_t rowDim = -1;

  int64_t getNumRows() const { return rowDim < 0 ? 1 : shape[rowDim]; }
};

/// A second version of a segment that computes `numRows` rows of any of its
/// program's runs (see RowVariants.h).
struct RowVariant {
  std::string function;
  int64_t numRows = 0;
  /// For each input of the segment, whether rows are passed, or all of it.
  std::vector<bool> byRows;
};

struct Segment {
  std::string function;
  /// Numbers of values.
  std::vector<int> inputs, outputs;
  bool isConstant = false;
  std::optional<RowVariant> variant;
};

struct SegmentGraph {
  std::vector<execution::Port> inputs, outputs;
  std::vector<Value> values;
  /// In an order in which they can run.
  std::vector<Segment> segments;
  /// In program order.
  std::vector<Site> sites;
  /// The value of each input and output.
  std::vector<int> inputValues, outputValues;
  /// Holds the bytes of weights that their attributes do not keep.
  std::deque<std::vector<char>> storage;
};

/// Cuts the function `entry` of `module`, as buildHostPreparePipeline leaves
/// it. The function is replaced by one function per segment. Outputs that
/// `outputs` does not name, and what only they need, are left out (empty: all
/// stay). An error if a site is inside a loop, or for an unknown output.
llvm::Expected<std::unique_ptr<SegmentGraph>>
splitAtSites(mlir::ModuleOp module, llvm::StringRef entry,
             llvm::ArrayRef<std::string> outputs);

} // namespace edgebert::campaign

#endif // EDGEBERT_CAMPAIGN_SEGMENTGRAPH_H
