//===- Posit.cpp - the kernels of a format --------------------------------===//

#include "edgebert/Numerics/Posit.h"
#include "FormatModel.h"

namespace edgebert::numerics {
template Format Format::of(const Posit &);
} // namespace edgebert::numerics
