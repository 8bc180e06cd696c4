//===- ConstantEvaluation.h - codecs over constant tensors ------*- C++ -*-===//
//
// What folding and the constant-quantizing pass share: reading constant
// operands, dense or resource, and running a format over them.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_DIALECT_NUMFMT_IR_CONSTANTEVALUATION_H
#define EDGEBERT_DIALECT_NUMFMT_IR_CONSTANTEVALUATION_H

#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

namespace edgebert::numfmt {

/// The constant behind `value`, or null.
mlir::ElementsAttr getConstantElements(mlir::Value value);

/// The elements of a dense or dense_resource attribute of element type T,
/// without a copy where they lie in memory as they are; else (a splat) expanded
/// into `storage`. Fails for other attributes and missing resources.
template <typename T>
mlir::FailureOr<llvm::ArrayRef<T>>
getElements(mlir::ElementsAttr attr, llvm::SmallVectorImpl<T> &storage) {
  int64_t size = attr.getNumElements();
  if (auto resource = mlir::dyn_cast<mlir::DenseResourceElementsAttr>(attr)) {
    mlir::AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != size * sizeof(T))
      return mlir::failure();
    return blob->getDataAs<T>();
  }
  auto dense = mlir::dyn_cast<mlir::DenseElementsAttr>(attr);
  if (!dense)
    return mlir::failure();
  llvm::ArrayRef<char> raw = dense.getRawData();
  llvm::ArrayRef<T> elements(reinterpret_cast<const T *>(raw.data()),
                             raw.size() / sizeof(T));
  if (!dense.isSplat())
    return elements;
  storage.assign(size, elements.front());
  return llvm::ArrayRef<T>(storage);
}

/// The constant metadata values of a codec op, one for a format without
/// metadata; fails unless `metadata` is constant.
mlir::FailureOr<llvm::SmallVector<numerics::Metadata>>
getConstantMetadata(FormatTypeInterface format, mlir::Value metadata);

/// The attribute of metadata values, of the metadata type.
mlir::DenseElementsAttr
getMetadataElements(FormatTypeInterface format, llvm::ArrayRef<int64_t> shape,
                    llvm::ArrayRef<numerics::Metadata> metadata);

} // namespace edgebert::numfmt

#endif // EDGEBERT_DIALECT_NUMFMT_IR_CONSTANTEVALUATION_H
