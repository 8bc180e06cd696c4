// RUN: edgebert-opt %s --pass-pipeline='builtin.module(func.func(edgebert-split-destinations))' | FileCheck %s

// One destination per block; two uses in a block share it.

// CHECK-LABEL: func @branch
// CHECK: %[[OUTER:.*]] = tensor.empty() : tensor<16xf32>
// CHECK: linalg.exp {{.*}} outs(%[[OUTER]] :
// CHECK: scf.if
// CHECK-NEXT: %[[INNER:.*]] = tensor.empty() : tensor<16xf32>
// CHECK: linalg.log {{.*}} outs(%[[INNER]] :
// CHECK: linalg.exp {{.*}} outs(%[[INNER]] :
// CHECK: } else {
// CHECK-NOT: tensor.empty
// CHECK: return
func.func @branch(%c: i1, %x: tensor<16xf32>) -> tensor<16xf32> {
  %0 = tensor.empty() : tensor<16xf32>
  %1 = linalg.exp ins(%x : tensor<16xf32>) outs(%0 : tensor<16xf32>) -> tensor<16xf32>
  %2 = scf.if %c -> tensor<16xf32> {
    %3 = linalg.log ins(%1 : tensor<16xf32>) outs(%0 : tensor<16xf32>) -> tensor<16xf32>
    %4 = linalg.exp ins(%3 : tensor<16xf32>) outs(%0 : tensor<16xf32>) -> tensor<16xf32>
    scf.yield %4 : tensor<16xf32>
  } else {
    scf.yield %1 : tensor<16xf32>
  }
  return %2 : tensor<16xf32>
}

// A destination that only a branch uses moves there.
// CHECK-LABEL: func @inside
// CHECK-NEXT: scf.if
// CHECK-NEXT: tensor.empty
func.func @inside(%c: i1, %x: tensor<16xf32>) -> tensor<16xf32> {
  %0 = tensor.empty() : tensor<16xf32>
  %1 = scf.if %c -> tensor<16xf32> {
    %2 = linalg.log ins(%x : tensor<16xf32>) outs(%0 : tensor<16xf32>) -> tensor<16xf32>
    scf.yield %2 : tensor<16xf32>
  } else {
    scf.yield %x : tensor<16xf32>
  }
  return %1 : tensor<16xf32>
}
