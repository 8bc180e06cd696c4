//===- NumFmtTypes.h - the formats ------------------------------*- C++ -*-===//
//
// For those who build a particular format; passes include NumFmt.h only.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTTYPES_H
#define EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTTYPES_H

#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "edgebert/Numerics/AdaptivFloat.h"
#include "edgebert/Numerics/IEEEFloat.h"
#include "edgebert/Numerics/SymmetricInt.h"

#include "edgebert/Dialect/NumFmt/IR/NumFmtEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "edgebert/Dialect/NumFmt/IR/NumFmtAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "edgebert/Dialect/NumFmt/IR/NumFmtTypes.h.inc"

#endif // EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTTYPES_H
