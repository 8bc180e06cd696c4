//===- C.h - a command-form module as a C driver ----------------*- C++ -*-===//
//
// The driver is C99 for the host processor, with an image of the DRAM that it
// shares with the chip: the initialised regions at their addresses, then the
// host's own constants. It touches the chip only by three functions that its
// user provides, and computes the bits that edgebert-run computes: both lower
// the host's part with the same passes.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_TARGET_C_H
#define EDGEBERT_TARGET_C_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace edgebert::target {

struct CDriverOptions {
  /// The function to run.
  std::string entry = "main";
  /// Names the header in the source: NAME.h.
  std::string name = "driver";
};

/// The files of a driver.
struct CDriver {
  std::string source, header;
  std::vector<char> image;
};

/// Emits the driver of a module in the command form, which stays as it is. A
/// module in another form, or an operation without an equivalent in C, is a
/// diagnostic.
mlir::FailureOr<CDriver> emitCDriver(mlir::ModuleOp module,
                                     const CDriverOptions &options = {});

/// Writes NAME.c (`path`, which must end so), NAME.h and NAME.bin.
llvm::Error writeCDriver(const CDriver &driver, llvm::StringRef path);

/// Where everything in DRAM is, as bytes from the chip's address 0.
struct DramLayout {
  /// The end of the last region, and of all constants behind it.
  uint64_t regionsEnd = 0, end = 0;
  /// Of every memref.global with a value, by its symbol.
  llvm::StringMap<uint64_t> constants;

  static DramLayout of(mlir::ModuleOp module);
};

} // namespace edgebert::target

#endif // EDGEBERT_TARGET_C_H
