//===- CompressionPasses.h - compression of a model's weights ---*- C++ -*-===//
//
// The passes that put the algorithms of edgebert/Compression on IR. They may be
// run in any order.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_PIPELINES_COMPRESSIONPASSES_H
#define EDGEBERT_PIPELINES_COMPRESSIONPASSES_H

#include "edgebert/Compression/Grid.h"
#include "edgebert/Compression/Prune.h"
#include "edgebert/Dialect/Mask/IR/Mask.h"
#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace edgebert {

/// How numfmt-quantize-weights chooses codes.
enum class WeightStrategy {
  Rtn,
  Mse,
  Percentile,
  Lapq,
  AdaRound,
  Obq,
  Gptq,
  Awq,
};

#define GEN_PASS_DECL
#include "edgebert/Pipelines/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "edgebert/Pipelines/Passes.h.inc"

} // namespace edgebert

#endif // EDGEBERT_PIPELINES_COMPRESSIONPASSES_H
