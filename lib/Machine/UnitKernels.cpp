//===- UnitKernels.cpp - the special-function units, fast -------*- C++ -*-===//

#include "edgebert/Machine/Kernels.h"

#include "SpecialFunctions.h"

#include "edgebert/Numerics/AdaptivFloat.h"

#include <memory>
#include <mutex>

using namespace edgebert;
using namespace edgebert::machine;

namespace {
struct DecodeTable {
  int16_t values[8][256];
};

struct ExpTable {
  /// e^v at [v + 32768].
  uint16_t values[65536];
  /// The largest v whose result is below 32.0.
  int32_t high;
};
} // namespace

static const DecodeTable &decodeTable() {
  static const std::unique_ptr<DecodeTable> table = [] {
    auto t = std::make_unique<DecodeTable>();
    for (unsigned bias = 0; bias < 8; ++bias)
      for (unsigned code = 0; code < 256; ++code)
        t->values[bias][code] = numerics::decodeFixed(uint8_t(code), bias);
    return t;
  }();
  return *table;
}

static const ExpTable &expTable(unsigned fractionBits) {
  struct Slot {
    std::once_flag once;
    std::unique_ptr<ExpTable> table;
  };
  static Slot slots[2];
  Slot &slot = slots[fractionBits == 12];
  std::call_once(slot.once, [&] {
    slot.table = std::make_unique<ExpTable>();
    slot.table->high = 32767;
    for (int32_t v = 32767; v >= -32768; --v) {
      slot.table->values[v + 32768] = expFixed(int16_t(v), fractionBits);
      if (expOverflows(int16_t(v), fractionBits))
        slot.table->high = v - 1;
    }
  });
  return *slot.table;
}

namespace {
/// The functions as tables. The encoder's table is that of one output bias.
struct Tables {
  Tables(const Description &desc, unsigned outputBias)
      : decodeValues(decodeTable()), expValues(expTable(desc.expFractionBits)),
        encodeValues(
            kernels::encodeTable(10, outputBias, desc.loseSignOnOverflow)) {}

  int16_t decode(uint8_t code, unsigned bias) const {
    return decodeValues.values[bias & 7][code];
  }
  uint8_t encode(int32_t v, unsigned, UnitStats &lost) const {
    uint8_t code = encodeValues(v);
    lost.encodeFlushes += (v != 0) & ((code & 0x7f) == 0);
    lost.encodeSaturations += (v < encodeValues.low) | (v > encodeValues.high);
    return code;
  }
  int16_t exp(int32_t v, UnitStats &lost) const {
    lost.fixedWraps += v > expValues.high;
    return int16_t(expValues.values[v + 32768]);
  }

  const DecodeTable &decodeValues;
  const ExpTable &expValues;
  const kernels::EncodeTable &encodeValues;
};
} // namespace

static SpecialFunctions<Tables>
unitsOf(const Description &desc, unsigned inputBias, unsigned outputBias) {
  unsigned bias =
      desc.sfuOutputBias == OutputBias::Input ? inputBias : outputBias;
  return {desc, Tables(desc, bias)};
}

void kernels::softmaxRow(const Description &desc, const SoftmaxConfig &cfg,
                         SoftmaxPasses x, const uint8_t *span, uint8_t *out,
                         UnitStats *stats) {
  auto unit = unitsOf(desc, cfg.inputBias, cfg.outputBias);
  unit.softmaxRow(cfg, x, span, out);
  if (stats)
    *stats += unit.lost;
}

void kernels::softmax(const Description &desc, const SoftmaxConfig &cfg,
                      const uint8_t *x, const uint8_t *span, uint8_t *out,
                      UnitStats *stats) {
  auto unit = unitsOf(desc, cfg.inputBias, cfg.outputBias);
  for (unsigned t = 0; t < cfg.shape.timesteps; ++t) {
    size_t at = size_t(t) * cfg.shape.rowCodes();
    unit.softmaxRow(cfg, {x + at, x + at, x + at},
                    span + (cfg.spanPerRow ? at : 0), out + at);
  }
  if (stats)
    *stats += unit.lost;
}

void kernels::layerNorm(const Description &desc, const LayerNormConfig &cfg,
                        const uint8_t *x, const uint8_t *gamma,
                        const uint8_t *beta, uint8_t *out, UnitStats *stats) {
  auto unit = unitsOf(desc, cfg.inputBias, cfg.outputBias);
  for (unsigned t = 0; t < cfg.shape.timesteps; ++t) {
    size_t at = size_t(t) * cfg.shape.rowCodes();
    unit.layerNormRow(cfg, x + at, gamma, beta, out + at);
  }
  if (stats)
    *stats += unit.lost;
}

void kernels::add(const Description &desc, const AddConfig &cfg,
                  const uint8_t *x, const uint8_t *y, uint8_t *out,
                  UnitStats *stats) {
  SpecialFunctions<Tables> unit(desc, Tables(desc, cfg.outputBias));
  unit.add(cfg, x, y, out);
  if (stats)
    *stats += unit.lost;
}

EntropyResult kernels::entropy(const Description &desc,
                               const EntropyConfig &cfg, const uint8_t *x,
                               UnitStats *stats) {
  SpecialFunctions<Tables> unit(desc, Tables(desc, 0));
  EntropyResult result = unit.entropy(cfg, x);
  if (stats)
    *stats += unit.lost;
  return result;
}
