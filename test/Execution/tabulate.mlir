// RUN: edgebert-opt %s --numfmt-tabulate | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#transposed = affine_map<(d0, d1) -> (d1, d0)>
#row = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func @add(
// CHECK-SAME: %[[C:.*]]: tensor<?x3x!numfmt.afp<8, 3>>)
// CHECK: %[[T:.*]] = arith.constant dense<"{{.*}}"> : tensor<256xi8>
// CHECK-NEXT: %[[Q:.*]] = numfmt.lookup %[[C]], %[[T]] : tensor<?x3x!numfmt.afp<8, 3>>, tensor<256xi8> -> tensor<?x3x!numfmt.afp<8, 3>>
// CHECK-NEXT: return %[[Q]]
func.func @add(%c: tensor<?x3x!numfmt.afp<8,3>>) -> tensor<?x3x!numfmt.afp<8,3>> {
  %m = arith.constant dense<5> : tensor<i8>
  %c1 = arith.constant dense<1.0> : tensor<3xf32>
  %x = numfmt.dequantize %c, %m : tensor<?x3x!numfmt.afp<8,3>>, tensor<i8> -> tensor<?x3xf32>
  %i0 = arith.constant 0 : index
  %d = tensor.dim %c, %i0 : tensor<?x3x!numfmt.afp<8,3>>
  %e = tensor.empty(%d) : tensor<?x3xf32>
  // Constants are the same number wherever they are read.
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %c1 : tensor<?x3xf32>, tensor<3xf32>) outs(%e : tensor<?x3xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %v = arith.addf %a, %b : f32
    linalg.yield %v : f32
  } -> tensor<?x3xf32>
  %q = numfmt.quantize %y, %m : tensor<?x3xf32>, tensor<i8> -> tensor<?x3x!numfmt.afp<8,3>>
  return %q : tensor<?x3x!numfmt.afp<8,3>>
}

// All 16 entries by hand: x * x in steps of 1, up to 7.
// CHECK-LABEL: func @square(
// CHECK: arith.constant dense<[0, 1, 4, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 4, 1]> : tensor<16xi8>
// CHECK-NEXT: numfmt.lookup
func.func @square(%c: tensor<4x!numfmt.int<4>>) -> tensor<4x!numfmt.int<4>> {
  %m = arith.constant dense<1.0> : tensor<f32>
  %x = numfmt.dequantize %c, %m : tensor<4x!numfmt.int<4>>, tensor<f32> -> tensor<4xf32>
  %y = arith.mulf %x, %x : tensor<4xf32>
  %q = numfmt.quantize %y, %m : tensor<4xf32>, tensor<f32> -> tensor<4x!numfmt.int<4>>
  return %q : tensor<4x!numfmt.int<4>>
}

// The numbers are wanted for another purpose: they stay for that.
// CHECK-LABEL: func @start_has_other_use(
// CHECK: numfmt.dequantize
// CHECK-NEXT: arith.constant
// CHECK-NEXT: numfmt.lookup
func.func @start_has_other_use(%c: tensor<4x!numfmt.int<4>>) -> (tensor<4xf32>, tensor<4x!numfmt.int<4>>) {
  %m = arith.constant dense<1.0> : tensor<f32>
  %x = numfmt.dequantize %c, %m : tensor<4x!numfmt.int<4>>, tensor<f32> -> tensor<4xf32>
  %y = arith.negf %x : tensor<4xf32>
  %q = numfmt.quantize %y, %m : tensor<4xf32>, tensor<f32> -> tensor<4x!numfmt.int<4>>
  return %x, %q : tensor<4xf32>, tensor<4x!numfmt.int<4>>
}

// Here it is a step on the way that something else needs, so nothing is saved.
// CHECK-LABEL: func @step_has_other_use(
// CHECK-NOT: numfmt.lookup
// CHECK: return
func.func @step_has_other_use(%c: tensor<4x!numfmt.int<4>>) -> (tensor<4xf32>, tensor<4x!numfmt.int<4>>) {
  %m = arith.constant dense<1.0> : tensor<f32>
  %x = numfmt.dequantize %c, %m : tensor<4x!numfmt.int<4>>, tensor<f32> -> tensor<4xf32>
  %y = arith.negf %x : tensor<4xf32>
  %q = numfmt.quantize %y, %m : tensor<4xf32>, tensor<f32> -> tensor<4x!numfmt.int<4>>
  return %y, %q : tensor<4xf32>, tensor<4x!numfmt.int<4>>
}

