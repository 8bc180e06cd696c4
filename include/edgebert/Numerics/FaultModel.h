//===- FaultModel.h - what a fault does to a stored word --------*- C++ -*-===//
//
// The one definition of a fault, for compiled programs, for the simulated
// machine and for campaigns. A fault acts on a *code word*: the bits that are
// stored, not the number they stand for. Value and bits are related by the
// format's one codec (Format.h), so that emulation and injection cannot
// disagree.
//
// Which fault strikes which site when is a plan (FaultPlan.h).
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_FAULTMODEL_H
#define EDGEBERT_NUMERICS_FAULTMODEL_H

#include "edgebert/Numerics/Format.h"

namespace edgebert::numerics {

//===----------------------------------------------------------------------===//
// Random numbers without a state
//===----------------------------------------------------------------------===//

/// A 64-bit word that depends on (seed, stream, counter) alone: the same on
/// every thread, in any order. Two rounds of SplitMix64's finaliser (Steele,
/// Lea, Flood 2014, variant 13 of Stafford) over the three words.
uint64_t randomWord(uint64_t seed, uint64_t stream, uint64_t counter);

/// `word` of randomWord mapped to 0 <= result < bound, by its high half
/// (Lemire's multiplication; the bias is below bound / 2^64). `bound` > 0.
uint64_t below(uint64_t word, uint64_t bound);

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

/// How the elements of a stored tensor are read as words.
struct WordLayout {
  /// What the words mean; none: plain bits.
  std::optional<Format> format;
  /// Bits of a word, 1 to 32: those of the format if there is one.
  unsigned bits = 8;
  /// Bytes from one element to the next: 1, 2 or 4.
  unsigned storageBytes = 1;
  /// The elements are f32 values of `format`: they are encoded, changed and
  /// decoded. `storageBytes` is then 4.
  bool asValues = false;
  /// Without a format: the words are IEEE binary32, not integers.
  bool isF32 = false;

  /// Codes of `format` in its storage integers.
  static WordLayout ofCodes(const Format &format);
  /// f32 elements that stand for codes of `format`.
  static WordLayout ofValues(const Format &format);
  /// IEEE binary32 as it is, with fields sign, exponent and mantissa.
  static WordLayout ofF32();
  /// Integers without a meaning we know; a bool is of 1 bit.
  static WordLayout ofBits(unsigned bits);

  /// The fields of a word, most significant first, together all its bits; one
  /// field "bits" without a format.
  std::vector<BitField> fields() const;
  /// "afp<8,3>", "i8", "f32".
  std::string name() const;

  /// The word of the element at `element`, and storing one. Bits above `bits`
  /// are not touched by `write`.
  uint32_t read(const void *data, int64_t element, Metadata metadata) const;
  void write(void *data, int64_t element, uint32_t word,
             Metadata metadata) const;
  /// The number a word stands for; without a format the integer, in two's
  /// complement if it has several bits.
  float value(uint32_t word, Metadata metadata) const;
};

//===----------------------------------------------------------------------===//
// Faults
//===----------------------------------------------------------------------===//

enum class FaultModel : uint8_t {
  Flip,     ///< the bits change
  StuckAt0, ///< the bits are 0
  StuckAt1, ///< the bits are 1
  Random,   ///< the whole word is replaced, by a code or by a value's code
};

/// "flip", "stuck-at-0", "stuck-at-1", "random".
llvm::StringRef stringifyFaultModel(FaultModel model);

/// What happens to one word.
struct WordFault {
  FaultModel model = FaultModel::Flip;
  /// The bits concerned: one for a single fault, several for a multiple one,
  /// neighbours for a burst. Ignored by Random.
  uint32_t mask = 1;
  /// Random: the code is uniform over all codes, or, with low <= high, that of
  /// a number uniform in [low, high).
  float low = 1, high = 0;
  /// Random: where the number comes from (randomWord).
  uint64_t seed = 0, stream = 0;

  /// `count` neighbouring bits from `bit` up.
  static WordFault burst(unsigned bit, unsigned count = 1,
                         FaultModel model = FaultModel::Flip);

  /// The word that is left of `word`.
  uint32_t apply(const WordLayout &layout, uint32_t word,
                 Metadata metadata) const;
};

/// What one fault did: enough to do it again and to say it to a person.
struct FaultRecord {
  int64_t site = 0;
  int64_t element = 0;
  /// The run (row) in which it struck, counted from 0.
  int64_t run = 0;
  /// The number of the fault in its plan.
  int64_t fault = 0;
  FaultModel model = FaultModel::Flip;
  /// The lowest bit that changed, or if none did that was aimed at, and its
  /// field.
  unsigned bit = 0;
  std::string field;
  uint32_t oldCode = 0, newCode = 0;
  float oldValue = 0, newValue = 0;
  /// What was stored, `storageBytes` of it: the word, or the f32 of it.
  uint32_t stored = 0;

  /// Whether the word changed; a bit stuck at what it was is no error, but is
  /// recorded.
  bool changed() const { return oldCode != newCode; }
};

/// Applies `fault` to the element and says what happened. `site`, `run` and
/// `fault` of the record are the caller's.
FaultRecord strike(const WordFault &fault, const WordLayout &layout, void *data,
                   int64_t element, Metadata metadata);

/// Stores again what was there before `record`.
void undo(const FaultRecord &record, const WordLayout &layout, void *data);

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_FAULTMODEL_H
