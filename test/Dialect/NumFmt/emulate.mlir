// RUN: edgebert-opt %s --split-input-file --numfmt-emulate="weights=int<8> weight-blocks=axis=0 activations=afp<8,3> products=float<5,10>" | FileCheck %s
// RUN: edgebert-opt %s --split-input-file --numfmt-emulate="activations=mxfp8e4m3 activation-blocks=group=4" | FileCheck %s --check-prefix=MX
// RUN: edgebert-opt %s --split-input-file --numfmt-emulate="activations=int<8,stochastic> seed=1" | FileCheck %s --check-prefix=NOISE
// RUN: edgebert-opt %s --split-input-file --numfmt-emulate | FileCheck %s --check-prefix=NONE
// RUN: not edgebert-opt %s --split-input-file --numfmt-emulate="weights=int<1>" 2>&1 | FileCheck %s --check-prefix=WEIGHTS
// RUN: not edgebert-opt %s --split-input-file --numfmt-emulate="activations=int<8> activation-blocks=axis=2" 2>&1 | FileCheck %s --check-prefix=AXIS

// WEIGHTS: weights: number format 'int<1>': expected 2 to 16 bits, got 1
// AXIS: block rule 'axis=2': expected an axis of the input, 0 to 1, got 2

// NONE-NOT: numfmt

// One rounding for two readers; the transposed weights through their constant.
// CHECK-LABEL: func @layer(
// CHECK-SAME: %[[X:.*]]: tensor<2x4xf32>
// CHECK: %[[M:.*]] = numfmt.choose_metadata %[[X]] as !numfmt.afp<8, 3> : tensor<2x4xf32> -> tensor<i8>
// CHECK: %[[E:.*]] = numfmt.emulate %[[X]], %[[M]] as !numfmt.afp<8, 3>
// CHECK: %[[W:.*]] = arith.constant dense_resource<emulated> : tensor<3x4xf32>
// CHECK-NOT: 4.000000e-01
// CHECK: %[[T:.*]] = linalg.transpose ins(%[[W]]
// CHECK-NOT: linalg.transpose
// CHECK: %[[P:.*]] = linalg.matmul ins(%[[E]], %[[T]]
// CHECK: %[[R:.*]] = numfmt.emulate %[[P]] as !numfmt.float<5, 10>
// CHECK: %[[P2:.*]] = linalg.matmul ins(%[[E]], %[[T]]
// CHECK: %[[R2:.*]] = numfmt.emulate %[[P2]] as !numfmt.float<5, 10>
// CHECK: return %[[R]], %[[R2]]

// MX: numfmt.choose_metadata %{{.*}} blocks [1, 4] as !numfmt.mx<4, 3> : tensor<2x4xf32> -> tensor<2x1xi8>
// MX: numfmt.emulate %{{.*}}, %{{.*}} blocks [1, 4] as !numfmt.mx<4, 3>
// NOISE: numfmt.emulate %{{.*}}, %{{.*}} stream {{-?[0-9]+}} as !numfmt.int<8, stochastic>
func.func @layer(%x: tensor<2x4xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %w = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [0.1, 0.2, 0.3, 0.4], [5.0, 6.0, 7.0, 8.0]]> : tensor<3x4xf32>
  %e = tensor.empty() : tensor<4x3xf32>
  %t = linalg.transpose ins(%w : tensor<3x4xf32>) outs(%e : tensor<4x3xf32>) permutation = [1, 0]
  %zero = arith.constant dense<0.0> : tensor<2x3xf32>
  %y = linalg.matmul ins(%x, %t : tensor<2x4xf32>, tensor<4x3xf32>)
         outs(%zero : tensor<2x3xf32>) -> tensor<2x3xf32>
  %z = linalg.matmul ins(%x, %t : tensor<2x4xf32>, tensor<4x3xf32>)
         outs(%zero : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y, %z : tensor<2x3xf32>, tensor<2x3xf32>
}