// CHECK-LABEL: func @two_tensors(
// CHECK-NOT: numfmt.lookup
// CHECK: return
func.func @two_tensors(%c: tensor<4x!numfmt.int<4>>, %d: tensor<4x!numfmt.int<4>>) -> tensor<4x!numfmt.int<4>> {
  %m = arith.constant dense<1.0> : tensor<f32>
  %x = numfmt.dequantize %c, %m : tensor<4x!numfmt.int<4>>, tensor<f32> -> tensor<4xf32>
  %z = numfmt.dequantize %d, %m : tensor<4x!numfmt.int<4>>, tensor<f32> -> tensor<4xf32>
  %y = arith.addf %x, %z : tensor<4xf32>
  %q = numfmt.quantize %y, %m : tensor<4xf32>, tensor<f32> -> tensor<4x!numfmt.int<4>>
  return %q : tensor<4x!numfmt.int<4>>
}

// The same codes under another scale are another tensor.
// CHECK-LABEL: func @two_scales(
// CHECK-NOT: numfmt.lookup
// CHECK: return
func.func @two_scales(%c: tensor<4x!numfmt.int<4>>) -> tensor<4x!numfmt.int<4>> {
  %m = arith.constant dense<1.0> : tensor<f32>
  %n = arith.constant dense<2.0> : tensor<f32>
  %x = numfmt.dequantize %c, %m : tensor<4x!numfmt.int<4>>, tensor<f32> -> tensor<4xf32>
  %z = numfmt.dequantize %c, %n : tensor<4x!numfmt.int<4>>, tensor<f32> -> tensor<4xf32>
  %y = arith.addf %x, %z : tensor<4xf32>
  %q = numfmt.quantize %y, %m : tensor<4xf32>, tensor<f32> -> tensor<4x!numfmt.int<4>>
  return %q : tensor<4x!numfmt.int<4>>
}

// CHECK-LABEL: func @scale_not_constant(
// CHECK-NOT: numfmt.lookup
// CHECK: return
func.func @scale_not_constant(%c: tensor<4x!numfmt.int<4>>, %m: tensor<f32>) -> tensor<4x!numfmt.int<4>> {
  %x = numfmt.dequantize %c, %m : tensor<4x!numfmt.int<4>>, tensor<f32> -> tensor<4xf32>
  %y = arith.negf %x : tensor<4xf32>
  %q = numfmt.quantize %y, %m : tensor<4xf32>, tensor<f32> -> tensor<4x!numfmt.int<4>>
  return %q : tensor<4x!numfmt.int<4>>
}

// CHECK-LABEL: func @scale_per_slice(
// CHECK-NOT: numfmt.lookup
// CHECK: return
func.func @scale_per_slice(%c: tensor<2x!numfmt.int<4>>) -> tensor<2x!numfmt.int<4>> {
  %m = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %n = arith.constant dense<1.0> : tensor<f32>
  %x = numfmt.dequantize %c, %m axis 0 : tensor<2x!numfmt.int<4>>, tensor<2xf32> -> tensor<2xf32>
  %q = numfmt.quantize %x, %n : tensor<2xf32>, tensor<f32> -> tensor<2x!numfmt.int<4>>
  return %q : tensor<2x!numfmt.int<4>>
}

// CHECK-LABEL: func @constant_varies(
// CHECK-NOT: numfmt.lookup
// CHECK: return
func.func @constant_varies(%c: tensor<2x!numfmt.int<4>>) -> tensor<2x!numfmt.int<4>> {
  %m = arith.constant dense<1.0> : tensor<f32>
  %b = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %x = numfmt.dequantize %c, %m : tensor<2x!numfmt.int<4>>, tensor<f32> -> tensor<2xf32>
  %y = arith.addf %x, %b : tensor<2xf32>
  %q = numfmt.quantize %y, %m : tensor<2xf32>, tensor<f32> -> tensor<2x!numfmt.int<4>>
  return %q : tensor<2x!numfmt.int<4>>
}

// CHECK-LABEL: func @moves(
// CHECK-NOT: numfmt.lookup
// CHECK: return
func.func @moves(%c: tensor<2x2x!numfmt.int<4>>) -> tensor<2x2x!numfmt.int<4>> {
  %m = arith.constant dense<1.0> : tensor<f32>
  %x = numfmt.dequantize %c, %m : tensor<2x2x!numfmt.int<4>>, tensor<f32> -> tensor<2x2xf32>
  %e = tensor.empty() : tensor<2x2xf32>
  %y = linalg.generic {indexing_maps = [#transposed, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<2x2xf32>) outs(%e : tensor<2x2xf32>) {
  ^bb0(%a: f32, %out: f32):
    %v = arith.negf %a : f32
    linalg.yield %v : f32
  } -> tensor<2x2xf32>
  %q = numfmt.quantize %y, %m : tensor<2x2xf32>, tensor<f32> -> tensor<2x2x!numfmt.int<4>>
  return %q : tensor<2x2x!numfmt.int<4>>
}

// CHECK-LABEL: func @sums(
// CHECK-NOT: numfmt.lookup
// CHECK: return
func.func @sums(%c: tensor<2x!numfmt.int<4>>, %init: tensor<2xf32>) -> tensor<2x!numfmt.int<4>> {
  %m = arith.constant dense<1.0> : tensor<f32>
  %x = numfmt.dequantize %c, %m : tensor<2x!numfmt.int<4>>, tensor<f32> -> tensor<2xf32>
  %y = linalg.add ins(%x, %x : tensor<2xf32>, tensor<2xf32>) outs(%init : tensor<2xf32>) -> tensor<2xf32>
  %z = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%y : tensor<2xf32>) outs(%init : tensor<2xf32>) {
  ^bb0(%a: f32, %out: f32):
    %v = arith.addf %a, %out : f32
    linalg.yield %v : f32
  } -> tensor<2xf32>
  %q = numfmt.quantize %z, %m : tensor<2xf32>, tensor<f32> -> tensor<2x!numfmt.int<4>>
  return %q : tensor<2x!numfmt.int<4>>
}

