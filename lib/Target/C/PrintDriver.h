//===- PrintDriver.h - the text of a driver ---------------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_TARGET_C_PRINTDRIVER_H
#define EDGEBERT_LIB_TARGET_C_PRINTDRIVER_H

#include "edgebert/Execution/Program.h"
#include "edgebert/Target/C.h"

namespace edgebert::target {

/// What the text says about a driver beside its functions.
struct DriverDescription {
  /// NAME of NAME.h and NAME.bin.
  std::string name;
  llvm::SmallVector<execution::Port> inputs, outputs;
  DramLayout dram;
  uint64_t imageSize = 0, arenaSize = 0;
};

/// The function that holds the host program.
inline constexpr llvm::StringLiteral kProgramFunction = "edgebert_program";

/// `text` as a C string literal.
std::string quote(llvm::StringRef text);

/// NAME.h: sizes, what the user provides, what the driver provides.
std::string printHeader(const DriverDescription &driver);

/// NAME.c around the functions of `module`, which is EmitC.
mlir::FailureOr<std::string> printSource(const DriverDescription &driver,
                                         mlir::ModuleOp module);

} // namespace edgebert::target

#endif // EDGEBERT_LIB_TARGET_C_PRINTDRIVER_H
