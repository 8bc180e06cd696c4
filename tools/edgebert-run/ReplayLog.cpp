//===- ReplayLog.cpp - replay a recorded register log ---------------------===//

#include "ReplayLog.h"

#include "edgebert/Machine/LogRecorder.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace edgebert::machine;

llvm::Expected<bool> replayLog(llvm::StringRef path, llvm::StringRef machine,
                               llvm::raw_ostream &os) {
  auto prefix = [&](llvm::Error error) {
    return llvm::createStringError(path + ": " +
                                   llvm::toString(std::move(error)));
  };
  auto file = llvm::MemoryBuffer::getFileOrSTDIN(path);
  if (std::error_code error = file.getError())
    return prefix(llvm::errorCodeToError(error));
  llvm::Expected<RegisterLog> log = RegisterLog::decode((*file)->getBuffer());
  if (!log)
    return prefix(log.takeError());
  // The log of a machine from a file has only its name.
  llvm::Expected<Description> desc =
      Description::load(machine.empty() ? log->getMachine() : machine);
  if (!desc)
    return machine.empty()
               ? prefix(llvm::createStringError(
                     llvm::toString(desc.takeError()) +
                     ": give the machine of the log with --machine"))
               : desc.takeError();
  llvm::Expected<ReplayResult> result = replay(*log, *desc);
  if (!result) {
    bool hasMemory = log->count(RegisterLog::Kind::Memory) != 0 ||
                     log->count(RegisterLog::Kind::Stored) != 0;
    return prefix(llvm::createStringError(
        llvm::toString(result.takeError()) +
        (hasMemory ? "" : "; the log was recorded without --log-memory")));
  }
  os << llvm::formatv("replayed {0} writes, {1} reads, {2} waits and {3} "
                      "stores on {4}: {5} cycles without the host's work\n",
                      result->writes, result->reads, result->waits,
                      result->stores, desc->name, result->cycles);
  if (result->differences == 0)
    os << "identical: all reads and stored bytes are as recorded\n";
  else
    os << result->differences
       << " differences; first: " << result->firstDifference << '\n';
  return result->differences == 0;
}
