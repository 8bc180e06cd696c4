// RUN: echo '{"ramp": 1, "spans": [[1, 0]]}' > %t.json
// RUN: edgebert-opt %s --pass-pipeline='builtin.module(func.func(edgebert-apply-attention-spans{spans=%t.json}))' -o %t.mlir
// RUN: FileCheck %s --input-file=%t.mlir
// RUN: edgebert-opt %t.mlir --edgebert-print-kernels -o /dev/null 2>&1 | FileCheck %s --check-prefix=KERNEL
// RUN: not edgebert-opt %s --edgebert-apply-attention-spans 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not edgebert-opt %s --edgebert-apply-attention-spans=spans=%t.none 2>&1 | FileCheck %s --check-prefix=FILE

// KERNEL: softmax "{{.*}}": of tensor<2x3x3xf32>, span tensor<2x3x3xf32>
// NONE: error: expected option 'spans' to name a file of spans
// FILE: none: No such file or directory

// CHECK-LABEL: @attention
// CHECK: arith.constant dense_resource<attention_span> : tensor<2x3x3xf32>
// CHECK: %[[W:.*]] = linalg.softmax
// CHECK: %[[P:.*]] = linalg.generic {{.*}} ins(%[[W]],
// CHECK: arith.mulf
// CHECK: %[[S:.*]] = linalg.generic {{.*}}"reduction"{{.*}} ins(%[[P]]
// CHECK: arith.addf
// CHECK: %[[N:.*]] = linalg.generic {{.*}} ins(%[[P]], %[[S]]
// CHECK: arith.maximumf
// CHECK: arith.divf
// CHECK: linalg.batch_matmul ins(%[[N]],
func.func @attention(%scores: tensor<2x3x3xf32>, %v: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %x = tensor.empty() : tensor<2x3x3xf32>
  %zero = arith.constant 0.0 : f32
  %w = linalg.softmax dimension(2) ins(%scores : tensor<2x3x3xf32>)
    outs(%x : tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
  %y = tensor.empty() : tensor<2x3x4xf32>
  %init = linalg.fill ins(%zero : f32) outs(%y : tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %c = linalg.batch_matmul ins(%w, %v : tensor<2x3x3xf32>, tensor<2x3x4xf32>)
    outs(%init : tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %c : tensor<2x3x4xf32>
}
