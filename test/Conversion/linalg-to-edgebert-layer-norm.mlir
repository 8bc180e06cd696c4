// RUN: edgebert-opt %s --split-input-file --convert-linalg-to-edgebert | FileCheck %s --check-prefixes=CHECK,SAFE
// RUN: edgebert-opt %s --split-input-file --convert-linalg-to-edgebert=calibration=%S/Inputs/calibration.json | FileCheck %s --check-prefixes=CHECK,SEEN

// The input's bias only scales the input. 256 squares of the largest code must
// stay below 512: (1.9375 * 2^-3 * 2^b)^2 * 256 <= 512 holds for b <= 2. Where
// the calibration saw no row above 40 (with bias 5), a bias of 5 would do for
// half of 512, and 4 is the largest whose single squares fit.
// Parameters get the smallest biases that hold them: 1.5 needs 3, 0.3 needs 1.
!code = !numfmt.afp<8,3>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func.func @layer_norm(
// CHECK-DAG: %[[GB:.*]] = arith.constant dense_resource<norm_parameter> : tensor<256xi8>
// CHECK-DAG: %[[G:.*]] = numfmt.from_bits %[[GB]]
// CHECK-DAG: %[[BB:.*]] = arith.constant dense_resource<norm_parameter_1> : tensor<256xi8>
// CHECK-DAG: %[[B:.*]] = numfmt.from_bits %[[BB]]
// CHECK-DAG: %[[X:.*]] = numfmt.quantize
// CHECK-NOT: linalg
// CHECK: %[[Y:.*]] = edgebert.layer_norm ins(%[[X]], %[[G]], %[[B]] :
// SAFE-SAME: {beta_bias = 1 : i32, gamma_bias = 3 : i32, in_bias = 2 : i32, out_bias = 5 : i32}
// SEEN-SAME: {beta_bias = 1 : i32, gamma_bias = 3 : i32, in_bias = 4 : i32, out_bias = 5 : i32}
// CHECK: edgebert.probe "layer norm 0" %[[Y]]
func.func @layer_norm(%input: tensor<4x256xf32> {edgebert.name = "x"}) -> tensor<4x256x!code> {
  %mx = arith.constant dense<5> : tensor<i8>
  %mo = arith.constant dense<5> : tensor<i8>
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 256.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %g = arith.constant dense<1.5> : tensor<256xf32>
  %b = arith.constant dense<0.3> : tensor<256xf32>
  %xq = numfmt.quantize %input, %mx : tensor<4x256xf32>, tensor<i8> -> tensor<4x256x!code>
  %x = numfmt.dequantize %xq, %mx : tensor<4x256x!code>, tensor<i8> -> tensor<4x256xf32>
  %e = tensor.empty() : tensor<4x256xf32>
  %er = tensor.empty() : tensor<4xf32>
  %zr = linalg.fill ins(%zero : f32) outs(%er : tensor<4xf32>) -> tensor<4xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<4x256xf32>) outs(%zr : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %p, %o : f32
    linalg.yield %0 : f32
  } -> tensor<4xf32>
  %centred = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
    ins(%x, %sum : tensor<4x256xf32>, tensor<4xf32>) outs(%e : tensor<4x256xf32>) {
  ^bb0(%p: f32, %s: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.subf %p, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4x256xf32>
  %squares = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%centred : tensor<4x256xf32>) outs(%zr : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.mulf %p, %p : f32
    %1 = arith.addf %0, %o : f32
    linalg.yield %1 : f32
  } -> tensor<4xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #column, #column, #id], iterator_types = ["parallel", "parallel"]}
    ins(%centred, %squares, %g, %b : tensor<4x256xf32>, tensor<4xf32>, tensor<256xf32>, tensor<256xf32>) outs(%e : tensor<4x256xf32>) {
  ^bb0(%p: f32, %s: f32, %c: f32, %d: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.addf %0, %eps : f32
    %2 = math.rsqrt %1 : f32
    %3 = arith.mulf %p, %2 : f32
    %4 = arith.mulf %3, %c : f32
    %5 = arith.addf %4, %d : f32
    linalg.yield %5 : f32
  } -> tensor<4x256xf32>
  %yq = numfmt.quantize %y, %mo : tensor<4x256xf32>, tensor<i8> -> tensor<4x256x!code>
  return %yq : tensor<4x256x!code>
}

// -----

// 40 columns do not fill vectors of 16, but twice 40 do, with the same mean and
// variance; and 80 squares of the largest code stay below 512 for a bias of 3.
!code = !numfmt.afp<8,3>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func.func @repeated(
// CHECK-DAG: %[[GB:.*]] = arith.constant dense_resource<norm_parameter{{.*}}> : tensor<80xi8>
// CHECK-DAG: %[[X:.*]] = numfmt.quantize
// CHECK: %[[BROADCAST:.*]] = linalg.broadcast ins(%[[X]] : {{.*}}) outs({{.*}} : tensor<4x2x40x!numfmt.afp<8, 3>>) dimensions = [1]
// CHECK: %[[ROWS:.*]] = tensor.collapse_shape %[[BROADCAST]] {{\[\[}}0], [1, 2]]
// CHECK: %[[Y:.*]] = edgebert.layer_norm ins(%[[ROWS]], %{{[^ ]*}}, %{{[^ ]*}} :
// SAFE-SAME: in_bias = 3 : i32
// CHECK: %[[FIRST:.*]] = tensor.extract_slice %[[Y]][0, 0] [4, 40] [1, 1]
// CHECK: edgebert.probe "layer norm 0" %[[FIRST]]
// CHECK: return %[[FIRST]]
func.func @repeated(%input: tensor<4x40xf32> {edgebert.name = "x"}) -> tensor<4x40x!code> {
  %mx = arith.constant dense<5> : tensor<i8>
  %mo = arith.constant dense<5> : tensor<i8>
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 40.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %g = arith.constant dense<1.5> : tensor<40xf32>
  %b = arith.constant dense<0.3> : tensor<40xf32>
  %xq = numfmt.quantize %input, %mx : tensor<4x40xf32>, tensor<i8> -> tensor<4x40x!code>
  %x = numfmt.dequantize %xq, %mx : tensor<4x40x!code>, tensor<i8> -> tensor<4x40xf32>
  %e = tensor.empty() : tensor<4x40xf32>
  %er = tensor.empty() : tensor<4xf32>
  %zr = linalg.fill ins(%zero : f32) outs(%er : tensor<4xf32>) -> tensor<4xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<4x40xf32>) outs(%zr : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %p, %o : f32
    linalg.yield %0 : f32
  } -> tensor<4xf32>
  %centred = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
    ins(%x, %sum : tensor<4x40xf32>, tensor<4xf32>) outs(%e : tensor<4x40xf32>) {
  ^bb0(%p: f32, %s: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.subf %p, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4x40xf32>
  %squares = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%centred : tensor<4x40xf32>) outs(%zr : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.mulf %p, %p : f32
    %1 = arith.addf %0, %o : f32
    linalg.yield %1 : f32
  } -> tensor<4xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #column, #column, #id], iterator_types = ["parallel", "parallel"]}
    ins(%centred, %squares, %g, %b : tensor<4x40xf32>, tensor<4xf32>, tensor<40xf32>, tensor<40xf32>) outs(%e : tensor<4x40xf32>) {
  ^bb0(%p: f32, %s: f32, %c: f32, %d: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.addf %0, %eps : f32
    %2 = math.rsqrt %1 : f32
    %3 = arith.mulf %p, %2 : f32
    %4 = arith.mulf %3, %c : f32
    %5 = arith.addf %4, %d : f32
    linalg.yield %5 : f32
  } -> tensor<4x40xf32>
  %yq = numfmt.quantize %y, %mo : tensor<4x40xf32>, tensor<i8> -> tensor<4x40x!code>
  return %yq : tensor<4x40x!code>
}
