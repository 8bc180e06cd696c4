//===- RegisterLogs.h - register logs to text and back ----------*- C++ -*-===//

#ifndef EDGEBERT_TOOLS_EDGEBERTTRANSLATE_REGISTERLOGS_H
#define EDGEBERT_TOOLS_EDGEBERTTRANSLATE_REGISTERLOGS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

/// The text of the register log in the file `input` ("-": standard input), to
/// `output`. A `machine` (a name or a .yaml file) replaces the log's own.
llvm::Error disassembleLog(llvm::StringRef input, llvm::StringRef output,
                           llvm::StringRef machine);

/// The register log of the text in `input`. `machine` is that of text without
/// .machine; none: asic.
llvm::Error assembleLog(llvm::StringRef input, llvm::StringRef output,
                        llvm::StringRef machine);

#endif // EDGEBERT_TOOLS_EDGEBERTTRANSLATE_REGISTERLOGS_H
