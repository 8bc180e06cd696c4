//===- PlaceEmbeddings.h - what lies in eNVM --------------------*- C++ -*-===//

#ifndef EDGEBERT_CONVERSION_PLACEEMBEDDINGS_H
#define EDGEBERT_CONVERSION_PLACEEMBEDDINGS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace edgebert {

/// Prints the report of edgebert-place-embeddings as a table: of each embedding
/// table its size and cells, what the look-ups of one run cost, and what
/// loading the table from DRAM after power-on would.
llvm::Error printEnvmReport(llvm::StringRef path, llvm::raw_ostream &os);

} // namespace edgebert

#endif // EDGEBERT_CONVERSION_PLACEEMBEDDINGS_H