// CHECK-LABEL: func @position(
// CHECK-NOT: numfmt.lookup
// CHECK: return
func.func @position(%c: tensor<2x2x!numfmt.int<4>>) -> tensor<2x2x!numfmt.int<4>> {
  %m = arith.constant dense<1.0> : tensor<f32>
  %x = numfmt.dequantize %c, %m : tensor<2x2x!numfmt.int<4>>, tensor<f32> -> tensor<2x2xf32>
  %e = tensor.empty() : tensor<2x2xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<2x2xf32>) outs(%e : tensor<2x2xf32>) {
  ^bb0(%a: f32, %out: f32):
    %i = linalg.index 0 : index
    %j = arith.index_cast %i : index to i32
    %f = arith.sitofp %j : i32 to f32
    %v = arith.addf %a, %f : f32
    linalg.yield %v : f32
  } -> tensor<2x2xf32>
  %q = numfmt.quantize %y, %m : tensor<2x2xf32>, tensor<f32> -> tensor<2x2x!numfmt.int<4>>
  return %q : tensor<2x2x!numfmt.int<4>>
}

// CHECK-LABEL: func @too_many_codes(
// CHECK-NOT: numfmt.lookup
// CHECK: return
func.func @too_many_codes(%c: tensor<4x!numfmt.int<9>>) -> tensor<4x!numfmt.int<4>> {
  %m = arith.constant dense<1.0> : tensor<f32>
  %x = numfmt.dequantize %c, %m : tensor<4x!numfmt.int<9>>, tensor<f32> -> tensor<4xf32>
  %q = numfmt.quantize %x, %m : tensor<4xf32>, tensor<f32> -> tensor<4x!numfmt.int<4>>
  return %q : tensor<4x!numfmt.int<4>>
}

// 0 / 0 is a NaN, of one sign here, another there.
// CHECK-LABEL: func @not_a_number(
// CHECK-NOT: numfmt.lookup
// CHECK: return
func.func @not_a_number(%c: tensor<4x!numfmt.int<4>>) -> tensor<4x!numfmt.int<4>> {
  %m = arith.constant dense<1.0> : tensor<f32>
  %x = numfmt.dequantize %c, %m : tensor<4x!numfmt.int<4>>, tensor<f32> -> tensor<4xf32>
  %y = arith.divf %x, %x : tensor<4xf32>
  %q = numfmt.quantize %y, %m : tensor<4xf32>, tensor<f32> -> tensor<4x!numfmt.int<4>>
  return %q : tensor<4x!numfmt.int<4>>
}

// No approximation of ours: the C library's.
// CHECK-LABEL: func @library_function(
// CHECK-NOT: numfmt.lookup
// CHECK: return
func.func @library_function(%c: tensor<4x!numfmt.int<4>>) -> tensor<4x!numfmt.int<4>> {
  %m = arith.constant dense<1.0> : tensor<f32>
  %x = numfmt.dequantize %c, %m : tensor<4x!numfmt.int<4>>, tensor<f32> -> tensor<4xf32>
  %y = math.sinh %x : tensor<4xf32>
  %q = numfmt.quantize %y, %m : tensor<4xf32>, tensor<f32> -> tensor<4x!numfmt.int<4>>
  return %q : tensor<4x!numfmt.int<4>>
}

// CHECK-LABEL: func @reassociates(
// CHECK-NOT: numfmt.lookup
// CHECK: return
func.func @reassociates(%c: tensor<4x!numfmt.int<4>>) -> tensor<4x!numfmt.int<4>> {
  %m = arith.constant dense<1.0> : tensor<f32>
  %x = numfmt.dequantize %c, %m : tensor<4x!numfmt.int<4>>, tensor<f32> -> tensor<4xf32>
  %y = arith.mulf %x, %x fastmath<fast> : tensor<4xf32>
  %q = numfmt.quantize %y, %m : tensor<4xf32>, tensor<f32> -> tensor<4x!numfmt.int<4>>
  return %q : tensor<4x!numfmt.int<4>>
}
