//===- InstructionSet.cpp - which vector instructions kernels use ---------===//

#include "edgebert/Numerics/InstructionSet.h"

#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <string>

using namespace edgebert::numerics;

llvm::ArrayRef<Isa> edgebert::numerics::allIsas() {
  static constexpr Isa kAll[] = {Isa::Portable, Isa::Sse2, Isa::Avx2,
                                 Isa::Avx512Vnni};
  return kAll;
}

llvm::StringRef edgebert::numerics::isaName(Isa isa) {
  switch (isa) {
  case Isa::Portable:
    return "portable";
  case Isa::Sse2:
    return "sse2";
  case Isa::Avx2:
    return "avx2";
  case Isa::Avx512Vnni:
    return "avx512vnni";
  }
  return "";
}

bool edgebert::numerics::isSupported(Isa isa) {
  switch (isa) {
  case Isa::Portable:
    return true;
#if defined(__x86_64__)
  case Isa::Sse2:
    return true;
  case Isa::Avx2:
    return __builtin_cpu_supports("avx2");
  case Isa::Avx512Vnni:
    return __builtin_cpu_supports("avx2") &&
           __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni");
#endif
  default:
    return false;
  }
}

Isa edgebert::numerics::bestIsa() {
  Isa best = Isa::Portable;
  for (Isa isa : allIsas())
    if (isSupported(isa))
      best = isa;
  return best;
}

llvm::Expected<Isa> edgebert::numerics::isaNamed(llvm::StringRef name) {
  std::string supported;
  for (Isa isa : allIsas()) {
    if (!isSupported(isa))
      continue;
    if (name == isaName(isa))
      return isa;
    supported += (supported.empty() ? "" : ", ") + isaName(isa).str();
  }
  bool known = false;
  for (Isa isa : allIsas())
    known |= name == isaName(isa);
  return llvm::createStringError(
      llvm::Twine(known ? "this processor has no" : "unknown") +
      " instruction set '" + name + "'; expected one of " + supported);
}

Isa edgebert::numerics::activeIsa() {
  static const Isa active = [] {
    const char *name = std::getenv("EDGEBERT_ISA");
    if (!name || !*name)
      return bestIsa();
    llvm::Expected<Isa> isa = isaNamed(name);
    if (!isa) {
      llvm::errs() << "error: environment variable EDGEBERT_ISA: "
                   << llvm::toString(isa.takeError()) << "\n";
      std::exit(1);
    }
    return *isa;
  }();
  return active;
}
