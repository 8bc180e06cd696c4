//===- NumFmtTypes.h - the formats ------------------------------*- C++ -*-===//
//
// For those who build a particular format; passes include NumFmt.h only.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTTYPES_H
#define EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTTYPES_H

#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "edgebert/Numerics/AdaptivFloat.h"
#include "edgebert/Numerics/AffineInt.h"
#include "edgebert/Numerics/BlockFloat.h"
#include "edgebert/Numerics/FixedPoint.h"
#include "edgebert/Numerics/MiniFloat.h"
#include "edgebert/Numerics/MxFloat.h"
#include "edgebert/Numerics/Posit.h"
#include "edgebert/Numerics/SymmetricInt.h"

#define GET_TYPEDEF_CLASSES
#include "edgebert/Dialect/NumFmt/IR/NumFmtTypes.h.inc"

#endif // EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTTYPES_H
