//===- Units.h - what each functional unit computes -------------*- C++ -*-===//
//
// The definition of the accelerator's operations on codes in plain row-major
// order: readable scalar code that follows fact sheet sections 4 and 5, with
// the differences between machines as parameters. Kernels.h has the same
// functions, fast, and tested equal.
//
// All matrices are row-major and dense, one 8-bit code per byte or two 4-bit
// codes (Precision::Afp4). Sizes are legal (multiples of 16 or 32, not 0) by
// contract; whoever takes them from a user checks. Exponent biases of the units
// are 0..7. `stats` may be null.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_UNITS_H
#define EDGEBERT_MACHINE_UNITS_H

#include "edgebert/Machine/Description.h"

#include <array>
#include <cstdint>

namespace edgebert::machine {

/// How often something was lost without a trace in the result.
struct UnitStats {
  /// Accumulators whose exact sum does not fit their bits.
  uint64_t accumulatorWraps = 0;
  /// Shifted accumulators clamped to +-32767.
  uint64_t narrowingSaturations = 0;
  /// Results of the special-function units (products, sums, differences,
  /// exponentials) that do not fit their 16, 20 or 32 bits.
  uint64_t fixedWraps = 0;
  /// Values beyond the largest code of the output's bias.
  uint64_t encodeSaturations = 0;
  /// Non-zero values that became a zero code.
  uint64_t encodeFlushes = 0;

  uint64_t total() const {
    return accumulatorWraps + narrowingSaturations + fixedWraps +
           encodeSaturations + encodeFlushes;
  }
  UnitStats &operator+=(const UnitStats &other);
  friend bool operator==(const UnitStats &a, const UnitStats &b);
};

/// The width of the codes of a matmul's operands or result (thesis 9.1.4). The
/// special-function units have 8-bit codes only. Memories, masks, compaction
/// and DMA know bytes: a mask bit stands for a pair of 4-bit codes, which is
/// stored unless both are 0, and a vector of 16 bytes has 32 of them.
enum class Precision {
  Afp8, ///< numerics::kAfp8, one per byte
  Afp4, ///< numerics::kAfp4, two per byte: the even column in the low half
};
constexpr unsigned codesPerByte(Precision p) {
  return p == Precision::Afp4 ? 2 : 1;
}
/// Codes of a vector of 16 bytes: the columns of a tile.
constexpr unsigned codesPerVector(Precision p) {
  return Description::vectorSize * codesPerByte(p);
}

/// out = ENC(relu?((a b^T >> accumRightShift) + weightBias?)) with 12 fraction
/// bits and bias adfAccumBias.
///
/// 4-bit operands have the multipliers' units of 8-bit ones, so that shift,
/// bias and accumulator mean the same. A 4-bit result may need more than bias 7
/// gives: each further right shift scales the stored value by a half, which the
/// software adds to its own notion of the bias.
struct MatmulConfig {
  /// Rows of operand 0, rows of operand 1, contraction; multiples of 16. `m` a
  /// multiple of 32 where the operands have 4 bits, `n0` where the result has.
  unsigned n0 = 16, n1 = 16, m = 16;
  /// Of both operands; of the result.
  Precision operands = Precision::Afp8, result = Precision::Afp8;
  /// 0..31. 16 - bias0 - bias1 keeps the value's scale.
  unsigned accumRightShift = 0;
  /// Exponent bias of the result, 0..7.
  unsigned adfAccumBias = 0;
  bool relu = false;
  /// Whether weightBias is added, in units of 2^-12 of the shifted sum.
  bool isBias = false;
  int8_t weightBias = 0;
};

/// Rows of 16 * vectors codes.
struct RowShape {
  unsigned vectors = 1;
  unsigned timesteps = 1;
  unsigned rowCodes() const { return vectors * Description::vectorSize; }
};

struct SoftmaxConfig {
  RowShape shape;
  unsigned inputBias = 0, spanBias = 0;
  /// Ignored where Description::sfuOutputBias is Input.
  unsigned outputBias = 0;
  /// Whether every row has a span of its own, one behind the other.
  bool spanPerRow = false;

  unsigned spanVectors() const {
    return shape.vectors * (spanPerRow ? shape.timesteps : 1);
  }
};

struct LayerNormConfig {
  RowShape shape;
  unsigned inputBias = 0, gammaBias = 0, betaBias = 0;
  /// Ignored where Description::sfuOutputBias is Input.
  unsigned outputBias = 0;
};

struct AddConfig {
  RowShape shape;
  unsigned bias0 = 0, bias1 = 0, outputBias = 0;
};

struct EntropyConfig {
  /// One row.
  unsigned vectors = 1;
  unsigned inputBias = 0;
  /// 10 fraction bits.
  int16_t threshold = 0;
};

struct EntropyResult {
  int16_t max = 0;
  int32_t sumExp = 0, sumXExp = 0;
  /// In nats, 10 fraction bits.
  int16_t entropy = 0;
  /// The exit decision: entropy <= threshold.
  bool below = false;
};

struct DvfsConfig {
  int16_t entropy = 0;
  /// Not 0.
  uint8_t scale = 1;
  std::array<uint8_t, 15> dco{};
  std::array<uint8_t, 16> ldo{};
};

struct DvfsResult {
  unsigned index = 0;
  uint8_t dco = 0, ldo = 0;
};

/// The row's three passes may read different codes where the decoder is
/// defective (Description::softmaxDecoderPeriod); elsewhere they are the same.
struct SoftmaxPasses {
  const uint8_t *max, *sum, *out;
};

namespace units {

/// a: n0 x m, b: n1 x m, out: n1 x n0 codes.
void matmul(const Description &desc, const MatmulConfig &cfg, const uint8_t *a,
            const uint8_t *b, uint8_t *out, UnitStats *stats = nullptr);

/// x, out: timesteps x 16 vectors; span: 16 vectors codes, for every row, or
/// as many as x (SoftmaxConfig::spanPerRow).
///
/// Renormalising: out = EMul(EXP(x - max - LOG(sum)), span) with
/// sum = sum of EMul(EXP(x - max), span). A sum that is not positive (a span
/// below the resolution of EMul, or negative) gives a row of zeros.
void softmax(const Description &desc, const SoftmaxConfig &cfg,
             const uint8_t *x, const uint8_t *span, uint8_t *out,
             UnitStats *stats = nullptr);

/// One row of softmax.
void softmaxRow(const Description &desc, const SoftmaxConfig &cfg,
                SoftmaxPasses x, const uint8_t *span, uint8_t *out,
                UnitStats *stats = nullptr);

/// x, out: timesteps x 16 vectors; gamma, beta: 16 vectors codes.
void layerNorm(const Description &desc, const LayerNormConfig &cfg,
               const uint8_t *x, const uint8_t *gamma, const uint8_t *beta,
               uint8_t *out, UnitStats *stats = nullptr);

/// out = x + y, all timesteps x 16 vectors.
void add(const Description &desc, const AddConfig &cfg, const uint8_t *x,
         const uint8_t *y, uint8_t *out, UnitStats *stats = nullptr);

/// Entropy of softmax(x) over 16 vectors codes; padding takes part.
EntropyResult entropy(const Description &desc, const EntropyConfig &cfg,
                      const uint8_t *x, UnitStats *stats = nullptr);

/// Voltage and frequency selection from the entropy (fact sheet 5.6).
DvfsResult dvfs(const DvfsConfig &cfg);

} // namespace units
} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_UNITS_H
