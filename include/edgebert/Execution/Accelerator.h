//===- Accelerator.h - the simulated device of a running program -*- C++
//-*-===//
//
// A machine, the DRAM it shares with the host program, and the run-time
// functions through which compiled code reaches them
// (edgebert/Conversion/RuntimeFunctions.h).
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_EXECUTION_ACCELERATOR_H
#define EDGEBERT_EXECUTION_ACCELERATOR_H

#include "edgebert/Machine/Faults.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <memory>
#include <vector>

namespace edgebert::execution {

/// The contents of a probed buffer, valid during the call.
struct ProbedValue {
  llvm::StringRef id;
  /// Bytes of AdaptivFloat codes or f32 numbers, row-major.
  llvm::ArrayRef<char> bytes;
  bool isF32 = false;
};

class Accelerator {
public:
  /// A device with the DRAM that `module`'s regions describe, holding their
  /// contents. Modules without regions (model to accelerator form) need none.
  static llvm::Expected<std::unique_ptr<Accelerator>>
  create(const machine::Description &description, mlir::ModuleOp module);

  machine::Machine &getMachine() { return machine; }
  /// The faults of the machine's memories and registers.
  machine::MachineFaults &getFaults() { return faults; }
  /// The run-time functions of this thread act on this device until the end of
  /// the returned scope; nested scopes restore the outer device.
  class Scope {
  public:
    explicit Scope(Accelerator &device);
    ~Scope();
    Scope(const Scope &) = delete;

  private:
    Accelerator *previous;
  };

  /// What probes are reported to; none: they are ignored.
  std::function<void(const ProbedValue &)> onProbe;

  /// The first error since the last call; run-time functions do nothing after
  /// an error, since compiled code cannot be unwound.
  llvm::Error takeError();

  /// Runs `action` unless there has been an error, and keeps its error.
  void attempt(llvm::function_ref<llvm::Error()> action);
  /// The same for a command of the machine, before which faults may strike.
  void attemptCommand(llvm::function_ref<llvm::Error()> action);
  char *getDram(uint64_t address, uint64_t size);

private:
  explicit Accelerator(const machine::Description &description)
      : machine(description), faults(machine) {}

  machine::Machine machine;
  machine::MachineFaults faults;
  std::vector<char> dram;
  std::string error;
};

/// The device whose scope this thread is in; null outside any.
Accelerator *getCurrentAccelerator();

/// Names and addresses of the run-time functions, to be registered with the
/// engine that runs compiled code.
std::vector<std::pair<llvm::StringRef, void *>> getDeviceSymbols();

} // namespace edgebert::execution

#endif // EDGEBERT_EXECUTION_ACCELERATOR_H
