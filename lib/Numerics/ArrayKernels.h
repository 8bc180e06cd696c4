//===- ArrayKernels.h - a codec over arrays ---------------------*- C++ -*-===//
//
// The loops the compiler vectorises, once for the baseline instruction set and
// on x86 once more for AVX2 and AVX-512; InstructionSet.h decides. All evaluate
// the codec's own text with separately rounded operations, so results do not
// differ. The rounding is a template parameter: its choice is no part of the
// loop. (The library is compiled to inline all of a codec into its loops.)
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_NUMERICS_ARRAYKERNELS_H
#define EDGEBERT_LIB_NUMERICS_ARRAYKERNELS_H

#include "edgebert/Numerics/Emulate.h"
#include "edgebert/Numerics/InstructionSet.h"
#include "edgebert/Numerics/Metadata.h"
#include "edgebert/Numerics/Noise.h"
#include "edgebert/Numerics/Rounding.h"

#include <cstddef>
#include <type_traits>

namespace edgebert::numerics {

/// Whether a codec has cases that are worth a loop of their own.
template <typename Codec, typename = void>
struct HasVariants : std::false_type {};
template <typename Codec>
struct HasVariants<Codec, std::void_t<decltype(Codec::kVariants)>>
    : std::true_type {};

/// The noise of element i, which only one rounding looks at.
template <Rounding rounding>
inline uint32_t noiseOf(const NoiseStream &noise, size_t i) {
  return rounding == Rounding::Stochastic ? noise[i] : 0;
}

template <typename Codec, Rounding rounding, typename Code>
struct EncodeLoop {
  __attribute__((always_inline)) static void run(Codec codec, const float *x,
                                                 Code *codes, size_t n,
                                                 Metadata metadata,
                                                 NoiseStream noise) {
    NativeArithmetic a;
    codec.rounding = rounding;
    for (size_t i = 0; i < n; ++i)
      codes[i] = Code(
          codec.encode(a, x[i], metadata.words(), noiseOf<rounding>(noise, i)));
  }
};

template <typename Codec, typename Code>
struct DecodeLoop {
  __attribute__((always_inline)) static void
  run(Codec codec, const Code *codes, float *x, size_t n, Metadata metadata) {
    NativeArithmetic a;
    for (size_t i = 0; i < n; ++i)
      x[i] = codec.decode(a, uint32_t(codes[i]), metadata.words());
  }
};

template <typename Codec, Rounding rounding, unsigned variant>
struct EmulateLoop {
  __attribute__((always_inline)) static void run(Codec codec, const float *x,
                                                 float *y, size_t n,
                                                 Metadata metadata,
                                                 NoiseStream noise) {
    NativeArithmetic a;
    codec.rounding = rounding;
    if constexpr (HasVariants<Codec>::value)
      codec.template assumeVariant<variant>();
    for (size_t i = 0; i < n; ++i)
      y[i] = emulate(codec, a, x[i], metadata.words(),
                     noiseOf<rounding>(noise, i));
  }
};

/// The bits of the largest |x|.
struct MaxMagnitudeLoop {
  __attribute__((always_inline)) static void run(const float *x, size_t n,
                                                 uint32_t *result) {
    uint32_t most = 0;
    for (size_t i = 0; i < n; ++i) {
      uint32_t word = NativeArithmetic::bits(x[i]) & 0x7fffffffu;
      most = word > most ? word : most;
    }
    *result = most;
  }
};

/// The least and the greatest in the order of integers that agrees with that
/// of numbers, -0 below +0 and NaN outside the infinities.
struct RangeLoop {
  __attribute__((always_inline)) static void run(const float *x, size_t n,
                                                 int32_t *result) {
    int32_t least = INT32_MAX, greatest = INT32_MIN;
    for (size_t i = 0; i < n; ++i) {
      int32_t word = int32_t(NativeArithmetic::bits(x[i]));
      int32_t key = word ^ ((word >> 31) & 0x7fffffff);
      least = key < least ? key : least;
      greatest = key > greatest ? key : greatest;
    }
    result[0] = least;
    result[1] = greatest;
  }
};

#if defined(__x86_64__)
template <typename Loop, typename... Args>
__attribute__((target("avx2"), noinline, flatten)) void runAVX2(Args... args) {
  Loop::run(args...);
}
template <typename Loop, typename... Args>
__attribute__((target("avx512f,avx512bw,avx512vl"), noinline, flatten)) void
runAVX512(Args... args) {
  Loop::run(args...);
}
#endif

/// Loop::run(args...) with the best instructions of activeIsa().
template <typename Loop, typename... Args>
void runLoop(Args... args) {
#if defined(__x86_64__)
  if (activeIsa() >= Isa::Avx512Vnni)
    return runAVX512<Loop>(args...);
  if (activeIsa() >= Isa::Avx2)
    return runAVX2<Loop>(args...);
#endif
  Loop::run(args...);
}

} // namespace edgebert::numerics

#endif // EDGEBERT_LIB_NUMERICS_ARRAYKERNELS_H
