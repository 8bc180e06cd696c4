//===- SpecialFunctions.h - softmax, layer norm, add, entropy ---*- C++ -*-===//
//
// The special-function units (fact sheet 5.2 to 5.5), written once over a
// policy `F` that evaluates decode, encode, EXP, LOG and INVSQRT: Units.cpp
// gives their closed forms, Kernels.cpp tables of them.
//
//   int16_t decode(uint8_t code, unsigned bias)
//   uint8_t encode(int32_t v, unsigned bias, UnitStats &)   10 fraction bits
//   int16_t exp(int16_t v, UnitStats &)
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_MACHINE_SPECIALFUNCTIONS_H
#define EDGEBERT_LIB_MACHINE_SPECIALFUNCTIONS_H

#include "edgebert/Machine/Functions.h"
#include "edgebert/Machine/Units.h"

#include <algorithm>

namespace edgebert::machine {

/// The low `bits` bits of `v`, sign-extended.
inline int64_t wrap(int64_t v, unsigned bits) {
  unsigned unused = 64 - bits;
  return int64_t(uint64_t(v) << unused) >> unused;
}

template <typename F>
class SpecialFunctions {
public:
  SpecialFunctions(const Description &desc, F functions)
      : desc(desc), fn(functions) {}

  /// What was lost so far. By value, so that counting stays in registers.
  UnitStats lost;

  void softmaxRow(const SoftmaxConfig &cfg, SoftmaxPasses x,
                  const uint8_t *span, uint8_t *out) {
    unsigned n = cfg.shape.rowCodes();
    if (desc.skipZeroSpan && isZero(span, n)) {
      std::fill(out, out + n, uint8_t(0));
      return;
    }
    int32_t max = -32767;
    for (unsigned i = 0; i < n; ++i)
      if (!desc.softmaxMaxOverSpan || (span[i] & 0x7f))
        max = std::max<int32_t>(max, fn.decode(x.max[i], cfg.inputBias));

    int64_t exact = 0;
    for (unsigned i = 0; i < n; ++i) {
      int32_t weight = fn.decode(span[i], cfg.spanBias);
      // A column of weight 0 adds nothing; its exponent may be beyond EXP.
      if (desc.softmaxRenormalise && weight == 0)
        continue;
      int32_t e = fn.exp(wrap16(later(x.sum, i, cfg.inputBias) - max), lost);
      exact += desc.softmaxRenormalise ? multiply(e, weight) : e;
    }
    int64_t sum = wrapTo(exact, desc.softmaxSumBits);
    if (desc.softmaxRenormalise && sum <= 0) {
      std::fill(out, out + n, uint8_t(0));
      return;
    }

    uint32_t sumBits =
        uint32_t(uint64_t(sum) & ((uint64_t(1) << desc.softmaxSumBits) - 1));
    int32_t log = logFixed(sumBits, desc.logOfZeroIsMinimum);
    for (unsigned i = 0; i < n; ++i) {
      if (desc.softmaxRepeatsLog && i != 0 && i % Description::vectorSize == 0)
        log = logFixed(uint16_t(log), desc.logOfZeroIsMinimum);
      int32_t weight = fn.decode(span[i], cfg.spanBias);
      if (desc.softmaxRenormalise && weight == 0) {
        out[i] = 0;
        continue;
      }
      int32_t r =
          fn.exp(wrap16(later(x.out, i, cfg.inputBias) - (max + log)), lost);
      out[i] = fn.encode(multiply(r, weight),
                         outputBias(cfg.inputBias, cfg.outputBias), lost);
    }
  }

  void layerNormRow(const LayerNormConfig &cfg, const uint8_t *x,
                    const uint8_t *gamma, const uint8_t *beta, uint8_t *out) {
    unsigned n = cfg.shape.rowCodes();
    int64_t sum = 0, squareSum = 0;
    for (unsigned v = 0; v < n; v += Description::vectorSize) {
      int64_t vectorSum = 0, vectorSquares = 0;
      for (unsigned i = v; i < v + Description::vectorSize; ++i) {
        int32_t value = fn.decode(x[i], cfg.inputBias);
        vectorSum += value;
        vectorSquares += multiply(value, value);
      }
      sum = wrapTo(sum + wrapTo(vectorSum, desc.layerNormVectorSumBits),
                   desc.layerNormSumBits);
      squareSum =
          wrapTo(squareSum + wrapTo(vectorSquares, desc.layerNormVectorSumBits),
                 desc.layerNormSumBits);
    }
    // Divisions truncate.
    int32_t mean = wrap16(sum / int64_t(n));
    int32_t squareMean = wrap16(squareSum / int64_t(n));
    int32_t meanSquare = wrap16(
        wrapTo(int64_t(mean) * mean, desc.layerNormMeanSquareBits) >> 10);
    int32_t variance = wrap16(squareMean - meanSquare);
    if (desc.layerNormMinVariance != 0)
      variance = std::max(variance, int32_t(desc.layerNormMinVariance));
    int32_t inverse = int16_t(invSqrtFixed(uint16_t(variance)));

    const uint8_t *shift = desc.layerNormBetaFromGamma ? gamma : beta;
    for (unsigned i = 0; i < n; ++i) {
      int32_t y = wrap16(fn.decode(x[i], cfg.inputBias) - mean);
      y = multiply(y, inverse);
      y = multiply(y, fn.decode(gamma[i], cfg.gammaBias));
      y = wrap16(y + fn.decode(shift[i], cfg.betaBias));
      out[i] = fn.encode(y, outputBias(cfg.inputBias, cfg.outputBias), lost);
    }
  }

