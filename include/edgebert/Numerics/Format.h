//===- Format.h - any number format behind one handle -----------*- C++ -*-===//
//
// For code that does not know, and must not ask, which format it works in. The
// formats themselves are AdaptivFloat.h, AffineInt.h, BlockFloat.h,
// FixedPoint.h, MiniFloat.h, MxFloat.h, Posit.h and SymmetricInt.h, each with
// its source and every rule at its head; the list of them is in
// lib/Numerics/Format.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_FORMAT_H
#define EDGEBERT_NUMERICS_FORMAT_H

#include "edgebert/Numerics/Blocks.h"
#include "edgebert/Numerics/Metadata.h"
#include "edgebert/Numerics/Noise.h"
#include "edgebert/Numerics/Rounding.h"
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

  /// The format spelled like its type, `afp<8,3>` or `!numfmt.afp<8,3>`, or
  /// by one of presets(). Errors name what was expected.
  static llvm::Expected<Format> parse(llvm::StringRef spelling);

  /// Other names of formats, e.g. `bf16` for `float<8,7>`: those of MLIR's
  /// builtin types and of OCP microscaling.
  static llvm::ArrayRef<std::pair<const char *, const char *>> presets();

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
  Rounding rounding() const;
  bool isStochastic() const { return rounding() == Rounding::Stochastic; }
  /// The fields of a metadata value, most significant first; of ScaleAndZero
  /// those from bit 32 on are of `Metadata::high`.
  std::vector<BitField> metadataFields() const;

  /// `noise` are the 32 random bits of stochastic rounding.
  uint32_t encode(float x, Metadata metadata = {}, uint32_t noise = 0) const;
  /// Bits of `code` above `bits()` are ignored.
  float decode(uint32_t code, Metadata metadata = {}) const;

  /// The largest finite value.
  float maxFinite(Metadata metadata = {}) const;
  /// The metadata for numbers of at most `maxAbs`, by the format's own rule
  /// (see its file): usually that of the smallest range that holds it.
  Metadata chooseMetadata(float maxAbs) const {
    return chooseMetadata(-maxAbs, maxAbs);
  }
  /// The metadata for numbers between two.
  Metadata chooseMetadata(float least, float greatest) const;
  /// The metadata for these numbers.
  Metadata chooseMetadata(llvm::ArrayRef<float> x) const;

  // Arrays. `codes` is `storageBytes()` times as long as `x`; sizes are
  // asserted. Vectorised. Element i rounds with noise[i].

  void encode(llvm::ArrayRef<float> x, llvm::MutableArrayRef<uint8_t> codes,
              Metadata metadata = {}, NoiseStream noise = {}) const;
  void decode(llvm::ArrayRef<uint8_t> codes, llvm::MutableArrayRef<float> x,
              Metadata metadata = {}) const;
  /// decode(encode(x)); `y` may be `x`.
  void emulate(llvm::ArrayRef<float> x, llvm::MutableArrayRef<float> y,
               Metadata metadata = {}, NoiseStream noise = {}) const;

  // Row-major tensors of `shape` cut into `blocks` (which must be valid for
  // it), `metadata` in the order of Blocks::forEachRun.

  std::vector<Metadata> chooseMetadata(llvm::ArrayRef<int64_t> shape,
                                       const Blocks &blocks,
                                       llvm::ArrayRef<float> x) const;
  void encode(llvm::ArrayRef<int64_t> shape, const Blocks &blocks,
              llvm::ArrayRef<Metadata> metadata, llvm::ArrayRef<float> x,
              llvm::MutableArrayRef<uint8_t> codes,
              NoiseStream noise = {}) const;
  void decode(llvm::ArrayRef<int64_t> shape, const Blocks &blocks,
              llvm::ArrayRef<Metadata> metadata, llvm::ArrayRef<uint8_t> codes,
              llvm::MutableArrayRef<float> x) const;
  void emulate(llvm::ArrayRef<int64_t> shape, const Blocks &blocks,
               llvm::ArrayRef<Metadata> metadata, llvm::ArrayRef<float> x,
               llvm::MutableArrayRef<float> y, NoiseStream noise = {}) const;

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
