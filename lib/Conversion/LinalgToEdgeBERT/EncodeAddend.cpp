//===- EncodeAddend.cpp - a bias vector as products of codes --------------===//

#include "edgebert/Conversion/LinalgToEdgeBERT.h"
#include "edgebert/Numerics/AdaptivFloat.h"

#include <array>
#include <cmath>

using namespace edgebert;

namespace {

/// A code's operand value is an integer, so with bias 10 + mantissa bits the
/// format's own encoder rounds integers to operands.
constexpr int kOperandBias =
    numerics::AdaptivFloat::kExponentOffset + 4;

/// The left constants, from coarse to fine: the largest operand, repeated so
/// that large values fit, then ever smaller ones for what is left over.
constexpr std::array<int, 16> kLanes = {3968, 3968, 3968, 3968, 3968, 3968,
                                        3968, 3968, 248,  248,  248,  31,
                                        31,   17,   17,   17};

uint8_t encodeOperand(double value) {
  return uint8_t(numerics::kAfp8.encode(float(value), kOperandBias));
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
    result.maxError = std::max(result.maxError, std::fabs(rest));
  }
  // What is left is below half the finest product unless the value exceeded
  // what eight largest products reach.
  constexpr double kFinest = 17.0 * 17.0;
  if (!(result.maxError <= kFinest))
    return std::nullopt;
  return result;
}
