// RUN: edgebert-opt %s --edgebert-yield-in-place | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK: scf.for {{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}})
// CHECK: %[[NEW:.*]] = arith.addf
// CHECK: %[[IN_PLACE:.*]] = tensor.insert %{{.*}} into %[[B]]
// CHECK: %[[COPY:.*]] = linalg.copy ins(%[[NEW]] {{.*}} outs(%[[A]]
// CHECK: scf.yield %[[COPY]], %[[IN_PLACE]]
func.func @main(%x: tensor<4xf32>, %v: f32) -> (tensor<4xf32>, tensor<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %r:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %x, %b = %x) -> (tensor<4xf32>, tensor<4xf32>) {
    %n = arith.addf %a, %a : tensor<4xf32>
    %t = tensor.insert %v into %b[%i] : tensor<4xf32>
    scf.yield %n, %t : tensor<4xf32>, tensor<4xf32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xf32>
}
