// RUN: edgebert-opt %s --split-input-file --numfmt-quantize-kernels=calibration=%S/Inputs/calibration.json | FileCheck %s

// A softmax alone cuts the range of its input; another reader needs all of it:
// 50 has bias 8.
// CHECK-LABEL: func.func @shared
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x16xf32>
// CHECK: %[[M:.*]] = arith.constant dense<8> : tensor<i8>
// CHECK-NEXT: %[[Q:.*]] = numfmt.quantize %[[X]], %[[M]]
// CHECK-NEXT: %[[D:.*]] = numfmt.dequantize %[[Q]], %[[M]]
// CHECK-DAG: linalg.softmax dimension(1) ins(%[[D]]
// CHECK-DAG: linalg.add ins(%[[D]],
func.func @shared(%x: tensor<4x16xf32> {edgebert.name = "/scores"}, %y: tensor<4x16xf32> {edgebert.name = "x"}) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
  %e = tensor.empty() : tensor<4x16xf32>
  %a = linalg.softmax dimension(1) ins(%x : tensor<4x16xf32>)
    outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32> loc("/softmax")
  %b = linalg.add ins(%x, %y : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32> loc("/sum")
  return %a, %b : tensor<4x16xf32>, tensor<4x16xf32>
}

// -----

// A result of a unit has the unit's resolution, so a range of 0.01, which
// would have bias -4, gets 0, the smallest that the unit's registers hold.
// CHECK-LABEL: func.func @tiny
// CHECK: linalg.softmax
// CHECK: arith.constant dense<0> : tensor<i8>
// CHECK-NEXT: numfmt.quantize
func.func @tiny(%x: tensor<4x16xf32> {edgebert.name = "x"}) -> tensor<4x16xf32> {
  %e = tensor.empty() : tensor<4x16xf32>
  %a = linalg.softmax dimension(1) ins(%x : tensor<4x16xf32>)
    outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32> loc("/tiny")
  return %a : tensor<4x16xf32>
}
