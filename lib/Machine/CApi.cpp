//===- CApi.cpp - the machine for C drivers ---------------------*- C++ -*-===//

#include "edgebert/Machine/CApi.h"

#include "edgebert/Machine/LogRecorder.h"
#include "edgebert/Machine/Machine.h"

#include "llvm/Support/FileUtilities.h"

#include <string>

using namespace edgebert::machine;

struct eb_machine {
  explicit eb_machine(const Description &desc) : machine(desc) {}
  Machine machine;
  std::optional<LogRecorder> recorder;
  std::string lastError;
};

static thread_local std::string creationError;

/// 0, or -1 with the message kept.
static int finish(eb_machine *machine, llvm::Error error) {
  if (!error)
    return 0;
  machine->lastError = llvm::toString(std::move(error));
  return -1;
}

eb_machine *eb_machine_create(const char *name) {
  llvm::Expected<Description> desc = Description::load(name ? name : "");
  if (!desc) {
    creationError = llvm::toString(desc.takeError());
    return nullptr;
  }
  return new eb_machine(*desc);
}

void eb_machine_destroy(eb_machine *machine) { delete machine; }

void eb_machine_attach_memory(eb_machine *machine, void *memory, uint64_t size,
                              uint32_t address) {
  machine->machine.attachMemory(static_cast<uint8_t *>(memory), size, address);
}

int eb_machine_write32(eb_machine *machine, uint32_t offset, uint32_t value) {
  return finish(machine, machine->machine.writeRegister(offset, value));
}

int eb_machine_read32(eb_machine *machine, uint32_t offset, uint32_t *value) {
  llvm::Expected<uint32_t> read = machine->machine.readRegister(offset);
  if (!read)
    return finish(machine, read.takeError());
  *value = *read;
  return 0;
}

int eb_machine_wait(eb_machine *machine) {
  return finish(machine, machine->machine.wait());
}

int eb_machine_host_work(eb_machine *machine, int kind, uint64_t amount) {
  if (kind < 0 || kind >= int(kNumHostWorks))
    return finish(machine, llvm::createStringError(
                               "unknown kind of host work " +
                               llvm::Twine(kind) + "; expected 0 (copy) to " +
                               llvm::Twine(kNumHostWorks - 1)));
  machine->machine.addHostWork(HostWork(kind), amount);
  return 0;
}

uint64_t eb_machine_cycles(eb_machine *machine) {
  machine->machine.drain();
  return machine->machine.stats().totalCycles();
}

void eb_machine_set_origin(eb_machine *machine, const char *name) {
  machine->machine.setOrigin(name ? name : "");
}

void eb_machine_start_log(eb_machine *machine) {
  // The old recorder lets go of the machine before the new one takes it.
  machine->recorder.reset();
  machine->recorder.emplace(machine->machine);
}

int eb_machine_write_log(eb_machine *machine, const char *path) {
  if (!machine->recorder)
    return finish(machine, llvm::createStringError(
                               "no log to write: expected eb_machine_start_log "
                               "before"));
  return finish(machine, llvm::writeToOutput(path, [&](llvm::raw_ostream &os) {
                  os << machine->recorder->getLog().encode();
                  return llvm::Error::success();
                }));
}

const char *eb_last_error(const eb_machine *machine) {
  return machine ? machine->lastError.c_str() : creationError.c_str();
}
