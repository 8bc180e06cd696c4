//===- CodeTensors.h - tensors of codes behind f32 values -------*- C++ -*-===//

#ifndef EDGEBERT_LIB_CONVERSION_LINALGTOEDGEBERT_CODETENSORS_H
#define EDGEBERT_LIB_CONVERSION_LINALGTOEDGEBERT_CODETENSORS_H

#include "edgebert/Conversion/Passes.h"
#include "llvm/ADT/DenseMap.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace edgebert {

/// AdaptivFloat<8,3> codes and the one exponent bias they are read with.
struct Codes {
  mlir::Value codes;
  int bias = 0;
};

/// Finds, moves and makes tensors of codes. Moving a constant makes a constant.
class CodeTensors {
public:
  explicit CodeTensors(mlir::OpBuilder &builder) : builder(builder) {}

  /// !numfmt.afp<8,3>.
  mlir::Type getCodeType();

  /// The codes that `value` (f32) is the meaning of: its dequantize's operand,
  /// or that moved as `value` was moved. New ops go to the insertion point.
  std::optional<Codes> get(mlir::Value value);

  mlir::Value transpose(mlir::Value codes, llvm::ArrayRef<int64_t> permutation);
  mlir::Value reshape(mlir::Value codes, llvm::ArrayRef<int64_t> shape);
  /// [rows, columns] to [rows, repeats * columns], each row after itself.
  mlir::Value repeatColumns(mlir::Location loc, mlir::Value codes,
                            int64_t repeats);
  /// The first columns of each row.
  mlir::Value takeColumns(mlir::Location loc, mlir::Value codes,
                          int64_t columns);
  /// Stored as a resource named after `hint`.
  mlir::Value createConstant(mlir::Location loc, llvm::ArrayRef<int64_t> shape,
                             llvm::ArrayRef<char> codes, llvm::StringRef hint);
  /// The same, once for equal contents, and at the start of the function:
  /// layers share their parameters.
  mlir::Value getSharedConstant(mlir::Location loc,
                                llvm::ArrayRef<int64_t> shape,
                                llvm::ArrayRef<char> codes,
                                llvm::StringRef hint);
  /// `constant` with the fault site that `original` (f32) has on its codes, if
  /// these are the same codes under the same bias; so the site survives.
  mlir::Value keepSite(mlir::Value constant, int bias, mlir::Value original);
  /// value * factor, element-wise.
  mlir::Value multiply(mlir::Location loc, mlir::Value value, double factor);

  /// The exponent bias if `metadata` is one constant.
  static std::optional<int> getConstantBias(mlir::Value metadata);
  /// The elements of an f32 constant, also of dequantized constant codes and
  /// behind reshapes.
  static std::optional<std::vector<float>> getConstantFloats(mlir::Value value);
  /// The bytes of constant codes.
  static std::optional<std::vector<char>> getConstantCodes(mlir::Value codes);

private:
  mlir::OpBuilder &builder;
  /// Transposed weights by source and permutation: layers share them.
  llvm::DenseMap<std::pair<mlir::Value, mlir::Attribute>, mlir::Value>
      transposed;
  /// Constants with sites, by id: layers share them.
  llvm::DenseMap<int64_t, mlir::Value> withSite;
  /// Shared constants by hint, shape and codes.
  std::map<std::tuple<std::string, std::vector<int64_t>, std::vector<char>>,
           mlir::Value>
      shared;
};

} // namespace edgebert

#endif // EDGEBERT_LIB_CONVERSION_LINALGTOEDGEBERT_CODETENSORS_H
