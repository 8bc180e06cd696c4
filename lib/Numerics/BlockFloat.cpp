//===- BlockFloat.cpp - the kernels of a format ---------------------------===//

#include "edgebert/Numerics/BlockFloat.h"
#include "FormatModel.h"

namespace edgebert::numerics {
template Format Format::of(const BlockFloat &);
} // namespace edgebert::numerics
