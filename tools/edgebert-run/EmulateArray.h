//===- EmulateArray.h - round arrays of files to a format -------*- C++ -*-===//

#ifndef EDGEBERT_TOOLS_EDGEBERT_RUN_EMULATEARRAY_H
#define EDGEBERT_TOOLS_EDGEBERT_RUN_EMULATEARRAY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

struct EmulationRequest {
  /// A format as its type is spelled, or one of its presets.
  std::string format;
  /// Which elements share metadata: `tensor`, `axis=1`, `row`, `group=32` or
  /// `blocks=1x32`.
  std::string blocks = "tensor";
  /// Of stochastic rounding; array i of the file is tensor i.
  uint64_t seed = 0;
  /// float32 arrays: one (.npy) or several (.npz).
  std::string inputs;
  /// Values and codes, of the inputs' kind of file; empty: none.
  std::string outputs, codes;
  /// Times this many emulations of each array, and plain copies in turn.
  unsigned time = 0;
};

/// Rounds each array under metadata chosen for it; prints what that loses.
llvm::Error emulateArrays(const EmulationRequest &request,
                          llvm::raw_ostream &os);

#endif // EDGEBERT_TOOLS_EDGEBERT_RUN_EMULATEARRAY_H
