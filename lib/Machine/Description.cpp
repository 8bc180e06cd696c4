//===- Description.cpp - the shipped machines -------------------*- C++ -*-===//

#include "edgebert/Machine/Description.h"

#include "Nearest.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace edgebert::machine;

Description Description::asic() { return Description(); }

Description Description::rtl() {
  Description d;
  d.name = "rtl";
#define EDGEBERT_PARAMETER(GROUP, KEY, TYPE, MEMBER, ASIC, RTL, ...)           \
  d.MEMBER = RTL;
#define EDGEBERT_HOST(GROUP, KEY, TYPE, MEMBER, ASIC, RTL, ...)                \
  d.host.MEMBER = RTL;
#define EDGEBERT_ENERGY(GROUP, KEY, TYPE, MEMBER, ASIC, RTL, ...)              \
  d.energy.MEMBER = RTL;
#include "edgebert/Machine/Description.def"
  return d;
}

llvm::ArrayRef<llvm::StringRef> Description::names() {
  static const llvm::StringRef shipped[] = {"asic", "rtl"};
  return shipped;
}

llvm::Expected<Description> Description::named(llvm::StringRef name) {
  if (name == "asic")
    return asic();
  if (name == "rtl")
    return rtl();
  llvm::StringRef nearest = *findNearest(
      name.lower(), names(), [](llvm::StringRef known) { return known; });
  return llvm::createStringError("unknown machine '" + name +
                                 "'; did you mean '" + nearest +
                                 "'? (known: " + llvm::join(names(), ", ") +
                                 ", or the path of a .yaml file)");
}

llvm::Expected<Description> Description::load(llvm::StringRef nameOrPath) {
  llvm::StringRef extension = llvm::sys::path::extension(nameOrPath);
  if (extension != ".yaml" && extension != ".yml")
    return named(nameOrPath);
  auto file = llvm::MemoryBuffer::getFile(nameOrPath);
  if (std::error_code error = file.getError())
    return llvm::createStringError(error, "cannot read the machine " +
                                              nameOrPath + ": " +
                                              error.message());
  return parse((*file)->getBuffer(), nameOrPath);
}
