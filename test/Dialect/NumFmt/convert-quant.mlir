// RUN: edgebert-opt %s --convert-quant-to-numfmt | FileCheck %s
// RUN: edgebert-opt %s --convert-quant-to-numfmt --convert-numfmt-to-quant | FileCheck %s --check-prefix=BACK

// Full range: 13941866496 = 3 * 2^32 + bits of 0.5.
// CHECK-LABEL: func @affine(
// CHECK: %[[M:.*]] = arith.constant dense<13941866496> : tensor<i64>
// CHECK: %[[Q:.*]] = numfmt.quantize %{{.*}}, %[[M]] : tensor<4xf32>, tensor<i64> -> tensor<4x!numfmt.affine<8>>
// CHECK: numfmt.dequantize %[[Q]], %[[M]]
// CHECK-NOT: quant.
// BACK-LABEL: func @affine(
// BACK: quant.qcast %{{.*}} : tensor<4xf32> to tensor<4x!quant.uniform<i8:f32, 5.000000e-01:3>>
// BACK: quant.dcast
func.func @affine(%x: tensor<4xf32>) -> tensor<4xf32> {
  %q = quant.qcast %x : tensor<4xf32> to tensor<4x!quant.uniform<i8:f32, 0.5:3>>
  %y = quant.dcast %q : tensor<4x!quant.uniform<i8:f32, 0.5:3>> to tensor<4xf32>
  return %y : tensor<4xf32>
}

// Symmetric, per axis.
// CHECK-LABEL: func @symmetric(
// CHECK: %[[S:.*]] = arith.constant dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>
// CHECK: numfmt.quantize %{{.*}}, %[[S]] axis 1 : tensor<4x2xf32>, tensor<2xf32> -> tensor<4x2x!numfmt.int<8>>
// BACK-LABEL: func @symmetric(
// BACK: quant.qcast %{{.*}} : tensor<4x2xf32> to tensor<4x2x!quant.uniform<i8<-127:127>:f32:1, {5.000000e-01,2.500000e-01}>>
func.func @symmetric(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %q = quant.qcast %x : tensor<4x2xf32> to tensor<4x2x!quant.uniform<i8<-127:127>:f32:1, {0.5, 0.25}>>
  %y = quant.dcast %q : tensor<4x2x!quant.uniform<i8<-127:127>:f32:1, {0.5, 0.25}>> to tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}

// Sub-channel.
// CHECK-LABEL: func @blocks(
// CHECK: %[[S:.*]] = arith.constant dense<{{\[\[}}5.000000e-01], [2.500000e-01]]> : tensor<2x1xf32>
// CHECK: numfmt.quantize %{{.*}}, %[[S]] blocks [2, 0] : tensor<4x2xf32>, tensor<2x1xf32> -> tensor<4x2x!numfmt.int<8>>
func.func @blocks(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %q = quant.qcast %x : tensor<4x2xf32> to tensor<4x2x!quant.uniform<i8<-127:127>:f32:{0:2}, {{0.5}, {0.25}}>>
  %y = quant.dcast %q : tensor<4x2x!quant.uniform<i8<-127:127>:f32:{0:2}, {{0.5}, {0.25}}>> to tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}

// Codes in and out.
// CHECK-LABEL: func @codes(
// CHECK: %[[F:.*]] = numfmt.from_bits %{{.*}} : tensor<4xi8> -> tensor<4x!numfmt.int<8>>
// CHECK: %[[Y:.*]] = numfmt.dequantize %[[F]]
// CHECK: %[[Q:.*]] = numfmt.quantize %[[Y]]
// CHECK: numfmt.to_bits %[[Q]]
// BACK-LABEL: func @codes(
// BACK: numfmt.to_bits
func.func @codes(%c: tensor<4xi8>) -> tensor<4xi8> {
  %q = quant.scast %c : tensor<4xi8> to tensor<4x!quant.uniform<i8<-127:127>:f32, 0.5>>
  %y = quant.dcast %q : tensor<4x!quant.uniform<i8<-127:127>:f32, 0.5>> to tensor<4xf32>
  %r = quant.qcast %y : tensor<4xf32> to tensor<4x!quant.uniform<i8<-127:127>:f32, 0.5>>
  %b = quant.scast %r : tensor<4x!quant.uniform<i8<-127:127>:f32, 0.5>> to tensor<4xi8>
  return %b : tensor<4xi8>
}

// Unsigned codes are none of this dialect's, nor a symmetric range with a zero
// point.
// CHECK-LABEL: func @stays(
// CHECK-NOT: numfmt
// CHECK: return
func.func @stays(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %q = quant.qcast %x : tensor<4xf32> to tensor<4x!quant.uniform<u8:f32, 0.5:3>>
  %y = quant.dcast %q : tensor<4x!quant.uniform<u8:f32, 0.5:3>> to tensor<4xf32>
  %p = quant.qcast %x : tensor<4xf32> to tensor<4x!quant.uniform<i8<-127:127>:f32, 0.5:3>>
  %z = quant.dcast %p : tensor<4x!quant.uniform<i8<-127:127>:f32, 0.5:3>> to tensor<4xf32>
  return %y, %z : tensor<4xf32>, tensor<4xf32>
}

// Another rounding, and metadata that are not constant.
// BACK-LABEL: func @not_uniform(
// BACK-NOT: quant.qcast
// BACK: return
func.func @not_uniform(%x: tensor<4xf32>, %m: tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %s = arith.constant dense<0.5> : tensor<f32>
  %q = numfmt.quantize %x, %s : tensor<4xf32>, tensor<f32> -> tensor<4x!numfmt.int<8,ties_away>>
  %y = numfmt.dequantize %q, %s : tensor<4x!numfmt.int<8,ties_away>>, tensor<f32> -> tensor<4xf32>
  %r = numfmt.quantize %x, %m : tensor<4xf32>, tensor<f32> -> tensor<4x!numfmt.int<8>>
  %z = numfmt.dequantize %r, %m : tensor<4x!numfmt.int<8>>, tensor<f32> -> tensor<4xf32>
  return %y, %z : tensor<4xf32>, tensor<4xf32>
}
