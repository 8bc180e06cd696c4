//===- MxFloat.cpp - the kernels of a format ------------------------------===//

#include "edgebert/Numerics/MxFloat.h"
#include "FormatModel.h"

namespace edgebert::numerics {
template Format Format::of(const MxFloat &);
} // namespace edgebert::numerics
