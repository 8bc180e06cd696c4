//===- Problem.h - an error with a message ----------------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_COMPRESSION_PROBLEM_H
#define EDGEBERT_LIB_COMPRESSION_PROBLEM_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

namespace edgebert::compression {

inline llvm::Error problem(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// A real number as messages show it.
inline std::string shown(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", value);
  return text;
}

} // namespace edgebert::compression

#endif // EDGEBERT_LIB_COMPRESSION_PROBLEM_H
