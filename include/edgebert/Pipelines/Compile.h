//===- Compile.h - a model in, every form of it out -------------*- C++ -*-===//

#ifndef EDGEBERT_PIPELINES_COMPILE_H
#define EDGEBERT_PIPELINES_COMPILE_H

#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "edgebert/Import/ONNX.h"
#include "edgebert/Pipelines/Calibrate.h"

namespace edgebert {

struct CompileRequest {
  /// An .onnx file, or MLIR (text or bytecode) in any form.
  std::string input;
  onnx::ImportOptions import;
  /// Files go to this directory, which is created.
  std::string outputDirectory;
  /// A pipeline of compression passes to run on the model form, e.g.
  /// "mask-prune{sparsity=0.5},numfmt-quantize-weights{strategy=gptq ...}".
  /// Its result is written as model-compressed; what follows works on the
  /// weights it stands for, in f32.
  std::string compress;
  /// Forms to write; empty: the input's form and all after it.
  std::vector<accel::Form> emit;
  /// Calibration data (.npz), or a calibration file (.json) made before. Needed
  /// to leave the model form.
  std::string calibrate;
  int64_t calibrationRows = 64;
  unsigned threads = 1;
  std::string entry = "main";
  std::string format = "!numfmt.afp<8,3>";
  std::string strategy = "min-max";
  std::string machine = "asic";
  /// Whether element-wise functions of codes become tables (numfmt-tabulate).
  bool tabulate = true;
  /// Kinds of fault sites to put in (fault-instrument); empty: none.
  std::vector<std::string> faultSites;
  /// Whether to stop at the first exit that is sure (edgebert-early-exit).
  bool earlyExit = false;
  /// With earlyExit: whether to predict the exit and to slow down to it.
  bool dvfs = false;
  /// File of spans per layer and head (edgebert-apply-attention-spans), or "".
  std::string attentionSpans;
  /// Whether embedding tables are stored in eNVM (edgebert-place-embeddings).
  bool envmEmbeddings = false;
  accel::ScheduleStrategy schedule = accel::ScheduleStrategy::Best;
  /// Text or bytecode.
  bool bytecode = false;
};

/// The file of a form in an output directory, e.g. "out/command.mlir".
std::string getFormPath(llvm::StringRef directory, accel::Form form,
                        bool bytecode = false);

/// Loads an .onnx or MLIR file; emits diagnostics.
mlir::OwningOpRef<mlir::ModuleOp> loadModule(llvm::StringRef path,
                                             const onnx::ImportOptions &import,
                                             mlir::MLIRContext &context);

/// Compiles and writes; says on `log` what was written, what was quantized how
/// and what runs where. Nothing is written for a form that could not be made.
mlir::LogicalResult compile(const CompileRequest &request,
                            mlir::MLIRContext &context, llvm::raw_ostream &log);

} // namespace edgebert

#endif // EDGEBERT_PIPELINES_COMPILE_H
