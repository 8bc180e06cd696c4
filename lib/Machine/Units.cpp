//===- Units.cpp - what each functional unit computes -----------*- C++ -*-===//

#include "edgebert/Machine/Units.h"

#include "SpecialFunctions.h"

#include "edgebert/Numerics/AdaptivFloat.h"

using namespace edgebert;
using namespace edgebert::machine;

/// ENC, with what it lost.
static uint8_t encode(const Description &desc, int32_t v, unsigned fractionBits,
                      unsigned bias, UnitStats &stats,
                      const numerics::AdaptivFloat &to = numerics::kAfp8) {
  uint8_t code =
      numerics::encodeFixed(v, fractionBits, bias, desc.loseSignOnOverflow, to);
  stats.encodeFlushes += v != 0 && (code & to.maxCode()) == 0;
  stats.encodeSaturations +=
      numerics::saturatesFixed(v, fractionBits, bias, to);
  return code;
}

namespace {
/// The functions as they are defined.
struct ClosedForms {
  const Description &desc;

  int16_t decode(uint8_t code, unsigned bias) const {
    return numerics::decodeFixed(code, bias);
  }
  uint8_t encode(int32_t v, unsigned bias, UnitStats &stats) const {
    return ::encode(desc, v, 10, bias, stats);
  }
  int16_t exp(int32_t v, UnitStats &stats) const {
    stats.fixedWraps += expOverflows(int16_t(v), desc.expFractionBits);
    return int16_t(expFixed(int16_t(v), desc.expFractionBits));
  }
};
} // namespace

static SpecialFunctions<ClosedForms> unitsOf(const Description &desc) {
  return {desc, ClosedForms{desc}};
}

/// Column `k` of a row as the multipliers see it.
static int64_t operandAt(const uint8_t *row, unsigned k, Precision precision) {
  if (precision == Precision::Afp8)
    return numerics::decodeOperand(row[k]);
  return numerics::decodeOperand4(uint8_t(row[k / 2] >> 4 * (k % 2) & 15));
}

void units::matmul(const Description &desc, const MatmulConfig &cfg,
                   const uint8_t *a, const uint8_t *b, uint8_t *out,
                   UnitStats *stats) {
  size_t rowBytes = cfg.m / codesPerByte(cfg.operands);
  UnitStats unused;
  UnitStats &lost = stats ? *stats : unused;
  for (unsigned i = 0; i < cfg.n1; ++i)
    for (unsigned j = 0; j < cfg.n0; ++j) {
      // Products and sums wrap; doing so once at the end is the same.
      int64_t exact = 0;
      for (unsigned k = 0; k < cfg.m; ++k)
        exact += operandAt(a + j * rowBytes, k, cfg.operands) *
                 operandAt(b + i * rowBytes, k, cfg.operands);
      int64_t accumulator = wrap(exact, desc.accumulatorBits);
      lost.accumulatorWraps += accumulator != exact;

      int64_t y = accumulator >> cfg.accumRightShift;
      if (cfg.isBias) {
        int64_t biased = y + cfg.weightBias;
        y = wrap(biased, desc.accumulatorBits);
        lost.accumulatorWraps += y != biased;
      }
      if (cfg.relu && y < 0)
        y = 0;
      int64_t clamped = std::min<int64_t>(std::max<int64_t>(y, -32767), 32767);
      lost.narrowingSaturations += clamped != y;
      size_t at = size_t(i) * cfg.n0 + j;
      if (cfg.result == Precision::Afp8) {
        out[at] = encode(desc, int32_t(clamped), 12, cfg.adfAccumBias, lost);
        continue;
      }
      uint8_t code = encode(desc, int32_t(clamped), 12, cfg.adfAccumBias, lost,
                            numerics::kAfp4);
      out[at / 2] = j % 2 ? uint8_t(out[at / 2] | code << 4) : code;
    }
}

void units::softmaxRow(const Description &desc, const SoftmaxConfig &cfg,
                       SoftmaxPasses x, const uint8_t *span, uint8_t *out,
                       UnitStats *stats) {
  auto unit = unitsOf(desc);
  unit.softmaxRow(cfg, x, span, out);
  if (stats)
    *stats += unit.lost;
}

void units::softmax(const Description &desc, const SoftmaxConfig &cfg,
                    const uint8_t *x, const uint8_t *span, uint8_t *out,
                    UnitStats *stats) {
  for (unsigned t = 0; t < cfg.shape.timesteps; ++t) {
    size_t at = size_t(t) * cfg.shape.rowCodes();
    const uint8_t *row = x + at;
    softmaxRow(desc, cfg, {row, row, row}, span + (cfg.spanPerRow ? at : 0),
               out + at, stats);
  }
}

void units::layerNorm(const Description &desc, const LayerNormConfig &cfg,
                      const uint8_t *x, const uint8_t *gamma,
                      const uint8_t *beta, uint8_t *out, UnitStats *stats) {
  auto unit = unitsOf(desc);
  for (unsigned t = 0; t < cfg.shape.timesteps; ++t) {
    size_t row = size_t(t) * cfg.shape.rowCodes();
    unit.layerNormRow(cfg, x + row, gamma, beta, out + row);
  }
  if (stats)
    *stats += unit.lost;
}

void units::add(const Description &desc, const AddConfig &cfg, const uint8_t *x,
                const uint8_t *y, uint8_t *out, UnitStats *stats) {
  auto unit = unitsOf(desc);
  unit.add(cfg, x, y, out);
  if (stats)
    *stats += unit.lost;
}

EntropyResult units::entropy(const Description &desc, const EntropyConfig &cfg,
                             const uint8_t *x, UnitStats *stats) {
  auto unit = unitsOf(desc);
  EntropyResult result = unit.entropy(cfg, x);
  if (stats)
    *stats += unit.lost;
  return result;
}

DvfsResult units::dvfs(const DvfsConfig &cfg) {
  static constexpr int kThresholds[] = {256,   512,   1024,  2048,  3072,
                                        4096,  5120,  6144,  8192,  10240,
                                        12288, 16384, 20480, 24576, 28672};
  int scaled = cfg.entropy / int(cfg.scale);
  DvfsResult result;
  result.index = unsigned(
      std::upper_bound(std::begin(kThresholds), std::end(kThresholds), scaled) -
      std::begin(kThresholds));
  result.ldo = cfg.ldo[result.index];
  // There are 15 DCO values; the last serves index 15 too.
  result.dco = cfg.dco[std::min(result.index, 14u)];
  return result;
}
