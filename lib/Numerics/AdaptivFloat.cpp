//===- AdaptivFloat.cpp - the kernels of a format -------------------------===//

#include "edgebert/Numerics/AdaptivFloat.h"
#include "FormatModel.h"

namespace edgebert::numerics {
template Format Format::of(const AdaptivFloat &);
} // namespace edgebert::numerics
