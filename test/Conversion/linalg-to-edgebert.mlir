// RUN: edgebert-opt %s --split-input-file --convert-linalg-to-edgebert --mlir-elide-resource-strings-if-larger=20 --verify-diagnostics | FileCheck %s

!code = !numfmt.afp<8,3>

//===----------------------------------------------------------------------===//
// matmul
//===----------------------------------------------------------------------===//

// Weights are transposed here, once; the probe has the op's name.
// CHECK-LABEL: func.func @weights(
// CHECK-SAME: %[[XQ:.*]]: tensor<4x16x!numfmt.afp<8, 3>>
// CHECK: %[[BITS:.*]] = arith.constant dense_resource<weights_transposed> : tensor<8x16xi8>
// CHECK: %[[W:.*]] = numfmt.from_bits %[[BITS]]
// CHECK-NOT: linalg
// CHECK: %[[E:.*]] = tensor.empty() : tensor<4x8x!numfmt.afp<8, 3>>
// CHECK: %[[Y:.*]] = edgebert.matmul ins(%[[XQ]], %[[W]] : tensor<4x16x!numfmt.afp<8, 3>>, tensor<8x16x!numfmt.afp<8, 3>>) outs(%[[E]]
// CHECK-SAME: {lhs_bias = 4 : i32, out_bias = 5 : i32, rhs_bias = -1 : i32}
// CHECK: edgebert.probe "/mm" %[[Y]]
// CHECK: return %[[Y]]
func.func @weights(%xq: tensor<4x16x!code>) -> tensor<4x8x!code> {
  %m4 = arith.constant dense<4> : tensor<i8>
  %mw = arith.constant dense<-1> : tensor<i8>
  %m5 = arith.constant dense<5> : tensor<i8>
  %bits = arith.constant dense<3> : tensor<16x8xi8>
  %wq = numfmt.from_bits %bits : tensor<16x8xi8> -> tensor<16x8x!code>
  %x = numfmt.dequantize %xq, %m4 : tensor<4x16x!code>, tensor<i8> -> tensor<4x16xf32>
  %w = numfmt.dequantize %wq, %mw : tensor<16x8x!code>, tensor<i8> -> tensor<16x8xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %y = linalg.matmul ins(%x, %w : tensor<4x16xf32>, tensor<16x8xf32>)
    outs(%f : tensor<4x8xf32>) -> tensor<4x8xf32> loc("/mm")
  %yq = numfmt.quantize %y, %m5 : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!code>
  return %yq : tensor<4x8x!code>
}

// -----

!code = !numfmt.afp<8,3>
#id = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>

// A bias per column becomes the addend tile; relu and a scale of 1/8 join.
// CHECK-LABEL: func.func @epilogue(
// CHECK: %[[BITS:.*]] = arith.constant dense_resource<addend> : tensor<8x16xi8>
// CHECK: %[[ADDEND:.*]] = numfmt.from_bits %[[BITS]]
// CHECK-NOT: linalg
// CHECK: edgebert.matmul ins(%{{.*}}, %{{.*}}) addend(%[[ADDEND]] : tensor<8x16x!numfmt.afp<8, 3>>)
// CHECK-SAME: addend_lanes = array<i8: 127, 127, 127, 127, 127, 127, 127, 127, 63, 63, 63, 15, 15, 1, 1, 1>
// CHECK-SAME: relu
// CHECK-SAME: scale_log2 = -3 : i32
// CHECK-NOT: linalg
func.func @epilogue(%xq: tensor<4x16x!code>, %wq: tensor<8x16x!code>) -> tensor<4x8x!code> {
  %m4 = arith.constant dense<4> : tensor<i8>
  %m5 = arith.constant dense<5> : tensor<i8>
  %b = arith.constant dense<0.75> : tensor<8xf32>
  %eighth = arith.constant 0.125 : f32
  %x = numfmt.dequantize %xq, %m4 : tensor<4x16x!code>, tensor<i8> -> tensor<4x16xf32>
  %w = numfmt.dequantize %wq, %m4 : tensor<8x16x!code>, tensor<i8> -> tensor<8x16xf32>
  %zero = arith.constant 0.0 : f32
  %te = tensor.empty() : tensor<16x8xf32>
  %wt = linalg.transpose ins(%w : tensor<8x16xf32>) outs(%te : tensor<16x8xf32>) permutation = [1, 0]
  %e = tensor.empty() : tensor<4x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %y = linalg.matmul ins(%x, %wt : tensor<4x16xf32>, tensor<16x8xf32>)
    outs(%f : tensor<4x8xf32>) -> tensor<4x8xf32>
  %z = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
    ins(%y, %b : tensor<4x8xf32>, tensor<8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.mulf %p, %eighth : f32
    %1 = arith.addf %0, %q : f32
    %2 = arith.maximumf %1, %zero : f32
    linalg.yield %2 : f32
  } -> tensor<4x8xf32>
  %zq = numfmt.quantize %z, %m5 : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!code>
  return %zq : tensor<4x8x!code>
}

