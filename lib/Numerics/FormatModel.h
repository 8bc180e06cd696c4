//===- FormatModel.h - a codec as the implementation of Format --*- C++ -*-===//

#ifndef EDGEBERT_LIB_NUMERICS_FORMATMODEL_H
#define EDGEBERT_LIB_NUMERICS_FORMATMODEL_H

#include "ArrayKernels.h"
#include "edgebert/Numerics/Format.h"

#include <type_traits>

namespace edgebert::numerics {

class Format::Concept {
public:
  virtual ~Concept() = default;
  virtual uint32_t encode(float x, Metadata metadata) const = 0;
  virtual float decode(uint32_t code, Metadata metadata) const = 0;
  virtual float maxFinite(Metadata metadata) const = 0;
  virtual Metadata chooseMetadata(float maxAbs) const = 0;
  virtual void encode(const float *x, uint8_t *codes, size_t n,
                      Metadata metadata) const = 0;
  virtual void decode(const uint8_t *codes, float *x, size_t n,
                      Metadata metadata) const = 0;
  virtual void emulate(const float *x, float *y, size_t n,
                       Metadata metadata) const = 0;

  std::string name;
  unsigned bits;
  MetadataKind metadataKind;
  bool requantizesExactly;
  std::vector<BitField> fields;

  /// Formats of 17 to 32 bits take 4 bytes: there are no 3-byte integers.
  unsigned storageBytes() const { return bits <= 8 ? 1 : bits <= 16 ? 2 : 4; }
};

/// Everything about a format that follows from its codec.
template <typename Codec>
class FormatModel final : public Format::Concept {
public:
  explicit FormatModel(Codec codec) : codec(codec) {
    name = std::string(Codec::kMnemonic) + "<";
    const char *separator = "";
    for (unsigned parameter : codec.parameters()) {
      name += separator + std::to_string(parameter);
      separator = ",";
    }
    name += ">";
    bits = codec.codeBits();
    metadataKind = Codec::kMetadata;
    requantizesExactly = Codec::kRequantizesExactly;
    auto all = codec.fields();
    fields.assign(all.begin(), all.end());
  }

  uint32_t encode(float x, Metadata metadata) const override {
    NativeArithmetic a;
    return codec.encode(a, x, metadata.word);
  }
  float decode(uint32_t code, Metadata metadata) const override {
    NativeArithmetic a;
    uint32_t mask = uint32_t((uint64_t(1) << bits) - 1);
    return codec.decode(a, code & mask, metadata.word);
  }
  float maxFinite(Metadata metadata) const override {
    return codec.maxFinite(metadata);
  }
  Metadata chooseMetadata(float maxAbs) const override {
    return codec.chooseMetadata(maxAbs);
  }

  void encode(const float *x, uint8_t *codes, size_t n,
              Metadata metadata) const override {
    withCodeType([&](auto code) {
      using Code = decltype(code);
      runLoop<EncodeLoop<Codec, Code>>(
          codec, x, reinterpret_cast<Code *>(codes), n, metadata.word);
    });
  }
  void decode(const uint8_t *codes, float *x, size_t n,
              Metadata metadata) const override {
    withCodeType([&](auto code) {
      using Code = decltype(code);
      runLoop<DecodeLoop<Codec, Code>>(
          codec, reinterpret_cast<const Code *>(codes), x, n, metadata.word);
    });
  }
  void emulate(const float *x, float *y, size_t n,
               Metadata metadata) const override {
    runLoop<EmulateLoop<Codec>>(codec, x, y, n, metadata.word);
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

  Codec codec;
};

} // namespace edgebert::numerics

#endif // EDGEBERT_LIB_NUMERICS_FORMATMODEL_H
