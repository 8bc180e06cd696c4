//===- DramImage.cpp - what is in the shared DRAM at the start ------------===//

#include "DramImage.h"

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"
#include "edgebert/Execution/ConstantBytes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace mlir;
using namespace edgebert;
using namespace edgebert::target;

/// Cache lines, and the widest elements.
static constexpr uint64_t kConstantAlignment = 64;

static uint64_t getByteSize(MemRefType type) {
  Type element = type.getElementType();
  unsigned bits = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  return type.getNumElements() * llvm::divideCeil(bits, 8);
}

DramLayout DramLayout::of(ModuleOp module) {
  DramLayout layout;
  for (auto region : module.getOps<accel::RegionOp>())
    layout.regionsEnd = std::max<uint64_t>(
        layout.regionsEnd, region.getAddress() + region.getSize());
  layout.end = layout.regionsEnd;
  for (auto global : module.getOps<memref::GlobalOp>()) {
    if (!isa_and_nonnull<ElementsAttr>(global.getInitialValueAttr()))
      continue;
    uint64_t offset = llvm::alignTo(layout.end, kConstantAlignment);
    layout.constants[global.getSymName()] = offset;
    layout.end = offset + getByteSize(global.getType());
  }
  return layout;
}

FailureOr<std::vector<char>> target::buildDramImage(ModuleOp module,
                                                    const DramLayout &layout) {
  // Regions after the last initialised byte need no place in the image.
  uint64_t size = layout.constants.empty() ? 0 : layout.end;
  for (auto region : module.getOps<accel::RegionOp>())
    if (region.getInitAttr())
      size = std::max<uint64_t>(size, region.getAddress() + region.getSize());
  std::vector<char> image(size, 0);
  auto place = [&](Operation *op, ElementsAttr value,
                   uint64_t offset) -> LogicalResult {
    std::vector<char> storage;
    llvm::Expected<ArrayRef<char>> bytes =
        execution::getRowMajorBytes(value, storage);
    if (!bytes)
      return op->emitOpError(llvm::toString(bytes.takeError()));
    std::memcpy(image.data() + offset, bytes->data(), bytes->size());
    return success();
  };
  for (auto region : module.getOps<accel::RegionOp>())
    if (ElementsAttr init = region.getInitAttr())
      if (failed(place(region, init, region.getAddress())))
        return failure();
  for (auto global : module.getOps<memref::GlobalOp>())
    if (auto init =
            dyn_cast_or_null<ElementsAttr>(global.getInitialValueAttr()))
      if (failed(place(global, init,
                       layout.constants.lookup(global.getSymName()))))
        return failure();
  return image;
}
