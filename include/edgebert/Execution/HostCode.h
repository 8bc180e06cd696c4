//===- HostCode.h - functions compiled for the host -------------*- C++ -*-===//

#ifndef EDGEBERT_EXECUTION_HOSTCODE_H
#define EDGEBERT_EXECUTION_HOSTCODE_H

#include "edgebert/Execution/HostPipeline.h"
#include "edgebert/Execution/Runtime.h"
#include "mlir/IR/BuiltinOps.h"
#include <vector>

namespace mlir {
class ExecutionEngine;
} // namespace mlir

namespace edgebert::execution {

struct ProgramOptions {
  HostPipelineOptions pipeline;
  /// Functions that the code may call, beside those of Runtime.h.
  std::vector<RuntimeSymbol> symbols;
  /// Level of LLVM's optimisation and code generation, 0 to 3.
  unsigned optLevel = 3;
  int threads = 1;
};

/// How long the parts of a compilation took, in milliseconds.
struct CompileTimes {
  double lowering = 0, codeGeneration = 0;
};

/// Runs buildHostPreparePipeline on `module` and leaves only what the entry
/// function uses.
llvm::Error prepareHostCode(mlir::ModuleOp module,
                            const ProgramOptions &options);

/// Machine code of some functions on static tensors.
class HostCode {
public:
  /// Takes a table of words: for each argument, each result and the arena the
  /// allocated and the aligned pointer, the offset, sizes and strides.
  using EntryPoint = void (*)(const int64_t *);
  struct Entry {
    EntryPoint run = nullptr;
    /// Bytes of temporaries.
    int64_t arenaSize = 0;
  };

  /// Compiles the functions `entries` of `module`, which
  /// prepareHostCode has prepared, and lowers the module. An operation
  /// that cannot be executed is an error that names it. The code may run on
  /// several threads at once, each with its own arena.
  static llvm::Expected<std::unique_ptr<HostCode>>
  compile(mlir::ModuleOp module, llvm::ArrayRef<std::string> entries,
          const ProgramOptions &options);
  ~HostCode();

  const Entry &getEntry(size_t number) const { return entries[number]; }
  const CompileTimes &getTimes() const { return times; }

private:
  HostCode() = default;
  std::vector<Entry> entries;
  CompileTimes times;
  std::unique_ptr<mlir::ExecutionEngine> engine;
};

/// Appends the words of a row-major memref at `data`.
void appendMemRef(std::vector<int64_t> &words, const void *data,
                  llvm::ArrayRef<int64_t> shape);

} // namespace edgebert::execution

#endif // EDGEBERT_EXECUTION_HOSTCODE_H
