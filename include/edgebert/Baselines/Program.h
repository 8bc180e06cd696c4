//===- Program.h - what a baseline does, step by step ----------*- C++ -*-===//
//
// The three programs the thesis compares (9.6.2), lowered from one layer:
//
//   core            everything on the Ariane RISC-V core, in naive loops
//   systolic        matrix products in 32x32 tiles on a systolic array, sums of
//                   tiles and everything else on the core
//   thesis-driver   the thesis's own EdgeBERT program (9.5.4): a tile is 16
//   rows
//                   by 16 columns, and the core copies every operand together
//
// A step is either work of the core, named by the kernel that does it and its
// sizes (bench/baselines/core_kernels.h; what those cost is counted, not known
// here), or hardware, with its cycles.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_BASELINES_PROGRAM_H
#define EDGEBERT_BASELINES_PROGRAM_H

#include "edgebert/Baselines/Layer.h"
#include "edgebert/Machine/Description.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/raw_ostream.h"

namespace edgebert::baselines {

/// The thesis's columns (9.6.2). Register: writing registers before an
/// operation. Read, Write: data onto and off the accelerator. Compute: the
/// accelerator, and element-wise work of the core. Malloc: allocation of
/// intermediate matrices. Memset: the core moving data so that an accelerator
/// can read it. Transpose: the attention's transposed matrix.
enum class Category {
  Register,
  Read,
  Write,
  Compute,
  Malloc,
  Memset,
  Transpose
};
inline constexpr unsigned kNumCategories = 7;
/// "register", "read", "write", "compute", "malloc", "memset", "transpose".
llvm::StringRef stringifyCategory(Category category);

struct Step {
  Module module = Module::Attention;
  Category category = Category::Compute;
  /// The operation it belongs to.
  OpKind kind = OpKind::Matmul;
  std::string op;
  int64_t times = 1;
  /// Work of the core: a function of core_kernels.h and its sizes. Empty for
  /// hardware.
  std::string kernel;
  llvm::SmallVector<int64_t, 3> sizes;
  /// Hardware: what happens and its cycles, each time.
  std::string hardware;
  uint64_t cycles = 0;
};

struct Program {
  std::string name;
  std::vector<Step> steps;
};

/// A weight-stationary systolic array that multiplies one [32, 32] tile by
/// another per invocation (thesis 9.6.2: "limited to two arrays of size
/// 32x32"). Operands and results are bytes: the array scales its sums down
/// (ESP's bare-metal driver of hu_sysarray).
struct SystolicArray {
  /// Processing elements; the weights are rows x columns, an operand row has
  /// `rows` elements.
  unsigned rows = 32, columns = 32;

  /// Cycles to multiply `streamed` operand rows by one tile of weights: the
  /// weights shift in, one row per cycle; the operand rows follow, skewed; the
  /// last sum leaves after it has crossed both dimensions. Textbook [Kun82],
  /// thesis 2.7.
  uint64_t cycles(unsigned streamed) const {
    uint64_t fill = rows, stream = streamed, drain = rows + columns - 2;
    return fill + stream + drain;
  }
};

/// Emit an error at an operation with a scalar op that no kernel of the core
/// computes.
mlir::FailureOr<Program> lowerToCore(const Layer &layer,
                                     const machine::Description &soc);
mlir::FailureOr<Program> lowerToSystolic(const Layer &layer,
                                         const machine::Description &soc,
                                         const SystolicArray &array);
mlir::FailureOr<Program> lowerToThesisDriver(const Layer &layer,
                                             const machine::Description &soc);

/// The steps, and the layer's MACs and elements per module and kind, as JSON.
void writeJson(const Program &program, const Layer &layer,
               llvm::raw_ostream &os);
/// A C program that calls the kernels as the steps say, on one set of buffers
/// filled with a constant: like the thesis's driver it is there to be timed.
/// All steps must be work of the core.
void writeC(const Program &program, llvm::raw_ostream &os);

} // namespace edgebert::baselines

#endif // EDGEBERT_BASELINES_PROGRAM_H
