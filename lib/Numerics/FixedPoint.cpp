//===- FixedPoint.cpp - the kernels of a format ---------------------------===//

#include "edgebert/Numerics/FixedPoint.h"
#include "FormatModel.h"

namespace edgebert::numerics {
template Format Format::of(const FixedPoint &);
} // namespace edgebert::numerics
