//===- Sites.h - the sites of a module --------------------------*- C++ -*-===//

#ifndef EDGEBERT_DIALECT_FAULT_TRANSFORMS_SITES_H
#define EDGEBERT_DIALECT_FAULT_TRANSFORMS_SITES_H

#include "edgebert/Dialect/Fault/IR/Fault.h"
#include "edgebert/Numerics/FaultModel.h"
#include "mlir/IR/BuiltinOps.h"

#include <vector>

namespace edgebert::fault {

/// Everything about a site that does not need the IR any more.
struct Site {
  int64_t id = 0;
  Kind kind = Kind::Activation;
  std::string name;
  numerics::WordLayout layout;
  llvm::SmallVector<int64_t> shape;
  /// One value, or one per index of `axis`.
  llvm::SmallVector<numerics::Metadata> metadata;
  std::optional<int64_t> axis;
  /// SiteOp::isStorage.
  bool isStorage = false;

  int64_t getNumElements() const;
  /// The metadata of the element at a row-major position.
  numerics::Metadata getMetadata(int64_t element) const;
};

/// Reads one op; its shape must be static.
Site getSite(SiteOp op);

/// The sites of `module` in program order. Two sites with one id, and a site of
/// dynamic shape, are errors (reported at the op).
mlir::FailureOr<std::vector<Site>> getSites(mlir::ModuleOp module);

} // namespace edgebert::fault

#endif // EDGEBERT_DIALECT_FAULT_TRANSFORMS_SITES_H
