//===- GraphImport.h - an ONNX graph to one function ------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_IMPORT_ONNX_GRAPHIMPORT_H
#define EDGEBERT_LIB_IMPORT_ONNX_GRAPHIMPORT_H

#include "ModelFile.h"
#include "NodeImport.h"

#include "edgebert/Import/ONNX.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringSet.h"

namespace onnx {
class GraphProto;
class ValueInfoProto;
} // namespace onnx

namespace edgebert::onnx {

/// Imports the main graph of a model, once.
class GraphImport {
public:
  GraphImport(llvm::StringRef path, ModelFile &file,
              const ImportOptions &options, mlir::MLIRContext &context);
  mlir::OwningOpRef<mlir::ModuleOp> run();

private:
  struct Input {
    std::string name;
    DType type;
    Shape shape;
  };

  // The steps of run(), in order; each emits its own diagnostics.
  mlir::LogicalResult chooseOpset();
  mlir::LogicalResult collectWeights();
  mlir::LogicalResult resolveInputs();
  mlir::LogicalResult checkOrder();
  void checkOperators();
  void buildFunction();
  mlir::LogicalResult importNodes();
  mlir::LogicalResult importNode(const ::onnx::NodeProto &node);
  mlir::LogicalResult returnOutputs();
  mlir::LogicalResult reportUnsupported();

  mlir::FailureOr<Input> resolveInput(const ::onnx::ValueInfoProto &info,
                                      llvm::StringMap<int64_t> &symbols,
                                      std::string &dynamic);
  TensorRef weightTensor(const ::onnx::TensorProto &proto,
                         llvm::StringRef name);
  mlir::InFlightDiagnostic error(const llvm::Twine &message);
  void remark(const llvm::Twine &message);
  mlir::InFlightDiagnostic nodeError(const ::onnx::NodeProto &node,
                                     const llvm::Twine &message);
  void addUnsupported(const ::onnx::NodeProto &node, const llvm::Twine &reason);

  llvm::StringRef path;
  ModelFile &file;
  const ImportOptions &options;
  mlir::MLIRContext &context;
  const ::onnx::GraphProto &graph;
  OperatorTable operators;
  int64_t opset = 0;

  std::vector<Input> inputs;
  /// Every value by name. Null: not imported, because what makes it is
  /// unsupported.
  llvm::StringMap<TensorRef> values;
  std::vector<std::string> unsupported;
  llvm::SmallPtrSet<const ::onnx::NodeProto *, 8> skipped;

  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  std::unique_ptr<TensorBuilder> builder;
};

} // namespace edgebert::onnx

#endif // EDGEBERT_LIB_IMPORT_ONNX_GRAPHIMPORT_H
