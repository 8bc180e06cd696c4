//===- ReplayLog.h - replay a recorded register log -------------*- C++ -*-===//

#ifndef EDGEBERT_TOOLS_EDGEBERTRUN_REPLAYLOG_H
#define EDGEBERT_TOOLS_EDGEBERTRUN_REPLAYLOG_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

/// Replays the register log in the file `path` on `machine` (a name or a .yaml
/// file; empty: the log's own) and prints what it came to. Whether all reads
/// and stores came out as recorded.
llvm::Expected<bool> replayLog(llvm::StringRef path, llvm::StringRef machine,
                               llvm::raw_ostream &os);

#endif // EDGEBERT_TOOLS_EDGEBERTRUN_REPLAYLOG_H
