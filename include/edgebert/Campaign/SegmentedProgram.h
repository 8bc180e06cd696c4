//===- SegmentedProgram.h - a program compiled in segments ------*- C++ -*-===//
//
// The machine code of a SegmentGraph, its constants, and what its values are
// without a fault (golden values). Shared by all threads; each thread calls it
// with a Workspace of its own.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_CAMPAIGN_SEGMENTEDPROGRAM_H
#define EDGEBERT_CAMPAIGN_SEGMENTEDPROGRAM_H

#include "edgebert/Campaign/SegmentGraph.h"

namespace edgebert::campaign {

/// Bytes that start at a cache line, uninitialised.
class Buffer {
public:
  Buffer() = default;
  explicit Buffer(int64_t size);
  char *get() const { return data; }

private:
  std::unique_ptr<char[]> memory;
  char *data = nullptr;
};

/// Scratch memory of one thread.
struct Workspace {
  Buffer arena;
  /// The argument table of each entry; only its pointers change.
  std::vector<std::vector<int64_t>> words;
};

/// All values of one fault-free run; constants are null.
struct GoldenRun {
  std::vector<Buffer> values;
};

struct SegmentedProgramOptions {
  std::string entry = "main";
  /// Outputs to compute; empty: all.
  std::vector<std::string> outputs;
  /// Rows of the second version of each segment; 0: none.
  int64_t variantRows = 32;
};

class SegmentedProgram {
public:
  /// Compiles a copy of `module`, which has sites. The context must outlive
  /// the program: weights are used where it keeps them.
  static llvm::Expected<std::unique_ptr<SegmentedProgram>>
  load(mlir::ModuleOp module, const SegmentedProgramOptions &options);
  ~SegmentedProgram();

  const SegmentGraph &getGraph() const { return *graph; }
  /// A hash of the code and of the constants, the same in every process.
  uint64_t getHash() const { return hash; }

  Workspace createWorkspace() const;

  /// Runs segment `number`: `inputs` and `outputs` are the bytes of its values.
  void run(int number, llvm::ArrayRef<const char *> inputs,
           llvm::ArrayRef<char *> outputs, Workspace &workspace) const;
  /// Runs its second version, on rows.
  void runVariant(int number, llvm::ArrayRef<const char *> inputs,
                  llvm::ArrayRef<char *> outputs, Workspace &workspace) const;

  /// The bytes of a constant.
  const char *getConstant(int value) const { return constants[value]; }

  /// Golden values for the bytes of the program's inputs.
  GoldenRun runGolden(llvm::ArrayRef<const char *> inputs,
                      Workspace &workspace) const;
  /// The bytes of any value in a golden run.
  const char *getGolden(const GoldenRun &golden, int value) const {
    return constants[value] ? constants[value] : golden.values[value].get();
  }

private:
  SegmentedProgram() = default;
  void call(size_t entry, llvm::ArrayRef<const char *> inputs,
            llvm::ArrayRef<char *> outputs, Workspace &workspace) const;

  std::unique_ptr<SegmentGraph> graph;
  std::unique_ptr<execution::HostCode> code;
  /// The entry of each segment's variant, or -1.
  std::vector<int> variantEntries;
  int64_t arenaSize = 0;
  uint64_t hash = 0;
  /// Argument tables without pointers, and where the pointers go.
  std::vector<std::vector<int64_t>> tables;
  std::vector<std::vector<int>> pointerPositions;
  /// Per value; null for what depends on inputs.
  std::vector<const char *> constants;
  std::vector<Buffer> constantBuffers;
};

} // namespace edgebert::campaign

#endif // EDGEBERT_CAMPAIGN_SEGMENTEDPROGRAM_H
