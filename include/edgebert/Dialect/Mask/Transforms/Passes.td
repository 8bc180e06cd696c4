//===- Passes.td - passes of the mask dialect --------------*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_MASK_TRANSFORMS_PASSES_TD
#define EDGEBERT_DIALECT_MASK_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertMaskToLinalg : Pass<"convert-mask-to-linalg"> {
  let summary = "Lower mask ops to linalg and loops";
  let description = [{
    `apply` becomes an element-wise `linalg.generic` with a select, `compress`
    and `expand` a loop that counts the elements that stay.

    ```mlir
    %s = mask.apply %w, %m as #mask.unstructured outputs 0 : tensor<4x8xf32>
    ```
    becomes
    ```mlir
    %s = linalg.generic ... ins(%w, %m) outs(%init) {
      %x = arith.select %keep, %element, %zero : f32
      linalg.yield %x : f32
    } -> tensor<4x8xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
}

#endif // EDGEBERT_DIALECT_MASK_TRANSFORMS_PASSES_TD