// -----

!code = !numfmt.afp<8,3>
#id = affine_map<(d0, d1) -> (d0, d1)>

// Of a scale of 0.375 the chip does 1/4, the host 1.5.
// CHECK-LABEL: func.func @scale(
// CHECK: %[[Y:.*]] = edgebert.matmul
// CHECK-SAME: scale_log2 = -2 : i32
// CHECK: edgebert.probe
// CHECK: %[[D:.*]] = numfmt.dequantize %[[Y]], %[[M:.*]] : tensor<4x8x!numfmt.afp<8, 3>>, tensor<i8>
// CHECK: %[[S:.*]] = linalg.generic
// CHECK: arith.constant 1.500000e+00 : f32
// CHECK: arith.mulf
// CHECK: %[[Q:.*]] = numfmt.quantize %[[S]], %[[M]]
// CHECK: return %[[Q]]
func.func @scale(%xq: tensor<4x16x!code>, %wq: tensor<16x8x!code>) -> tensor<4x8x!code> {
  %m4 = arith.constant dense<4> : tensor<i8>
  %m5 = arith.constant dense<5> : tensor<i8>
  %c = arith.constant 0.375 : f32
  %x = numfmt.dequantize %xq, %m4 : tensor<4x16x!code>, tensor<i8> -> tensor<4x16xf32>
  %w = numfmt.dequantize %wq, %m4 : tensor<16x8x!code>, tensor<i8> -> tensor<16x8xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %y = linalg.matmul ins(%x, %w : tensor<4x16xf32>, tensor<16x8xf32>)
    outs(%f : tensor<4x8xf32>) -> tensor<4x8xf32>
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%y : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.mulf %p, %c : f32
    linalg.yield %0 : f32
  } -> tensor<4x8xf32>
  %zq = numfmt.quantize %z, %m5 : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!code>
  return %zq : tensor<4x8x!code>
}

// -----

!code = !numfmt.afp<8,3>

// Attention scores: heads are a batch; transposes move codes, not numbers, and
// the right operand's two cancel out.
// CHECK-LABEL: func.func @attention(
// CHECK-SAME: %[[Q:.*]]: tensor<6x2x16x!numfmt.afp<8, 3>>, %[[K:.*]]: tensor<6x2x16x!numfmt.afp<8, 3>>
// CHECK-DAG: %[[QT:.*]] = linalg.transpose ins(%[[Q]] : {{.*}}) outs(%{{.*}} : tensor<2x6x16x!numfmt.afp<8, 3>>) permutation = [1, 0, 2]
// CHECK-DAG: linalg.transpose ins(%[[K]] :
// CHECK: edgebert.matmul ins(%{{.*}}, %{{.*}} : tensor<2x6x16x!numfmt.afp<8, 3>>, tensor<2x6x16x!numfmt.afp<8, 3>>) outs(%{{.*}} : tensor<2x6x6x!numfmt.afp<8, 3>>)
// CHECK-NOT: xf32
// CHECK: return
func.func @attention(%qq: tensor<6x2x16x!code>, %kq: tensor<6x2x16x!code>) -> tensor<2x6x6x!code> {
  %m4 = arith.constant dense<4> : tensor<i8>
  %m5 = arith.constant dense<5> : tensor<i8>
  %q = numfmt.dequantize %qq, %m4 : tensor<6x2x16x!code>, tensor<i8> -> tensor<6x2x16xf32>
  %k = numfmt.dequantize %kq, %m4 : tensor<6x2x16x!code>, tensor<i8> -> tensor<6x2x16xf32>
  %qe = tensor.empty() : tensor<2x6x16xf32>
  %qt = linalg.transpose ins(%q : tensor<6x2x16xf32>) outs(%qe : tensor<2x6x16xf32>) permutation = [1, 0, 2]
  %ke = tensor.empty() : tensor<2x16x6xf32>
  %kt = linalg.transpose ins(%k : tensor<6x2x16xf32>) outs(%ke : tensor<2x16x6xf32>) permutation = [1, 2, 0]
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x6x6xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x6x6xf32>) -> tensor<2x6x6xf32>
  %y = linalg.batch_matmul ins(%qt, %kt : tensor<2x6x16xf32>, tensor<2x16x6xf32>)
    outs(%f : tensor<2x6x6xf32>) -> tensor<2x6x6xf32>
  %yq = numfmt.quantize %y, %m5 : tensor<2x6x6xf32>, tensor<i8> -> tensor<2x6x6x!code>
  return %yq : tensor<2x6x6x!code>
}

