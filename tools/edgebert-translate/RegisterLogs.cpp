//===- RegisterLogs.cpp - register logs to text and back ------------------===//

#include "RegisterLogs.h"

#include "edgebert/Machine/RegisterLog.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace edgebert::machine;

static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readInput(llvm::StringRef path) {
  auto file = llvm::MemoryBuffer::getFileOrSTDIN(path);
  if (std::error_code error = file.getError())
    return llvm::createStringError(path + ": " + error.message());
  return std::move(*file);
}

llvm::Error disassembleLog(llvm::StringRef input, llvm::StringRef output,
                           llvm::StringRef machine) {
  auto file = readInput(input);
  if (!file)
    return file.takeError();
  llvm::Expected<RegisterLog> log = RegisterLog::decode((*file)->getBuffer());
  if (!log)
    return llvm::createStringError((*file)->getBufferIdentifier() + ": " +
                                   llvm::toString(log.takeError()));
  if (!machine.empty()) {
    llvm::Expected<Description> desc = Description::load(machine);
    if (!desc)
      return desc.takeError();
    log->setMachine(*desc);
  }
  return llvm::writeToOutput(output, [&](llvm::raw_ostream &os) {
    log->print(os);
    return llvm::Error::success();
  });
}

llvm::Error assembleLog(llvm::StringRef input, llvm::StringRef output,
                        llvm::StringRef machine) {
  auto file = readInput(input);
  if (!file)
    return file.takeError();
  llvm::Expected<Description> desc =
      machine.empty() ? Description::asic() : Description::load(machine);
  if (!desc)
    return desc.takeError();
  llvm::Expected<RegisterLog> log = RegisterLog::assemble(
      (*file)->getBuffer(), (*file)->getBufferIdentifier(), *desc);
  if (!log)
    return log.takeError();
  return llvm::writeToOutput(output, [&](llvm::raw_ostream &os) {
    os << log->encode();
    return llvm::Error::success();
  });
}
