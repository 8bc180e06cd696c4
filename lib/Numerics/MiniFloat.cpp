//===- MiniFloat.cpp - the kernels of a format ----------------------------===//

#include "edgebert/Numerics/MiniFloat.h"
#include "FormatModel.h"

namespace edgebert::numerics {
template Format Format::of(const MiniFloat &);
} // namespace edgebert::numerics
