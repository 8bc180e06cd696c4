//===- COperators.h - functions in C with the meaning of arith ----*- C++
//-*-===//
//
// C's operators promote, overflow and convert in ways of their own. Where they
// do not mean what an operation of arith or math means, emitted code calls a
// helper "eb_OP_TYPE" or "eb_OP_FROM_TO", whose definition is put into the
// source if it is used.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_TARGET_C_COPERATORS_H
#define EDGEBERT_LIB_TARGET_C_COPERATORS_H

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace edgebert::target {

/// "int32_t", "bool", "float", ...; "" for a type that has none in C99. An
/// index is an int64_t.
llvm::StringRef getCType(mlir::Type type);

/// The name of helper `op` for `type`, and for a second type.
std::string getHelperName(llvm::StringRef op, mlir::Type type,
                          mlir::Type to = nullptr);
/// Whether there is a definition for that name.
bool isHelper(llvm::StringRef name);
/// Prints the definition of helper `name`.
void printHelper(llvm::raw_ostream &os, llvm::StringRef name);

} // namespace edgebert::target

#endif // EDGEBERT_LIB_TARGET_C_COPERATORS_H
