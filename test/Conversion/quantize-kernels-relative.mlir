// RUN: edgebert-opt %s --split-input-file --numfmt-quantize-kernels="calibration=%S/Inputs/large-scores.json" | FileCheck %s

// Scores beyond 15.5, more than a softmax's inputs may differ by: the product's
// codes have the range that they need (50 -> 8), and the softmax gets their
// differences to the row's maximum, cut at 15.5, below which it sees nothing.
// CHECK-LABEL: func.func @main
// CHECK: %[[Y:.*]] = linalg.matmul
// CHECK: %[[YM:.*]] = arith.constant dense<8> : tensor<i8>
// CHECK: %[[YQ:.*]] = numfmt.quantize %[[Y]], %[[YM]]
// CHECK: %[[YD:.*]] = numfmt.dequantize %[[YQ]], %[[YM]]
// CHECK: %[[MAX:.*]] = linalg.generic {{.*}}"reduction"{{.*}} ins(%[[YD]]
// CHECK: arith.maximumf
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[YD]], %[[MAX]]
// CHECK: arith.subf
// CHECK: %[[RM:.*]] = arith.constant dense<6> : tensor<i8>
// CHECK: %[[RQ:.*]] = numfmt.quantize %[[R]], %[[RM]]
// CHECK: %[[RD:.*]] = numfmt.dequantize %[[RQ]], %[[RM]]
// CHECK: linalg.softmax dimension(1) ins(%[[RD]]
func.func @main(%x: tensor<4x16xf32> {edgebert.name = "x"}) -> tensor<4x8xf32> {
  %w = arith.constant dense<0.5> : tensor<16x8xf32> loc("weights")
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %y = linalg.matmul ins(%x, %w : tensor<4x16xf32>, tensor<16x8xf32>)
    outs(%f : tensor<4x8xf32>) -> tensor<4x8xf32> loc("/scores")
  %s = linalg.softmax dimension(1) ins(%y : tensor<4x8xf32>)
    outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32> loc("/softmax")
  return %s : tensor<4x8xf32>
}

// -----

// What the host computes is not quantized before the difference.
// CHECK-LABEL: func.func @on_host
// CHECK: %[[M:.*]] = linalg.exp
// CHECK-NOT: numfmt.quantize %[[M]]
// CHECK: %[[MAX:.*]] = linalg.generic {{.*}}"reduction"{{.*}} ins(%[[M]]
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[M]], %[[MAX]]
// CHECK: numfmt.quantize %[[R]]
func.func @on_host(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %m = linalg.exp ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32> loc("/masked")
  %s = linalg.softmax dimension(1) ins(%m : tensor<4x8xf32>)
    outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32> loc("/softmax")
  return %s : tensor<4x8xf32>
}
