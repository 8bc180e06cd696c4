//===- JsonFile.h - JSON from and to files ----------------------*- C++ -*-===//

#ifndef EDGEBERT_SUPPORT_JSONFILE_H
#define EDGEBERT_SUPPORT_JSONFILE_H

#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

namespace edgebert {

/// What is in the file. Messages are the path, then `unreadable` or `invalid`,
/// then the reason.
inline llvm::Expected<llvm::json::Value>
readJson(llvm::StringRef path, llvm::StringRef unreadable = "",
         llvm::StringRef invalid = "") {
  auto fail = [&](llvm::StringRef what, const std::string &reason) {
    return llvm::createStringError(path + ": " + what + reason);
  };
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return fail(unreadable, buffer.getError().message());
  llvm::Expected<llvm::json::Value> value =
      llvm::json::parse((*buffer)->getBuffer());
  if (!value)
    return fail(invalid, llvm::toString(value.takeError()));
  return value;
}

/// Writes atomically: the file appears complete or not at all.
inline llvm::Error writeJson(llvm::StringRef path, llvm::json::Value value) {
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &os) {
    os << llvm::formatv("{0:2}\n", value);
    return llvm::Error::success();
  });
}

} // namespace edgebert

#endif // EDGEBERT_SUPPORT_JSONFILE_H
