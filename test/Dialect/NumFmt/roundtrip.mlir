// RUN: edgebert-opt %s | edgebert-opt | FileCheck %s
// RUN: edgebert-opt %s --mlir-print-op-generic | edgebert-opt | FileCheck %s
// RUN: edgebert-opt %s --emit-bytecode | edgebert-opt | FileCheck %s

// CHECK-LABEL: func @types(
// CHECK-SAME: tensor<4x!numfmt.afp<8, 3>>
// The default profile is not printed.
// CHECK-SAME: tensor<4x!numfmt.afp<16, 7>>
// CHECK-SAME: memref<4x!numfmt.int<4>>
// CHECK-SAME: !numfmt.float<4, 3>
// CHECK-SAME: !numfmt.afp<8, 3, paper>,
// CHECK-SAME: !numfmt.afp<8, 3, paper, ties_up>
// CHECK-SAME: !numfmt.affine<8>
// CHECK-SAME: !numfmt.fixed<3, 4, stochastic>
// CHECK-SAME: !numfmt.bfp<8, 7>
// CHECK-SAME: !numfmt.mx<4, 3>
// CHECK-SAME: !numfmt.posit<8, 2>
// CHECK-SAME: !numfmt.float<4, 3, fn, saturate, ties_away>
func.func @types(%a: tensor<4x!numfmt.afp<8,3>>,
                 %b: tensor<4x!numfmt.afp<16,7,hardware>>,
                 %c: memref<4x!numfmt.int<4>>, %d: !numfmt.float<4,3>,
                 %e: !numfmt.afp<8,3,paper>,
                 %f: !numfmt.afp<8,3,ties_up,paper>,
                 %g: !numfmt.affine<8>, %h: !numfmt.fixed<3,4,stochastic>,
                 %i: !numfmt.bfp<8,7>, %j: !numfmt.mx<4,3>,
                 %k: !numfmt.posit<8,2>,
                 %l: !numfmt.float<4,3,ties_away,subnormal,saturate,fn>) {
  return
}

// CHECK-LABEL: func @ops(
func.func @ops(%x: tensor<4x8xf32>, %bias: tensor<i8>, %scales: tensor<8xf32>,
               %d: tensor<?x8xf32>, %ds: tensor<?xf32>) {
  // CHECK: numfmt.quantize %{{.*}}, %{{.*}} : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!numfmt.afp<8, 3>>
  %0 = numfmt.quantize %x, %bias
         : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!numfmt.afp<8,3>>
  // CHECK: numfmt.quantize %{{.*}}, %{{.*}} axis 1 : tensor<4x8xf32>, tensor<8xf32> -> tensor<4x8x!numfmt.int<8>>
  %1 = numfmt.quantize %x, %scales axis 1
         : tensor<4x8xf32>, tensor<8xf32> -> tensor<4x8x!numfmt.int<8>>
  // CHECK: numfmt.quantize %{{.*}} : tensor<4x8xf32> -> tensor<4x8x!numfmt.float<4, 3>>
  %2 = numfmt.quantize %x : tensor<4x8xf32> -> tensor<4x8x!numfmt.float<4,3>>
  // CHECK: numfmt.dequantize %{{.*}}, %{{.*}} axis 1 {note} :
  %3 = numfmt.dequantize %1, %scales axis 1 {note}
         : tensor<4x8x!numfmt.int<8>>, tensor<8xf32> -> tensor<4x8xf32>
  // CHECK: numfmt.emulate %{{.*}}, %{{.*}} as !numfmt.afp<8, 3> : tensor<4x8xf32>, tensor<i8> -> tensor<4x8xf32>
  %4 = numfmt.emulate %x, %bias as !numfmt.afp<8,3>
         : tensor<4x8xf32>, tensor<i8> -> tensor<4x8xf32>
  // CHECK: numfmt.to_bits %{{.*}} : tensor<4x8x!numfmt.afp<8, 3>> -> tensor<4x8xi8>
  %5 = numfmt.to_bits %0 : tensor<4x8x!numfmt.afp<8,3>> -> tensor<4x8xi8>
  // CHECK: numfmt.from_bits %{{.*}} : tensor<4x8xi8> -> tensor<4x8x!numfmt.int<8>>
  %6 = numfmt.from_bits %5 : tensor<4x8xi8> -> tensor<4x8x!numfmt.int<8>>
  // Dynamic sizes match any.
  // CHECK: numfmt.quantize %{{.*}}, %{{.*}} axis 0 : tensor<?x8xf32>, tensor<?xf32>
  %7 = numfmt.quantize %d, %ds axis 0
         : tensor<?x8xf32>, tensor<?xf32> -> tensor<?x8x!numfmt.int<8>>
  // CHECK: numfmt.lookup %{{.*}}, %{{.*}} {note} : tensor<4x8x!numfmt.int<8>>, tensor<256xi16> -> tensor<4x8x!numfmt.float<5, 10>>
  %table = arith.constant dense<0> : tensor<256xi16>
  %8 = numfmt.lookup %6, %table {note}
         : tensor<4x8x!numfmt.int<8>>, tensor<256xi16> -> tensor<4x8x!numfmt.float<5,10>>
  return
}

