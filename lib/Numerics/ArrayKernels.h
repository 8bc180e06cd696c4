//===- ArrayKernels.h - a codec over arrays ---------------------*- C++ -*-===//
//
// The loops the compiler vectorises, once for the baseline instruction set and
// on x86 once more for AVX2; InstructionSet.h decides. Both evaluate the
// codec's own text with separately rounded operations, so results do not
// differ.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_NUMERICS_ARRAYKERNELS_H
#define EDGEBERT_LIB_NUMERICS_ARRAYKERNELS_H

#include "edgebert/Numerics/Arithmetic.h"
#include "edgebert/Numerics/InstructionSet.h"
#include "edgebert/Numerics/Metadata.h"

#include <cstddef>

namespace edgebert::numerics {

template <typename Codec, typename Code>
struct EncodeLoop {
  __attribute__((always_inline)) static void
  run(Codec codec, const float *x, Code *codes, size_t n, uint32_t metadata) {
    NativeArithmetic a;
    for (size_t i = 0; i < n; ++i)
      codes[i] = Code(codec.encode(a, x[i], metadata));
  }
};

template <typename Codec, typename Code>
struct DecodeLoop {
  __attribute__((always_inline)) static void
  run(Codec codec, const Code *codes, float *x, size_t n, uint32_t metadata) {
    NativeArithmetic a;
    for (size_t i = 0; i < n; ++i)
      x[i] = codec.decode(a, codes[i], metadata);
  }
};

template <typename Codec>
struct EmulateLoop {
  __attribute__((always_inline)) static void
  run(Codec codec, const float *x, float *y, size_t n, uint32_t metadata) {
    NativeArithmetic a;
    for (size_t i = 0; i < n; ++i)
      y[i] = codec.decode(a, codec.encode(a, x[i], metadata), metadata);
  }
};

#if defined(__x86_64__)
template <typename Loop, typename... Args>
__attribute__((target("avx2"), noinline)) void runAVX2(Args... args) {
  Loop::run(args...);
}
#endif

/// Loop::run(args...) with the best instructions of activeIsa().
template <typename Loop, typename... Args>
void runLoop(Args... args) {
#if defined(__x86_64__)
  if (activeIsa() >= Isa::Avx2)
    return runAVX2<Loop>(args...);
#endif
  Loop::run(args...);
}

} // namespace edgebert::numerics

#endif // EDGEBERT_LIB_NUMERICS_ARRAYKERNELS_H
