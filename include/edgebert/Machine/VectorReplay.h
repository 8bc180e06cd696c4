//===- VectorReplay.h - a machine against recorded operations ---*- C++ -*-===//
//
// Replays golden vectors: JSON files of single operations recorded from the
// published source, `{"op", "vector_size": 16, "cases": [...]}` with op one of
// matmul, softmax, layernorm, elemadd, entropy and axi (transfers). Each case
// starts from reset, its memories filled directly, makes its register writes,
// waits, and is compared: results as vectors, masks and stored bytes, SHA-256
// of the memories, entropy, status, external memory, and both cycle counts.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_VECTORREPLAY_H
#define EDGEBERT_MACHINE_VECTORREPLAY_H

#include "edgebert/Machine/Description.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace edgebert::machine {

struct ReplayCounts {
  unsigned passed = 0, failed = 0;
  /// Cases tagged `overlap` whose stored result differs (and nothing else):
  /// it depends on the order in which the chip accesses its memories.
  unsigned overlaps = 0;

  ReplayCounts &operator+=(const ReplayCounts &other);
};

/// "N passed, N failed", and how many overlap if any.
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const ReplayCounts &);

/// Replays every case of a file on a machine; prints a line per mismatch. The
/// error names file, case and key of what is no such file.
llvm::Expected<ReplayCounts> replayVectors(const Description &desc,
                                           llvm::StringRef path,
                                           llvm::raw_ostream &os);

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_VECTORREPLAY_H
