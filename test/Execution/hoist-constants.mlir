// RUN: edgebert-opt %s --edgebert-hoist-constants=min-elements=4 | FileCheck %s

// One argument per distinct value; small constants stay.
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[X:[^:]*]]: tensor<4xf32> {bufferization.writable = false}
// CHECK-SAME: %[[W:[^:]*]]: tensor<4xf32> {bufferization.writable = false, edgebert.constant = dense_resource<w> : tensor<4xf32>}
// CHECK-SAME: %[[V:[^:]*]]: tensor<4xf32> {bufferization.writable = false, edgebert.constant = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> : tensor<4xf32>}
func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<2xf32>) {
  %w = arith.constant dense_resource<w> : tensor<4xf32>
  %again = arith.constant dense_resource<w> : tensor<4xf32>
  %v = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  // CHECK: %[[SMALL:.*]] = arith.constant dense<1.000000e+00> : tensor<2xf32>
  %small = arith.constant dense<1.0> : tensor<2xf32>
  // CHECK: arith.addf %[[X]], %[[W]]
  // CHECK: arith.addf %{{.*}}, %[[W]]
  // CHECK: arith.addf %{{.*}}, %[[V]]
  %0 = arith.addf %x, %w : tensor<4xf32>
  %1 = arith.addf %0, %again : tensor<4xf32>
  %2 = arith.addf %1, %v : tensor<4xf32>
  return %2, %small : tensor<4xf32>, tensor<2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      w: "0x040000000000803F000000400000404000008040"
    }
  }
#-}
