//===- Format.h - any number format behind one handle -----------*- C++ -*-===//
//
// For code that does not know, and must not ask, which format it works in. The
// formats themselves are AdaptivFloat.h, SymmetricInt.h and IEEEFloat.h; the
// list of them is in lib/Numerics/Format.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_FORMAT_H
#define EDGEBERT_NUMERICS_FORMAT_H

#include "edgebert/Numerics/Metadata.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace edgebert::numerics {

/// A number format; cheap to copy. Codes are stored in the low bits of unsigned
/// little-endian integers of `storageBytes()` bytes, high bits zero.
class Format {
public:
  /// What implements one format (lib/Numerics/FormatModel.h).
  class Concept;

  /// The handle of one of the codecs, e.g. `Format::of(kAfp8)`. The codec must
  /// be valid (its `invalid()` is empty).
  template <typename Codec>
  static Format of(const Codec &codec);

  /// The format spelled like its type, `afp<8,3>` or `!numfmt.afp<8,3>`.
  /// Errors name what was expected.
  static llvm::Expected<Format> parse(llvm::StringRef spelling);

  /// The spelling `parse` takes, without spaces.
  std::string name() const;
  /// Bits of a code.
  unsigned bits() const;
  /// 1, 2 or 4.
  unsigned storageBytes() const;
  MetadataKind metadataKind() const;
  /// The fields of a code, most significant first; together all its bits.
  std::vector<BitField> fields() const;
  /// Whether decode(encode(decode(c, m), m), m) = decode(c, m) for every code
  /// and metadata.
  bool requantizesExactly() const;

  uint32_t encode(float x, Metadata metadata = {}) const;
  /// Bits of `code` above `bits()` are ignored.
  float decode(uint32_t code, Metadata metadata = {}) const;

  /// The largest finite value.
  float maxFinite(Metadata metadata = {}) const;
  /// The metadata with the smallest range that represents `maxAbs` without
  /// saturation, as far as the format can.
  Metadata chooseMetadata(float maxAbs) const;

  // Arrays. `codes` is `storageBytes()` times as long as `x`; sizes are
  // asserted. Vectorised; for AdaptivFloat and int a copy's speed.

  void encode(llvm::ArrayRef<float> x, llvm::MutableArrayRef<uint8_t> codes,
              Metadata metadata = {}) const;
  void decode(llvm::ArrayRef<uint8_t> codes, llvm::MutableArrayRef<float> x,
              Metadata metadata = {}) const;
  /// decode(encode(x)); `y` may be `x`.
  void emulate(llvm::ArrayRef<float> x, llvm::MutableArrayRef<float> y,
               Metadata metadata = {}) const;

  bool operator==(const Format &other) const { return name() == other.name(); }

private:
  explicit Format(std::shared_ptr<const Concept> model)
      : model(std::move(model)) {}
  std::shared_ptr<const Concept> model;
};

/// Calls `run(offset, length, metadata index)` for each maximal contiguous run
/// of a row-major tensor of `shape` whose elements share one metadata value:
/// the whole tensor without an axis, else the slices at each index of it.
void forEachMetadataRun(
    llvm::ArrayRef<int64_t> shape, std::optional<int64_t> axis,
    llvm::function_ref<void(int64_t, int64_t, int64_t)> run);

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_FORMAT_H
