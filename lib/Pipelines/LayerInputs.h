//===- LayerInputs.h - arrays of a program's inputs -------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_PIPELINES_LAYERINPUTS_H
#define EDGEBERT_LIB_PIPELINES_LAYERINPUTS_H

#include "edgebert/Execution/Program.h"

namespace edgebert {

/// The arrays of the program's inputs, from an .npz file.
llvm::Expected<std::vector<execution::NamedArray>>
readProgramInputs(const execution::Program &program, llvm::StringRef path);

} // namespace edgebert

#endif // EDGEBERT_LIB_PIPELINES_LAYERINPUTS_H
