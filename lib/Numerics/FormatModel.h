//===- FormatModel.h - a codec as the implementation of Format --*- C++ -*-===//

#ifndef EDGEBERT_LIB_NUMERICS_FORMATMODEL_H
#define EDGEBERT_LIB_NUMERICS_FORMATMODEL_H

#include "ArrayKernels.h"
#include "edgebert/Numerics/Format.h"
#include "edgebert/Numerics/Spelling.h"

#include <cassert>
#include <type_traits>

namespace edgebert::numerics {

class Format::Concept {
public:
  virtual ~Concept() = default;
  virtual uint32_t encode(float x, Metadata metadata, uint32_t noise) const = 0;
  virtual float decode(uint32_t code, Metadata metadata) const = 0;
  virtual float maxFinite(Metadata metadata) const = 0;
  virtual Metadata chooseMetadata(float least, float greatest) const = 0;
  virtual void encode(const float *x, uint8_t *codes, size_t n,
                      Metadata metadata, NoiseStream noise) const = 0;
  virtual void decode(const uint8_t *codes, float *x, size_t n,
                      Metadata metadata) const = 0;
  virtual void emulate(const float *x, float *y, size_t n, Metadata metadata,
                       NoiseStream noise) const = 0;

  std::string name;
  unsigned bits;
  MetadataKind metadataKind;
  bool requantizesExactly;
  Rounding rounding;
  std::vector<BitField> fields;

  /// Formats of 17 to 32 bits take 4 bytes: there are no 3-byte integers.
  unsigned storageBytes() const { return bits <= 8 ? 1 : bits <= 16 ? 2 : 4; }
};

/// Everything about a format that follows from its codec.
template <typename Codec>
class FormatModel final : public Format::Concept {
public:
  explicit FormatModel(Codec codec) : codec(codec) {
    name = spell(codec);
    bits = codec.codeBits();
    metadataKind = codec.metadataKind();
    requantizesExactly = codec.requantizesExactly();
    rounding = codec.rounding;
    auto all = codec.fields();
    fields.assign(all.begin(), all.end());
    // A field that these parameters leave no bits is none.
    llvm::erase_if(fields, [](const BitField &field) { return !field.width; });
  }

  uint32_t encode(float x, Metadata metadata, uint32_t noise) const override {
    NativeArithmetic a;
    return codec.encode(a, x, metadata.words(), noise);
  }
  float decode(uint32_t code, Metadata metadata) const override {
    NativeArithmetic a;
    uint32_t mask = uint32_t((uint64_t(1) << bits) - 1);
    return codec.decode(a, code & mask, metadata.words());
  }
  float maxFinite(Metadata metadata) const override {
    return codec.maxFinite(metadata);
  }
  Metadata chooseMetadata(float least, float greatest) const override {
    NativeArithmetic a;
    auto words = codec.chooseMetadata(a, least, greatest);
    return {words.low, words.high};
  }

  void encode(const float *x, uint8_t *codes, size_t n, Metadata metadata,
              NoiseStream noise) const override {
    withRounding([&](auto rounding) {
      withCodeType([&](auto code) {
        using Code = decltype(code);
        runLoop<EncodeLoop<Codec, decltype(rounding)::value, Code>>(
            codec, x, reinterpret_cast<Code *>(codes), n, metadata, noise);
      });
    });
  }
  void decode(const uint8_t *codes, float *x, size_t n,
              Metadata metadata) const override {
    withCodeType([&](auto code) {
      using Code = decltype(code);
      runLoop<DecodeLoop<Codec, Code>>(
          codec, reinterpret_cast<const Code *>(codes), x, n, metadata);
    });
  }
  void emulate(const float *x, float *y, size_t n, Metadata metadata,
               NoiseStream noise) const override {
    withRounding([&](auto rounding) {
      withVariant<decltype(rounding)::value>([&](auto variant) {
        runLoop<EmulateLoop<Codec, decltype(rounding)::value,
                            decltype(variant)::value>>(codec, x, y, n, metadata,
                                                       noise);
      });
    });
  }

private:
  template <typename Fn>
  void withCodeType(Fn fn) const {
    if (bits <= 8)
      return fn(uint8_t());
    if (bits <= 16)
      return fn(uint16_t());
    fn(uint32_t());
  }
  /// Only the default rounding is worth loops for a codec's variants.
  template <Rounding rounding, unsigned variant = 0, typename Fn>
  void withVariant(Fn fn) const {
    if constexpr (HasVariants<Codec>::value &&
                  rounding == Rounding::NearestEven) {
      if constexpr (variant + 1 < Codec::kVariants)
        if (codec.getVariant() != variant)
          return withVariant<rounding, variant + 1>(fn);
      fn(std::integral_constant<unsigned, variant>());
    } else if constexpr (HasVariants<Codec>::value) {
      fn(std::integral_constant<unsigned, Codec::kVariants - 1>());
    } else {
      fn(std::integral_constant<unsigned, 0>());
    }
  }
  template <typename Fn>
  void withRounding(Fn fn) const {
    switch (codec.rounding) {
    case Rounding::NearestEven:
      return fn(std::integral_constant<Rounding, Rounding::NearestEven>());
    case Rounding::TiesAway:
      return fn(std::integral_constant<Rounding, Rounding::TiesAway>());
    case Rounding::TiesUp:
      return fn(std::integral_constant<Rounding, Rounding::TiesUp>());
    case Rounding::TowardZero:
      return fn(std::integral_constant<Rounding, Rounding::TowardZero>());
    case Rounding::Stochastic:
      return fn(std::integral_constant<Rounding, Rounding::Stochastic>());
    }
  }

  Codec codec;
};

template <typename Codec>
Format Format::of(const Codec &codec) {
  assert(codec.invalid().empty() && "not a format");
  return Format(std::make_shared<FormatModel<Codec>>(codec));
}

} // namespace edgebert::numerics

#endif // EDGEBERT_LIB_NUMERICS_FORMATMODEL_H