// CHECK-LABEL: func @blocks(
func.func @blocks(%x: tensor<4x64xf32>, %d: tensor<?x64xf32>) {
  // CHECK: numfmt.choose_metadata %{{.*}} blocks [1, 32] as !numfmt.mx<4, 3> : tensor<4x64xf32> -> tensor<4x2xi8>
  %0 = numfmt.choose_metadata %x blocks [1, 32] as !numfmt.mx<4,3>
         : tensor<4x64xf32> -> tensor<4x2xi8>
  // CHECK: numfmt.quantize %{{.*}}, %{{.*}} blocks [1, 32] : tensor<4x64xf32>, tensor<4x2xi8>
  %1 = numfmt.quantize %x, %0 blocks [1, 32]
         : tensor<4x64xf32>, tensor<4x2xi8> -> tensor<4x64x!numfmt.mx<4,3>>
  // CHECK: numfmt.choose_metadata %{{.*}} axis 1 as !numfmt.affine<8> : tensor<4x64xf32> -> tensor<64xi64>
  %2 = numfmt.choose_metadata %x axis 1 as !numfmt.affine<8>
         : tensor<4x64xf32> -> tensor<64xi64>
  // CHECK: numfmt.emulate %{{.*}}, %{{.*}} axis 1 stream 7 as !numfmt.affine<8, stochastic>
  %3 = numfmt.emulate %x, %2 axis 1 stream 7 as !numfmt.affine<8,stochastic>
         : tensor<4x64xf32>, tensor<64xi64> -> tensor<4x64xf32>
  // CHECK: numfmt.choose_metadata %{{.*}} as !numfmt.int<8> : tensor<4x64xf32> -> tensor<f32>
  %4 = numfmt.choose_metadata %x as !numfmt.int<8>
         : tensor<4x64xf32> -> tensor<f32>
  // A last block may be short; dynamic sizes match any.
  // CHECK: numfmt.choose_metadata %{{.*}} blocks [3, 0] as !numfmt.bfp<8, 7> : tensor<?x64xf32> -> tensor<?x1xi8>
  %5 = numfmt.choose_metadata %d blocks [3, 0] as !numfmt.bfp<8,7>
         : tensor<?x64xf32> -> tensor<?x1xi8>
  // CHECK: numfmt.choose_metadata %{{.*}} blocks [3, 40] as !numfmt.bfp<8, 7> : tensor<4x64xf32> -> tensor<2x2xi8>
  %6 = numfmt.choose_metadata %x blocks [3, 40] as !numfmt.bfp<8,7>
         : tensor<4x64xf32> -> tensor<2x2xi8>
  return
}
