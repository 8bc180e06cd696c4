//===- Passes.td - analysis passes -------------------------*- tablegen -*-===//

#ifndef EDGEBERT_ANALYSIS_PASSES
#define EDGEBERT_ANALYSIS_PASSES

include "mlir/Pass/PassBase.td"

def PrintKernelsPass : Pass<"edgebert-print-kernels", "::mlir::func::FuncOp"> {
  let summary = "Print what the accelerator can run, and why the rest stays";
  let description = [{
    Emits a remark at every group of ops that `convert-to-edgebert` would turn
    into one accelerator operation, and, unless told otherwise, one at every op
    that stays on the host with the reason. Changes nothing.

    Reads the model form or the compressed form. Example:

    ```mlir
    // remark: matmul "/query/MatMul": 1x128x256x256 (batch x m x n x k), addend
    %0 = linalg.matmul ...
    ```
  }];
  let options = [
    Option<"rejections", "rejections", "bool", /*default=*/"true",
           "also print the ops that stay on the host">
  ];
}

#endif // EDGEBERT_ANALYSIS_PASSES
