//===- AffineInt.cpp - the kernels of a format ----------------------------===//

#include "edgebert/Numerics/AffineInt.h"
#include "FormatModel.h"

namespace edgebert::numerics {
template Format Format::of(const AffineInt &);
} // namespace edgebert::numerics
