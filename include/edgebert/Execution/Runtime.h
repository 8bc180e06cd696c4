//===- Runtime.h - functions that compiled code calls -----------*- C++ -*-===//
//
// Sizes and strides count elements; pointers arrive as integers, because the
// IR that makes them is independent of LLVM's pointer type.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_EXECUTION_RUNTIME_H
#define EDGEBERT_EXECUTION_RUNTIME_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace edgebert::execution {

/// A function that compiled code may call by name.
struct RuntimeSymbol {
  llvm::StringRef name;
  void *address;
};

/// The functions of this library.
llvm::ArrayRef<RuntimeSymbol> getRuntimeSymbols();

/// Threads of OpenBLAS, for the whole process. One by default: more change
/// the order of additions.
void setNumThreads(int threads);

/// Failed `check` operations on this thread since the last call.
int64_t takeNumFailedChecks();

} // namespace edgebert::execution

extern "C" {

/// C[b0,b1,m,n] (+)= sum over k of A[b0,b1,m,k] * B[b0,b1,k,n], all dimensions
/// with arbitrary strides. Adds to C if `accumulate`, else overwrites it.
void edgebert_rt_gemm_f32(int64_t accumulate, int64_t b0, int64_t b1, int64_t m,
                          int64_t n, int64_t k, intptr_t a, int64_t aB0,
                          int64_t aB1, int64_t aM, int64_t aK, intptr_t b,
                          int64_t bB0, int64_t bB1, int64_t bK, int64_t bN,
                          intptr_t c, int64_t cB0, int64_t cB1, int64_t cM,
                          int64_t cN);
void edgebert_rt_gemm_f64(int64_t accumulate, int64_t b0, int64_t b1, int64_t m,
                          int64_t n, int64_t k, intptr_t a, int64_t aB0,
                          int64_t aB1, int64_t aM, int64_t aK, intptr_t b,
                          int64_t bB0, int64_t bB1, int64_t bK, int64_t bN,
                          intptr_t c, int64_t cB0, int64_t cB1, int64_t cM,
                          int64_t cN);

/// Compares two row-major arrays as `description` says
/// ("kind|element type|shape|atol|rtol|location") and reports the first
/// difference on stderr.
void edgebert_rt_check(const char *description, intptr_t actual,
                       intptr_t expected);
}

#endif // EDGEBERT_EXECUTION_RUNTIME_H
