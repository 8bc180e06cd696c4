//===- EncodeAddend.cpp - a bias vector as products of codes --------------===//

#include "edgebert/Conversion/LinalgToEdgeBERT.h"
#include "edgebert/Numerics/AdaptivFloat.h"

#include <array>
#include <cmath>

using namespace edgebert;

namespace {

/// A code's operand value is an integer, so with bias 10 + mantissa bits the
/// format's own encoder rounds integers to operands.
constexpr int kOperandBias = numerics::AdaptivFloat::kExponentOffset + 4;

/// The left constants, from coarse to fine: the largest operand, repeated so
/// that large values fit, then ever smaller ones for what is left over.
constexpr std::array<int, 16> kLanes = {3968, 3968, 3968, 3968, 3968, 3968,
                                        3968, 3968, 248,  248,  248,  31,
                                        31,   17,   17,   17};

/// The code of the operand nearest to `value`. The format's encoder flushes
/// everything below the smallest operand to zero, also what is nearer to it.
uint8_t encodeOperand(double value) {
  uint8_t code = uint8_t(numerics::kAfp8.encode(float(value), kOperandBias));
  constexpr uint8_t kSmallest = 1;
  if (numerics::decodeOperand(code) != 0 ||
      2 * std::fabs(value) <= numerics::decodeOperand(kSmallest))
    return code;
  return value < 0 ? kSmallest | 0x80 : kSmallest;
}

} // namespace

std::optional<EncodedAddend>
edgebert::encodeAddend(llvm::ArrayRef<double> values) {
  EncodedAddend result;
  for (int lane : kLanes)
    result.lanes.push_back(int8_t(encodeOperand(lane)));
  result.codes.reserve(values.size() * 16);
  for (double value : values) {
    double rest = value;
    for (int lane : kLanes) {
      uint8_t code = encodeOperand(rest / lane);
      rest -= double(numerics::decodeOperand(code)) * lane;
      result.codes.push_back(char(code));
    }
    // What is left is at most half the finest product unless the value exceeds
    // what eight largest products reach, or is no number.
    constexpr double kFinest = 17.0 * 17.0;
    if (!(std::fabs(rest) <= kFinest / 2))
      return std::nullopt;
    result.maxError = std::max(result.maxError, std::fabs(rest));
  }
  return result;
}
