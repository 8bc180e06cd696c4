// RUN: edgebert-opt %s --numfmt-quantize-constants | FileCheck %s

// Resources stay resources, equal ops share one, and the f32 weights go.
// CHECK-LABEL: func @weights(
// CHECK-NOT: xf32>
// CHECK: %[[C:.*]] = arith.constant dense_resource<w_codes> : tensor<4xi8>
// CHECK: %[[A:.*]] = numfmt.from_bits %[[C]] : tensor<4xi8> -> tensor<4x!numfmt.afp<8, 3>>
// CHECK: %[[D:.*]] = arith.constant dense_resource<w_codes> : tensor<4xi8>
// CHECK: %[[B:.*]] = numfmt.from_bits %[[D]]
// CHECK: return %[[A]], %[[B]]
func.func @weights() -> (tensor<4x!numfmt.afp<8,3>>, tensor<4x!numfmt.afp<8,3>>) {
  %m = arith.constant dense<3> : tensor<i8>
  %w = arith.constant dense_resource<w> : tensor<4xf32>
  %a = numfmt.quantize %w, %m
         : tensor<4xf32>, tensor<i8> -> tensor<4x!numfmt.afp<8,3>>
  %b = numfmt.quantize %w, %m
         : tensor<4xf32>, tensor<i8> -> tensor<4x!numfmt.afp<8,3>>
  return %a, %b : tensor<4x!numfmt.afp<8,3>>, tensor<4x!numfmt.afp<8,3>>
}

// A resource of metadata, and an input that something else uses.
// CHECK-LABEL: func @per_channel(
// CHECK: arith.constant dense_resource<w> : tensor<2x2xf32>
// CHECK: arith.constant dense_resource<w_codes_1> : tensor<2x2xi8>
func.func @per_channel() -> (tensor<2x2x!numfmt.int<8>>, tensor<2x2xf32>) {
  %s = arith.constant dense_resource<s> : tensor<2xf32>
  %w = arith.constant dense_resource<w> : tensor<2x2xf32>
  %q = numfmt.quantize %w, %s axis 1
         : tensor<2x2xf32>, tensor<2xf32> -> tensor<2x2x!numfmt.int<8>>
  return %q, %w : tensor<2x2x!numfmt.int<8>>, tensor<2x2xf32>
}

// Dense stays dense; 16-bit codes.
// CHECK-LABEL: func @dense(
// CHECK: arith.constant dense<[15360, -16384]> : tensor<2xi16>
func.func @dense() -> tensor<2x!numfmt.float<5,10>> {
  %w = arith.constant dense<[1.0, -2.0]> : tensor<2xf32>
  %q = numfmt.quantize %w : tensor<2xf32> -> tensor<2x!numfmt.float<5,10>>
  return %q : tensor<2x!numfmt.float<5,10>>
}

// CHECK-LABEL: func @metadata_not_constant(
// CHECK: numfmt.quantize
func.func @metadata_not_constant(%m: tensor<i8>) -> tensor<4x!numfmt.afp<8,3>> {
  %w = arith.constant dense_resource<w> : tensor<4xf32>
  %q = numfmt.quantize %w, %m
         : tensor<4xf32>, tensor<i8> -> tensor<4x!numfmt.afp<8,3>>
  return %q : tensor<4x!numfmt.afp<8,3>>
}

// w = 1, -1, 1.5, 0; s = 1, 2. Codes 70 f0 78 00 of bias 3, and 01 00 02 00
// (-0.5 and 1.5 are ties).
// CHECK: w_codes: "0x4000000070F07800"
// CHECK: w_codes_1: "0x4000000001000200"
{-#
  dialect_resources: {
    builtin: {
      w: "0x040000000000803F000080BF0000C03F00000000",
      s: "0x040000000000803F00000040"
    }
  }
#-}
