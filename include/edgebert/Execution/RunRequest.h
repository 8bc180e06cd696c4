//===- RunRequest.h - what edgebert-run does with a program -----*- C++ -*-===//

#ifndef EDGEBERT_EXECUTION_RUNREQUEST_H
#define EDGEBERT_EXECUTION_RUNREQUEST_H

#include "edgebert/Execution/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <functional>

namespace edgebert::execution {

struct RunRequest {
  /// A .npz; empty: the program has no inputs.
  std::string inputs;
  /// INPUT=ARRAY pairs, for inputs whose array has another name, or
  /// INPUT=NUMBER, for a float input that is full of it.
  std::vector<std::string> bindings;
  /// Inputs of one row that all rows get, in place of arrays of the file.
  std::vector<NamedArray> shared;
  /// Called after every row, if set.
  std::function<void()> afterRow;
  /// A .npz or, for one output, a .npy; empty: print small outputs.
  std::string outputs;
  std::optional<int64_t> limit;
  /// OUTPUT:ARRAY pairs to compare, the arrays are those of `inputs`.
  std::vector<std::string> golden;
  /// Largest |found - golden| / max(1, |golden|).
  double tolerance = 1e-4;
  /// The array of `inputs` that holds one class per row.
  std::string labels;
  /// Whether to print outputs that go nowhere else.
  bool printOutputs = true;
  /// Number of timed runs; 0: none.
  unsigned time = 0;
};

/// The arrays of the .npz at `path` that `inputs` names; see RunRequest for
/// `bindings` and `shared`. A missing input is an error that names it.
llvm::Expected<std::vector<NamedArray>>
readInputs(llvm::StringRef path, llvm::ArrayRef<Port> inputs,
           llvm::ArrayRef<std::string> bindings = {},
           llvm::ArrayRef<NamedArray> shared = {});

/// Largest absolute and relative difference; relative to max(1, |golden|).
struct Difference {
  double absolute = 0, relative = 0;
};
/// Compares the rows of `found` with the first rows of `golden`.
llvm::Expected<Difference> compare(const Array &found, const Array &golden,
                                   llvm::StringRef name);

/// Prints an array as nested lists; long ones are cut.
void print(llvm::raw_ostream &os, const NamedArray &array);

/// Runs `program` as asked, reports on `os` and returns the outputs of all
/// rows. Fails when an array is missing or does not fit, when a golden
/// comparison exceeds the tolerance and when a `check` operation failed.
llvm::Expected<std::vector<NamedArray>>
fulfil(const RunRequest &request, Program &program, llvm::raw_ostream &os);

} // namespace edgebert::execution

#endif // EDGEBERT_EXECUTION_RUNREQUEST_H
