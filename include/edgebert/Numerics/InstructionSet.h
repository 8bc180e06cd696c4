//===- InstructionSet.h - which vector instructions kernels use -*- C++ -*-===//
//
// Every kernel of Numerics and Machine exists for the baseline of the target
// and, on x86, for wider vectors; all give the same bits. The processor
// decides which runs, or the environment variable
//
//   EDGEBERT_ISA=portable|sse2|avx2|avx512vnni
//
// so that users can check that they agree, or find what a faster one gains. A
// name that is unknown or that this processor does not have ends the program
// with a message.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_NUMERICS_INSTRUCTIONSET_H
#define EDGEBERT_NUMERICS_INSTRUCTIONSET_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace edgebert::numerics {

/// Each includes those before it.
enum class Isa {
  Portable, ///< what the compiler makes of plain C++
  Sse2,     ///< every x86-64 has it
  Avx2,
  Avx512Vnni, ///< with the F, BW and VL parts of AVX-512
};

llvm::ArrayRef<Isa> allIsas();
llvm::StringRef isaName(Isa isa);
/// Whether this processor has it.
bool isSupported(Isa isa);
/// The last one that is supported.
Isa bestIsa();

/// The supported set called `name`; the error lists the names.
llvm::Expected<Isa> isaNamed(llvm::StringRef name);

/// What kernels use: that of EDGEBERT_ISA when the process asked first, else
/// the best.
Isa activeIsa();

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_INSTRUCTIONSET_H
