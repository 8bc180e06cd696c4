//===- OperationTable.h - what each operation cost --------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_PIPELINES_OPERATIONTABLE_H
#define EDGEBERT_LIB_PIPELINES_OPERATIONTABLE_H

#include "edgebert/Machine/Machine.h"
#include "llvm/Support/JSON.h"

namespace edgebert {

/// A table for a person, per row: cycles by who spent them, the part of the
/// multipliers' peak that was used, and what bounds the operation.
void printOperations(llvm::ArrayRef<machine::Machine::Operation> operations,
                     int64_t rows, llvm::raw_ostream &os);
/// Sums over all rows.
llvm::json::Array
describeOperations(llvm::ArrayRef<machine::Machine::Operation> operations);

/// Counts of a machine as JSON: totals and each operation have the same keys.
llvm::json::Object describeStats(const machine::Stats &stats);

/// Time, energy and efficiency at the machine's operating point.
llvm::json::Object describeEnergy(const machine::Stats &stats,
                                  const machine::Description &machine);
void printEnergy(const machine::Stats &stats,
                 const machine::Description &machine, int64_t rows,
                 llvm::raw_ostream &os);

} // namespace edgebert

#endif // EDGEBERT_LIB_PIPELINES_OPERATIONTABLE_H
