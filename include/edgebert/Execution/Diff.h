//===- Diff.h - where two forms of a program part ---------------*- C++ -*-===//
//
// Forms of one program carry probes with the same ids in the same order. Two
// runs on the same inputs are compared probe by probe, bit by bit.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_EXECUTION_DIFF_H
#define EDGEBERT_EXECUTION_DIFF_H

#include "edgebert/Execution/Accelerator.h"
#include "edgebert/Execution/Npy.h"

#include <optional>
#include <string>
#include <vector>

namespace edgebert::execution {

/// A probed or returned value, copied.
struct RecordedValue {
  std::string id;
  std::vector<char> bytes;
  bool isF32 = false;
};

/// What one run showed: its probes in order, then its outputs.
struct Recording {
  std::vector<RecordedValue> values;

  void add(const ProbedValue &value);
  void add(const NamedArray &output);
};

/// The first difference between two runs.
struct FormDifference {
  std::string id;
  /// Set if the values cannot be compared (one is missing, sizes differ).
  std::string mismatch;
  bool isF32 = false;
  int64_t numElements = 0, numDifferent = 0;
  /// Up to 8 differing elements: index and both values (codes as unsigned).
  struct Element {
    int64_t index;
    double left, right;
  };
  std::vector<Element> elements;

  /// Several lines for a person.
  std::string describe() const;
};

/// Compares bit by bit. Ids that only one side has at all (a probe that was
/// removed from a form) are not an error; order and contents of the common ones
/// must agree.
std::optional<FormDifference> compareRecordings(const Recording &left,
                                                const Recording &right);

} // namespace edgebert::execution

#endif // EDGEBERT_EXECUTION_DIFF_H
