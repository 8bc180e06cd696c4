//===- ConstantBytes.h - the bytes of constants in memory -------*- C++ -*-===//

#ifndef EDGEBERT_EXECUTION_CONSTANTBYTES_H
#define EDGEBERT_EXECUTION_CONSTANTBYTES_H

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/Support/Error.h"
#include <vector>

namespace edgebert::execution {

/// The row-major bytes of a constant as compiled code reads them, aligned for
/// its elements: little-endian, one byte per i1, eight per index. They are the
/// attribute's own where it keeps them like that, otherwise in `storage`. An
/// error for attributes other than dense and dense_resource, and for resources
/// without or with the wrong amount of data.
llvm::Expected<llvm::ArrayRef<char>>
getRowMajorBytes(mlir::ElementsAttr value, std::vector<char> &storage);

} // namespace edgebert::execution

#endif // EDGEBERT_EXECUTION_CONSTANTBYTES_H
