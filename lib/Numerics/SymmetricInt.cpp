//===- SymmetricInt.cpp - the kernels of a format -------------------------===//

#include "edgebert/Numerics/SymmetricInt.h"
#include "FormatModel.h"

namespace edgebert::numerics {
template Format Format::of(const SymmetricInt &);
} // namespace edgebert::numerics
