//===- Accelerator.cpp - the simulated device of a running program --------===//

#include "edgebert/Execution/Accelerator.h"

#include "edgebert/Dialect/EdgeBERT/IR/EdgeBERT.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/FormatVariadic.h"

#include <cstring>

using namespace mlir;
using namespace edgebert;
using namespace edgebert::execution;

/// The device of the code that this thread is running.
static thread_local Accelerator *current = nullptr;

Accelerator::Scope::Scope(Accelerator &device) : previous(current) {
  current = &device;
}
Accelerator::Scope::~Scope() { current = previous; }

Accelerator *execution::getCurrentAccelerator() { return current; }

llvm::Expected<std::unique_ptr<Accelerator>>
Accelerator::create(const machine::Description &description, ModuleOp module) {
  std::unique_ptr<Accelerator> device(new Accelerator(description));
  uint64_t size = 0;
  for (auto region : module.getOps<accel::RegionOp>())
    size = std::max<uint64_t>(size, region.getAddress() + region.getSize());
  if (size > uint64_t(UINT32_MAX) + 1)
    return llvm::createStringError(llvm::formatv(
        "the program's regions end at byte {0}, but the machine's addresses "
        "have 32 bits",
        size));
  device->dram.assign(size, 0);
  for (auto region : module.getOps<accel::RegionOp>()) {
    ElementsAttr init = region.getInitAttr();
    if (!init)
      continue;
    char *target = device->dram.data() + region.getAddress();
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(init)) {
      AsmResourceBlob *blob = resource.getRawHandle().getBlob();
      if (!blob || blob->getData().size() != region.getSize())
        return llvm::createStringError(llvm::formatv(
            "region @{0}: expected a resource of {1} bytes, found {2}",
            region.getSymName(), region.getSize(),
            blob ? blob->getData().size() : 0));
      std::memcpy(target, blob->getData().data(), region.getSize());
      continue;
    }
    for (APInt byte : init.getValues<APInt>())
      *target++ = char(byte.getZExtValue());
  }
  device->machine.attachMemory(reinterpret_cast<uint8_t *>(device->dram.data()),
                               device->dram.size());
  return device;
}

llvm::Error Accelerator::takeError() {
  if (error.empty())
    return llvm::Error::success();
  std::string message = std::move(error);
  error.clear();
  return llvm::createStringError(message);
}

void Accelerator::attempt(llvm::function_ref<llvm::Error()> action) {
  if (!error.empty())
    return;
  if (llvm::Error failure = action())
    error = llvm::toString(std::move(failure));
}

void Accelerator::attemptCommand(llvm::function_ref<llvm::Error()> action) {
  attempt([&] {
    if (faults.isArmed())
      if (llvm::Error error = faults.beforeCommand())
        return error;
    return action();
  });
}

char *Accelerator::getDram(uint64_t address, uint64_t size) {
  // Regions were checked to be inside when the device was made.
  if (address + size <= dram.size())
    return dram.data() + address;
  attempt([&] {
    return llvm::createStringError(
        llvm::formatv("DRAM bytes {0} to {1} are outside the program's {2}",
                      address, address + size, dram.size()));
  });
  return nullptr;
}