  void add(const AddConfig &cfg, const uint8_t *x, const uint8_t *y,
           uint8_t *out) {
    size_t n = size_t(cfg.shape.rowCodes()) * cfg.shape.timesteps;
    for (size_t i = 0; i < n; ++i)
      out[i] = fn.encode(
          wrap16(fn.decode(x[i], cfg.bias0) + fn.decode(y[i], cfg.bias1)),
          cfg.outputBias, lost);
  }

  EntropyResult entropy(const EntropyConfig &cfg, const uint8_t *x) {
    unsigned n = cfg.vectors * Description::vectorSize;
    int32_t max = -32767;
    for (unsigned i = 0; i < n; ++i)
      max = std::max<int32_t>(max, fn.decode(x[i], cfg.inputBias));

    int64_t sumExp = 0, sumXExp = 0;
    for (unsigned i = 0; i < n; ++i) {
      int32_t value = later(x, i, cfg.inputBias);
      int32_t d = wrap16(value - max);
      int32_t e = fn.exp(d, lost);
      sumExp += e;
      sumXExp += desc.entropyDefects ? fn.exp(wrap16(int64_t(value) * d), lost)
                                     : multiply(value, e);
    }
    unsigned bits = desc.entropyDefects ? 16 : 32;
    sumExp = wrapTo(sumExp, bits);
    sumXExp = wrapTo(sumXExp, bits);
    // The published unit leaves a division by zero open; the quotient is 0.
    int64_t scaled = desc.entropyDefects ? sumXExp : sumXExp * 1024;
    int64_t quotient = sumExp == 0 ? 0 : scaled / sumExp;
    uint32_t sumBits = bits == 16 ? uint16_t(sumExp) : uint32_t(sumExp);

    EntropyResult result;
    result.max = int16_t(max);
    result.sumExp = int32_t(sumExp);
    result.sumXExp = int32_t(sumXExp);
    result.entropy = int16_t(
        wrap16(logFixed(sumBits, desc.logOfZeroIsMinimum) + max - quotient));
    result.below = result.entropy <= cfg.threshold;
    return result;
  }

private:
  int64_t wrapTo(int64_t v, unsigned bits) {
    int64_t wrapped = wrap(v, bits);
    lost.fixedWraps += wrapped != v;
    return wrapped;
  }
  int32_t wrap16(int64_t v) { return int32_t(wrapTo(v, 16)); }
  /// EMul.
  int32_t multiply(int32_t a, int32_t b) {
    return wrap16((int64_t(a) * b) >> 10);
  }

  static bool isZero(const uint8_t *codes, unsigned n) {
    return std::all_of(codes, codes + n,
                       [](uint8_t c) { return (c & 0x7f) == 0; });
  }

  unsigned outputBias(unsigned input, unsigned output) const {
    return desc.sfuOutputBias == OutputBias::Input ? input : output;
  }

  /// Element `i` of a row as the second and third pass see it. Raw: the first
  /// eight elements of a vector are its byte pairs, the others are 0.
  int32_t later(const uint8_t *x, unsigned i, unsigned bias) const {
    if (!desc.softmaxRawInput)
      return fn.decode(x[i], bias);
    unsigned lane = i % Description::vectorSize;
    if (lane >= Description::vectorSize / 2)
      return 0;
    const uint8_t *pair = x + (i - lane) + 2 * lane;
    return int16_t(pair[0] | pair[1] << 8);
  }

  const Description &desc;
  F fn;
};

} // namespace edgebert::machine

#endif // EDGEBERT_LIB_MACHINE_SPECIALFUNCTIONS_H