// -----

//===----------------------------------------------------------------------===//
// softmax, add
//===----------------------------------------------------------------------===//

!code = !numfmt.afp<8,3>

// A batch of rows is rows; the result gets its shape back.
// CHECK-LABEL: func.func @softmax(
// CHECK-SAME: %[[X:.*]]: tensor<2x4x8x!numfmt.afp<8, 3>>
// CHECK: %[[ROWS:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1], [2]]
// CHECK: %[[Y:.*]] = edgebert.softmax ins(%[[ROWS]] : tensor<8x8x!numfmt.afp<8, 3>>) outs(
// CHECK-SAME: {in_bias = 7 : i32, out_bias = 3 : i32}
// CHECK: edgebert.probe "softmax 0" %[[Y]]
// CHECK: %[[R:.*]] = tensor.expand_shape %[[Y]]
// CHECK: return %[[R]] : tensor<2x4x8x!numfmt.afp<8, 3>>
func.func @softmax(%xq: tensor<2x4x8x!code>) -> tensor<2x4x8x!code> {
  %m7 = arith.constant dense<7> : tensor<i8>
  %m3 = arith.constant dense<3> : tensor<i8>
  %x = numfmt.dequantize %xq, %m7 : tensor<2x4x8x!code>, tensor<i8> -> tensor<2x4x8xf32>
  %e = tensor.empty() : tensor<2x4x8xf32>
  %y = linalg.softmax dimension(2) ins(%x : tensor<2x4x8xf32>)
    outs(%e : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
  %yq = numfmt.quantize %y, %m3 : tensor<2x4x8xf32>, tensor<i8> -> tensor<2x4x8x!code>
  return %yq : tensor<2x4x8x!code>
}

// -----

!code = !numfmt.afp<8,3>
#id = affine_map<(d0, d1) -> (d0, d1)>

// The unit has 10 fraction bits, so biases go as high as they can, together:
// operands up to 6.
// CHECK-LABEL: func.func @add(
// CHECK: edgebert.add ins(
// CHECK-SAME: {lhs_bias = 6 : i32, out_bias = 7 : i32, rhs_bias = 4 : i32}
func.func @add(%xq: tensor<4x8x!code>, %yq: tensor<4x8x!code>) -> tensor<4x8x!code> {
  %m2 = arith.constant dense<2> : tensor<i8>
  %m0 = arith.constant dense<0> : tensor<i8>
  %m3 = arith.constant dense<3> : tensor<i8>
  %x = numfmt.dequantize %xq, %m2 : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %y = numfmt.dequantize %yq, %m0 : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %e = tensor.empty() : tensor<4x8xf32>
  %z = linalg.add ins(%x, %y : tensor<4x8xf32>, tensor<4x8xf32>)
    outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %zq = numfmt.quantize %z, %m3 : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!code>
  return %zq : tensor<4x8x!code>
}
