//===- Program.h - compiled IR that runs on the host ------------*- C++ -*-===//
//
// Compiles the entry function of a module with LLVM's JIT and runs it on
// arrays. Any form can be compiled; what is not upstream's is lowered by the
// extensions in ProgramOptions.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_EXECUTION_PROGRAM_H
#define EDGEBERT_EXECUTION_PROGRAM_H

#include "edgebert/Execution/HostCode.h"
#include "edgebert/Execution/Npy.h"

#include <deque>

namespace edgebert::execution {

/// One argument or result of the entry function.
struct Port {
  std::string name;
  DType dtype;
  llvm::SmallVector<int64_t> shape;
  std::string describe() const { return execution::describe(dtype, shape); }
};

/// The port of an argument or result of `type`, called `fallback` without a
/// name; an error if arrays of numpy cannot be passed as it.
llvm::Expected<Port> getPort(mlir::Type type, mlir::StringAttr name,
                             const llvm::Twine &fallback);

/// Compiled code with its scratch memory: one run at a time.
class Program {
public:
  /// Compiles a copy of `module`. Weights are not copied: they are used where
  /// the module's context keeps them, so the context must outlive the program.
  /// An operation that cannot be executed is an error that names it.
  static llvm::Expected<std::unique_ptr<Program>>
  load(mlir::ModuleOp module, const ProgramOptions &options = {});
  ~Program();

  llvm::ArrayRef<Port> getInputs() const { return inputs; }
  llvm::ArrayRef<Port> getOutputs() const { return outputs; }
  const CompileTimes &getCompileTimes() const { return times; }
  /// Bytes of all temporaries.
  int64_t getArenaSize() const { return code->getEntry(0).arenaSize; }

  /// Runs once. `arrays` holds every input by name, in any order, with exactly
  /// its type and shape; others are ignored.
  llvm::Expected<std::vector<NamedArray>>
  run(llvm::ArrayRef<NamedArray> arrays);

  /// Runs once per row if every input has a leading dimension of 1 and every
  /// array has the same other number N of rows there; the outputs, whose
  /// leading dimension must be 1 too, or which are repeated as a whole, are
  /// stacked along a new or the leading dimension. Runs once if the shapes are
  /// those of the inputs. `limit` bounds the rows; `afterRow` is called after
  /// each.
  llvm::Expected<std::vector<NamedArray>>
  runRows(llvm::ArrayRef<NamedArray> arrays,
          std::optional<int64_t> limit = std::nullopt,
          llvm::function_ref<void()> afterRow = nullptr);

  /// How often runRows would run on `arrays`; an error if they do not fit.
  llvm::Expected<int64_t> getNumRows(llvm::ArrayRef<NamedArray> arrays) const;
  /// The inputs of one of these runs.
  std::vector<NamedArray> getRow(llvm::ArrayRef<NamedArray> arrays,
                                 int64_t row) const;
  /// Runs of the entry function so far, timed ones included.
  int64_t getNumRuns() const { return numRuns; }

  /// Milliseconds of each of `count` runs, after one that is not counted.
  llvm::Expected<std::vector<double>> time(llvm::ArrayRef<NamedArray> arrays,
                                           unsigned count);

private:
  Program() = default;
  llvm::Error compile(mlir::ModuleOp module, const ProgramOptions &options);
  llvm::Error readSignature(mlir::ModuleOp module, llvm::StringRef entry);
  llvm::Expected<std::vector<const char *>>
  findInputs(llvm::ArrayRef<NamedArray> arrays) const;
  void invoke(llvm::ArrayRef<const char *> inputData,
              llvm::ArrayRef<char *> outputData);

  /// A constant that became an argument.
  struct Weight {
    const char *data;
    llvm::SmallVector<int64_t> shape;
    /// Holds the bytes when the constant's own cannot be used.
    std::vector<char> storage;
  };

  std::vector<Port> inputs, outputs;
  /// Never moved: `data` may point into `storage`.
  std::deque<Weight> weights;
  std::unique_ptr<char[]> arena;
  CompileTimes times;
  int64_t numRuns = 0;
  std::unique_ptr<HostCode> code;
};

} // namespace edgebert::execution

#endif // EDGEBERT_EXECUTION_PROGRAM_H
