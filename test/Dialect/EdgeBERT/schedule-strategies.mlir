// RUN: edgebert-opt %s --edgebert-schedule=strategy=thesis --canonicalize --cse --mlir-elide-resource-strings-if-larger=64 | FileCheck %s --check-prefixes=CHECK,THESIS
// RUN: edgebert-opt %s --edgebert-schedule=strategy=greedy --canonicalize --cse --mlir-elide-resource-strings-if-larger=64 | FileCheck %s --check-prefixes=CHECK,GREEDY
// RUN: edgebert-opt %s --edgebert-schedule --canonicalize --cse --mlir-elide-resource-strings-if-larger=64 | FileCheck %s --check-prefixes=CHECK,BEST
// That all give the same codes is tested by forms-agree-*.test.

// The thesis loads both operands, and their masks, for every tile: 64 rows and
// 80 columns fit (fact sheet 7.3).
// CHECK-LABEL: func.func @tiles(
// THESIS: scf.for
// THESIS: edgebert.load @dense_masks[{{.*}}#edgebert.space<mask, 1>
// THESIS: edgebert.load @dense_masks[{{.*}}#edgebert.space<mask, 0>
// THESIS: edgebert.load @stage[
// THESIS: edgebert.load @weights[
// THESIS: edgebert.run_matmul
// THESIS-SAME: n0 = 80 : i32, n1 = 64 : i32
// BEST: edgebert.load @dense_masks
// BEST: edgebert.load @dense_masks
// BEST: scf.for
// BEST-NOT: edgebert.load @dense_masks
// BEST: edgebert.run_matmul
memref.global "private" constant @w : memref<160x768xi8> = dense<3>
func.func @tiles(%a: memref<128x768xi8>, %c: memref<128x160xi8>) {
  %w = memref.get_global @w : memref<160x768xi8>
  edgebert.matmul ins(%a, %w : memref<128x768xi8>, memref<160x768xi8>)
    outs(%c : memref<128x160xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}

// The sum stays where the addition left it; its probe has nothing to show.
// CHECK-LABEL: func.func @norm_of_sum(
// GREEDY: edgebert.run_add
// GREEDY: edgebert.store
// GREEDY: edgebert.probe "sum"
// GREEDY: edgebert.load
// GREEDY: edgebert.run_layer_norm
// BEST-NOT: edgebert.probe "sum"
// BEST: edgebert.run_add {{.*}} outs(%[[SUM:.*]], %[[MASKS:.*]]) {
// BEST-NOT: edgebert.store
// BEST: edgebert.run_layer_norm ins(%[[SUM]], %[[MASKS]],
func.func @norm_of_sum(%x: memref<32x64xi8>, %y: memref<32x64xi8>,
                       %g: memref<64xi8>, %b: memref<64xi8>,
                       %o: memref<32x64xi8>) {
  %s = memref.alloc() : memref<32x64xi8>
  edgebert.add ins(%x, %y : memref<32x64xi8>, memref<32x64xi8>)
    outs(%s : memref<32x64xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 4 : i32, out_bias = 5 : i32}
  edgebert.probe "sum" %s : memref<32x64xi8>
  edgebert.layer_norm ins(%s, %g, %b : memref<32x64xi8>, memref<64xi8>, memref<64xi8>)
    outs(%o : memref<32x64xi8>)
    {in_bias = 4 : i32, gamma_bias = 3 : i32, beta_bias = 4 : i32, out_bias = 5 : i32}
  return
}

// Not if something else reads the sum.
// CHECK-LABEL: func.func @sum_is_needed(
// BEST: edgebert.run_add
// BEST: edgebert.store
// BEST: edgebert.run_layer_norm
func.func @sum_is_needed(%x: memref<32x64xi8>, %y: memref<32x64xi8>,
                         %g: memref<64xi8>, %b: memref<64xi8>,
                         %o: memref<32x64xi8>, %p: memref<32x64xi8>) {
  %s = memref.alloc() : memref<32x64xi8>
  edgebert.add ins(%x, %y : memref<32x64xi8>, memref<32x64xi8>)
    outs(%s : memref<32x64xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 4 : i32, out_bias = 5 : i32}
  edgebert.layer_norm ins(%s, %g, %b : memref<32x64xi8>, memref<64xi8>, memref<64xi8>)
    outs(%o : memref<32x64xi8>)
    {in_bias = 4 : i32, gamma_bias = 3 : i32, beta_bias = 4 : i32, out_bias = 5 : i32}
  memref.copy %s, %p : memref<32x64xi8> to memref<32x64xi8>
  return
}

// A buffer may hold something else later: what overwrites it does not read it.
// CHECK-LABEL: func.func @reused(
// BEST: edgebert.run_add
// BEST-NOT: edgebert.store
// BEST: edgebert.run_layer_norm
func.func @reused(%x: memref<32x64xi8>, %y: memref<32x64xi8>,
                  %g: memref<64xi8>, %b: memref<64xi8>,
                  %o: memref<32x64xi8>, %p: memref<32x64xi8>) {
  %s = memref.alloc() : memref<32x64xi8>
  edgebert.add ins(%x, %y : memref<32x64xi8>, memref<32x64xi8>)
    outs(%s : memref<32x64xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 4 : i32, out_bias = 5 : i32}
  edgebert.layer_norm ins(%s, %g, %b : memref<32x64xi8>, memref<64xi8>, memref<64xi8>)
    outs(%o : memref<32x64xi8>)
    {in_bias = 4 : i32, gamma_bias = 3 : i32, beta_bias = 4 : i32, out_bias = 5 : i32}
  edgebert.softmax ins(%o : memref<32x64xi8>) outs(%s : memref<32x64xi8>)
    {in_bias = 5 : i32, out_bias = 1 : i32}
  memref.copy %s, %p : memref<32x64xi8> to memref<32x64xi8>
  return
}

// Scores become weights and meet the values in decoder 1; only the operands
// and the result are moved.
// CHECK-LABEL: func.func @attention(
// GREEDY: edgebert.run_softmax
// GREEDY-NOT: tiled
// GREEDY: return
// BEST: scf.for
// BEST: edgebert.run_matmul {{.*}} outs(%[[S:.*]], %[[SM:.*]]) {
// BEST-NOT: edgebert.store
// BEST-NOT: edgebert.probe
// BEST: edgebert.run_softmax ins(%[[S]], %[[SM]], %{{.*}}) outs(%[[W:.*]], %[[WM:.*]]) {
// BEST-SAME: num_timestep = 32 : i32, num_vector = 3 : i32
// BEST-SAME: tiled
// BEST-NOT: edgebert.store
// BEST: edgebert.run_matmul lhs(%[[W]], %[[WM]])
// BEST: edgebert.store
// BEST: return
func.func @attention(%q: memref<2x32x16xi8>, %k: memref<2x48x16xi8>,
                     %v: memref<2x16x48xi8>, %o: memref<2x32x16xi8>) {
  %s = memref.alloc() : memref<2x32x48xi8>
  edgebert.matmul ins(%q, %k : memref<2x32x16xi8>, memref<2x48x16xi8>)
    outs(%s : memref<2x32x48xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  edgebert.probe "scores" %s : memref<2x32x48xi8>
  %f = memref.collapse_shape %s [[0, 1], [2]] : memref<2x32x48xi8> into memref<64x48xi8>
  %p = memref.alloc() : memref<64x48xi8>
  edgebert.softmax ins(%f : memref<64x48xi8>) outs(%p : memref<64x48xi8>)
    {in_bias = 5 : i32, out_bias = 1 : i32}
  %w = memref.expand_shape %p [[0, 1], [2]] output_shape [2, 32, 48] : memref<64x48xi8> into memref<2x32x48xi8>
  edgebert.matmul ins(%w, %v : memref<2x32x48xi8>, memref<2x16x48xi8>)
    outs(%o : memref<2x32x16xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}

// Not if the queries change before the values are there.
// CHECK-LABEL: func.func @changed(
// BEST: edgebert.run_softmax
// BEST-NOT: tiled
// BEST: return
func.func @changed(%q: memref<32x16xi8>, %k: memref<48x16xi8>,
                   %v: memref<16x48xi8>, %o: memref<32x16xi8>, %n: memref<32x16xi8>) {
  %s = memref.alloc() : memref<32x48xi8>
  edgebert.matmul ins(%q, %k : memref<32x16xi8>, memref<48x16xi8>)
    outs(%s : memref<32x48xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  memref.copy %n, %q : memref<32x16xi8> to memref<32x16xi8>
  %p = memref.alloc() : memref<32x48xi8>
  edgebert.softmax ins(%s : memref<32x48xi8>) outs(%p : memref<32x48xi8>)
    {in_bias = 5 : i32, out_bias = 1 : i32}
  edgebert.matmul ins(%p, %v : memref<32x48xi8>, memref<16x48xi8>)
    outs(%o : memref<32x16xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}
