//===- FaultRun.h - a run under a plan of faults ----------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_PIPELINES_FAULTRUN_H
#define EDGEBERT_LIB_PIPELINES_FAULTRUN_H

#include "edgebert/Dialect/EdgeBERT/Transforms/Passes.h"
#include "edgebert/Execution/DeviceProgram.h"
#include "edgebert/Pipelines/Run.h"

namespace edgebert {

/// Arms `program` with the faults of `run.faultPlan`, if there is one.
llvm::Error armFaults(const FormRun &run, accel::Form form,
                      execution::DeviceProgram &program);

/// Prints what struck, what was detected and what never struck, and writes it
/// to `run.faultLog`. Nothing without a plan.
llvm::Error reportFaults(const FormRun &run, execution::DeviceProgram &program,
                         llvm::raw_ostream &os);

} // namespace edgebert

#endif // EDGEBERT_LIB_PIPELINES_FAULTRUN_H
