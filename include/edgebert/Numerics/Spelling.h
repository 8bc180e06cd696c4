//===- Spelling.h - how a format's parameters are written -------*- C++ -*-===//
//
//   format ::= mnemonic `<` number (`,` number)* (`,` keyword)* `>`
//
// A codec has a fixed count of numbers and some choices, each with a keyword
// per case. Choices follow in any order; what is not chosen has its default,
// and defaults are not printed. The text form (Format::parse) and the dialect's
// types share the functions below.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_SPELLING_H
#define EDGEBERT_NUMERICS_SPELLING_H

#include "edgebert/Numerics/Rounding.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/StringRef.h"

#include <array>
#include <string>

namespace edgebert::numerics {

/// The keywords of one choice.
using ChoiceNames = llvm::ArrayRef<const char *>;

/// The case of a choice that was given, or the default (-1: not given).
constexpr int chosen(int choice, int fallback) {
  return choice < 0 ? fallback : choice;
}

/// The choices of a format that has no other than its rounding.
struct RoundingChoice {
  Rounding rounding = Rounding::NearestEven;

  static std::array<ChoiceNames, 1> choiceNames() {
    return {ChoiceNames(kRoundingNames)};
  }
  static RoundingChoice fromChoices(const std::array<int, 1> &c) {
    return {Rounding(chosen(c[0], int(Rounding::NearestEven)))};
  }
  std::array<int, 1> choices() const { return {int(rounding)}; }
  std::array<int, 1> defaultChoices() const {
    return {int(Rounding::NearestEven)};
  }
};

/// `afp<8,3,paper>`, with `separator` between the parameters.
template <typename Codec>
std::string spell(const Codec &codec, llvm::StringRef separator = ",") {
  std::string text = Codec::kMnemonic;
  llvm::StringRef next = "<";
  for (unsigned number : codec.parameters()) {
    text += next.str() + std::to_string(number);
    next = separator;
  }
  auto choices = codec.choices(), defaults = codec.defaultChoices();
  auto names = Codec::choiceNames();
  for (size_t i = 0; i < choices.size(); ++i)
    if (choices[i] != defaults[i]) {
      text += next.str() + names[i][choices[i]];
      next = separator;
    }
  return text + ">";
}

/// Sets `codec` from its parameters as they are written; returns what is wrong
/// with them, or the empty string.
template <typename Codec>
std::string parseParameters(llvm::ArrayRef<llvm::StringRef> tokens,
                            Codec &codec) {
  std::array<unsigned, Codec::kParameters> numbers;
  size_t count = 0;
  while (count < tokens.size() && count < numbers.size() &&
         !tokens[count].getAsInteger(10, numbers[count]))
    ++count;
  if (count < numbers.size() ||
      (count < tokens.size() && !tokens[count].empty() &&
       tokens[count][0] >= '0' && tokens[count][0] <= '9'))
    return "expected " + std::to_string(numbers.size()) + " parameter" +
           (numbers.size() == 1 ? "" : "s") + ", as in " + Codec::kExample;
  auto names = Codec::choiceNames();
  std::array<int, std::tuple_size<decltype(names)>::value> choices;
  choices.fill(-1);
  for (llvm::StringRef token : tokens.drop_front(count)) {
    std::string known;
    bool found = false;
    for (size_t i = 0; i < names.size(); ++i)
      for (size_t c = 0; c < names[i].size(); ++c) {
        known += (known.empty() ? "" : ", ") + std::string(names[i][c]);
        if (token != names[i][c])
          continue;
        if (choices[i] >= 0)
          return "expected one of '" + std::string(names[i][choices[i]]) +
                 "' and '" + token.str() + "', got both";
        choices[i] = int(c);
        found = true;
      }
    if (!found)
      return "expected one of " + known + ", got '" + token.str() + "'";
  }
  codec = Codec::fromParameters(numbers, choices);
  return codec.invalid();
}

/// Codecs are equal when their parameters and choices are.
template <typename Codec, const char *const * = &Codec::kMnemonic>
bool operator==(const Codec &a, const Codec &b) {
  return a.parameters() == b.parameters() && a.choices() == b.choices();
}

template <typename Codec, const char *const * = &Codec::kMnemonic>
llvm::hash_code hash_value(const Codec &codec) {
  auto numbers = codec.parameters();
  auto choices = codec.choices();
  return llvm::hash_combine(
      llvm::hash_combine_range(numbers.begin(), numbers.end()),
      llvm::hash_combine_range(choices.begin(), choices.end()));
}

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_SPELLING_H
