//===- NodeImport.h - one ONNX node during import ---------------*- C++ -*-===//
//
// What an operator's handler sees: checked access to inputs and attributes, the
// builder, and the two ways to fail.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_IMPORT_ONNX_NODEIMPORT_H
#define EDGEBERT_LIB_IMPORT_ONNX_NODEIMPORT_H

#include "TensorBuilder.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Support/LogicalResult.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"

namespace onnx {
class AttributeProto;
class NodeProto;
class TensorProto;
} // namespace onnx

namespace edgebert::onnx {

/// A node with resolved inputs. Handlers return success after setting every
/// output that the node names, or the result of error() or unsupported().
class NodeImport {
public:
  using Diagnose =
      llvm::function_ref<mlir::InFlightDiagnostic(const llvm::Twine &)>;
  using Resolve = llvm::function_ref<TensorRef(const ::onnx::TensorProto &)>;

  NodeImport(const ::onnx::NodeProto &node, int64_t opset, TensorBuilder &b,
             llvm::ArrayRef<TensorRef> inputs, Diagnose diagnose,
             Resolve resolve);

  const ::onnx::NodeProto &node;
  /// Version of the default domain.
  const int64_t opset;
  TensorBuilder &b;

  // Inputs. in() may only be asked for inputs that has() confirms; those the
  // operator table requires are present.
  bool has(size_t i) const { return i < inputs.size() && inputs[i]; }
  size_t numInputs() const { return inputs.size(); }
  const TensorRef &in(size_t i) const { return inputs[i]; }
  llvm::ArrayRef<TensorRef> allInputs() const { return inputs; }
  size_t numOutputs() const;
  bool wantsOutput(size_t i) const;

  /// Input i as integers; error if it is not an integer tensor, unsupported if
  /// it is run-time data.
  mlir::FailureOr<Shape> knownInts(size_t i, llvm::StringRef what);
  /// Input i as one number (float or integer); unsupported if run-time data.
  mlir::FailureOr<double> knownNumber(size_t i, llvm::StringRef what);
  mlir::LogicalResult requireFloat(size_t i);
  mlir::LogicalResult requireSameTypes(llvm::ArrayRef<TensorRef> operands);
  /// `axis` in [0, rank), counted from the end if negative.
  mlir::FailureOr<int64_t> normalizeAxis(int64_t axis, int64_t rank);
  /// Sorted, normalised and distinct axes.
  mlir::FailureOr<Shape> normalizeAxes(ShapeRef axes, int64_t rank);
  mlir::FailureOr<Shape> broadcastShape(llvm::ArrayRef<TensorRef> operands);

  // Attributes. A wrong attribute type or an absurd size is reported and makes
  // failed() true; the default is returned so that handlers need no check.
  bool hasAttr(llvm::StringRef name) const;
  int64_t intAttr(llvm::StringRef name, int64_t absent);
  float floatAttr(llvm::StringRef name, float absent);
  std::string stringAttr(llvm::StringRef name, llvm::StringRef absent);
  Shape intsAttr(llvm::StringRef name, ShapeRef absent = {});
  const ::onnx::AttributeProto *attr(llvm::StringRef name) const;
  TensorRef tensor(const ::onnx::TensorProto &proto) { return resolve(proto); }

  // Results.
  mlir::LogicalResult set(TensorRef result, size_t output = 0);
  llvm::ArrayRef<TensorRef> results() const { return outputs; }

  /// The node breaks a rule of ONNX: emits the diagnostic, import stops.
  mlir::LogicalResult error(const llvm::Twine &message);
  /// The node is legal but not handled: joins the list, import goes on.
  mlir::LogicalResult unsupported(const llvm::Twine &reason);
  bool failed() const { return hasFailed; }
  llvm::StringRef unsupportedReason() const { return reason; }

private:
  const ::onnx::AttributeProto *typedAttr(llvm::StringRef name, int type);

  llvm::ArrayRef<TensorRef> inputs;
  llvm::SmallVector<TensorRef> outputs;
  Diagnose diagnose;
  Resolve resolve;
  std::string reason;
  bool hasFailed = false;
};

/// How the importer treats an operator type.
struct Operator {
  unsigned minInputs, maxInputs;
  unsigned maxOutputs;
  mlir::LogicalResult (*import)(NodeImport &);
};
constexpr unsigned anyNumber = ~0u;

/// Operator types of the default domain.
using OperatorTable = llvm::StringMap<Operator>;
void addElementwiseOperators(OperatorTable &table);
void addActivationOperators(OperatorTable &table);
void addLogicOperators(OperatorTable &table);
void addMatMulOperators(OperatorTable &table);
void addConvolutionOperators(OperatorTable &table);
void addPoolingOperators(OperatorTable &table);
void addReductionOperators(OperatorTable &table);
void addNormalizationOperators(OperatorTable &table);
void addShapeOperators(OperatorTable &table);
void addIndexingOperators(OperatorTable &table);
void addConstantOperators(OperatorTable &table);

} // namespace edgebert::onnx

#endif // EDGEBERT_LIB_IMPORT_ONNX_NODEIMPORT_H
