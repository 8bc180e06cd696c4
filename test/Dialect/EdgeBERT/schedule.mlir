// RUN: edgebert-opt %s --split-input-file --edgebert-schedule --canonicalize --cse --mlir-elide-resource-strings-if-larger=64 | FileCheck %s
// What the schedule computes is tested by forms-agree-*.test.

//===----------------------------------------------------------------------===//
// matmul
//===----------------------------------------------------------------------===//

// Constant weights are encoded at compile time: 40 x 48 codes padded to 48 rows
// and, for the addend, to 64 columns. Leaving out the padding's zeros would save
// less than loading masks costs. Neither global remains.
// CHECK-LABEL: module
// CHECK-NOT: @weight_masks
// CHECK-DAG: edgebert.region @weights at 0 size 3072 init
// CHECK-DAG: edgebert.region @addend_lanes at {{[0-9]+}} size 16 init dense_resource<addend_lanes>
// CHECK-DAG: edgebert.region @dense_masks at {{[0-9]+}} size 8192 init
// CHECK-NOT: memref.global
// CHECK-LABEL: func.func @constant_weights(
// CHECK-SAME: %[[X:.*]]: memref<20x48xi8>, %[[OUT:.*]]: memref<20x40xi8>
// All masks are ones: they are loaded once.
// CHECK: %[[LM:.*]] = edgebert.scratchpad at 0 : memref<128xi16, #edgebert.space<mask, 1>>
// CHECK: edgebert.load @dense_masks[%{{.*}}], %[[LM]]
// CHECK: %[[RM:.*]] = edgebert.scratchpad at 0 : memref<192xi16, #edgebert.space<mask, 0>>
// CHECK: edgebert.load @dense_masks[%{{.*}}], %[[RM]]
// The activation is padded to 32 rows, then packed tile by tile.
// CHECK: %[[PAD:.*]] = memref.alloc() : memref<32x48xi8>
// CHECK: linalg.fill {{.*}} outs(%[[PAD]]
// CHECK: %[[PART:.*]] = memref.subview %[[PAD]][0, 0] [20, 48] [1, 1]
// CHECK: memref.copy %[[X]], %[[PART]]
// CHECK: linalg.generic {{.*}} ins(%[[PAD]] : memref<32x48xi8>) outs({{.*}} : memref<2x3x16x16xi8, strided<[1024, 256, 16, 1]>>)
// CHECK: memref.dealloc %[[PAD]]
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : memref<16xi8>) outs({{.*}} : memref<2x1x16x16xi8,
// CHECK-DAG: %[[L:.*]] = edgebert.scratchpad at 0 : memref<128x16xi8, #edgebert.space<data, 1>>
// CHECK-DAG: %[[R:.*]] = edgebert.scratchpad at 0 : memref<192x16xi8, #edgebert.space<data, 0>>
// CHECK-DAG: %[[O:.*]] = edgebert.scratchpad at 2048 : memref<96x16xi8, #edgebert.space<data, 1>>
// CHECK-DAG: %[[OM:.*]] = edgebert.scratchpad at 2048 : memref<96xi16, #edgebert.space<mask, 1>>
// CHECK: edgebert.load @stage[%{{.*}}], %[[L]]
// CHECK: edgebert.load @weights[%{{.*}}], %[[R]]
// 16 - 4 - 2 + 5 - 5 + 3 = 13
// CHECK: edgebert.run_matmul lhs(%[[L]], %[[LM]]) rhs(%[[R]], %[[RM]]) outs(%[[O]], %[[OM]])
// CHECK-SAME: {accum_bias = 5 : i32, m = 64 : i32, n0 = 48 : i32, n1 = 32 : i32, relu, right_shift = 13 : i32}
// CHECK: edgebert.store %[[OM]], @stage_0
// CHECK: edgebert.store %[[O]], @stage_1
// CHECK: edgebert.host_work expand, 1536
// CHECK: call @edgebert_expand
// CHECK: %[[RESULT:.*]] = memref.alloc() : memref<32x48xi8>
// CHECK: linalg.generic {{.*}} ins({{.*}} : memref<1x1x2x3x16x16xi8>) outs(%[[RESULT]]
// CHECK: %[[CROP:.*]] = memref.subview %[[RESULT]][0, 0] [20, 40] [1, 1]
// CHECK: memref.copy %[[CROP]], %[[OUT]]
// CHECK: memref.dealloc %[[RESULT]]
// CHECK-NOT: edgebert.matmul
// CHECK: func.func private @edgebert_expand
memref.global "private" constant @w : memref<40x48xi8> = dense<3>
memref.global "private" constant @b : memref<40x16xi8> = dense<5>
func.func @constant_weights(%a: memref<20x48xi8>, %c: memref<20x40xi8>) {
  %w = memref.get_global @w : memref<40x48xi8>
  %b = memref.get_global @b : memref<40x16xi8>
  edgebert.matmul ins(%a, %w : memref<20x48xi8>, memref<40x48xi8>)
    addend(%b : memref<40x16xi8>) outs(%c : memref<20x40xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32,
     scale_log2 = -3 : i32, relu, addend_lanes = array<i8:
       1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16>}
  return
}

// -----

// Equal weights are one image, and every operation's stages start at the same
// address; a global that the host reads too stays.
// CHECK-LABEL: module
// CHECK-DAG: edgebert.region @dense_masks at
// CHECK-DAG: edgebert.region @weights at 0 size 256
// CHECK-NOT: @weights_
// CHECK: memref.global "private" constant @w
// CHECK-NOT: memref.global
// CHECK-LABEL: func.func @shared
// CHECK: edgebert.load @stage[
// CHECK: edgebert.load @weights[
// CHECK: edgebert.run_matmul
// CHECK: edgebert.load @stage[
// CHECK: edgebert.load @weights[
// CHECK: edgebert.run_matmul
memref.global "private" constant @w : memref<16x16xi8> = dense<3>
memref.global "private" constant @w2 : memref<16x16xi8> = dense<3>
func.func @shared(%a: memref<16x16xi8>, %c: memref<16x16xi8>) -> memref<16x16xi8> {
  %w = memref.get_global @w : memref<16x16xi8>
  %w2 = memref.get_global @w2 : memref<16x16xi8>
  edgebert.matmul ins(%a, %w : memref<16x16xi8>, memref<16x16xi8>)
    outs(%c : memref<16x16xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  edgebert.matmul ins(%a, %w2 : memref<16x16xi8>, memref<16x16xi8>)
    outs(%c : memref<16x16xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return %w : memref<16x16xi8>
}

// -----

// Run-time operands are both packed; where extents are multiples of 16, nothing
// is padded and the result is unpacked in place. A batch is a loop over
// matrices, each a view.
// CHECK-LABEL: func.func @batched(
// CHECK-SAME: %[[A:.*]]: memref<3x16x32xi8>, %[[B:.*]]: memref<3x48x32xi8>, %[[C:.*]]: memref<3x16x48xi8>
// CHECK-NOT: memref.alloc
// CHECK: scf.for %[[I:.*]] = %c0 to %c3 step %c1
// CHECK-DAG: %[[AI:.*]] = memref.subview %[[A]][%[[I]], 0, 0] [1, 16, 32] [1, 1, 1]
// CHECK-DAG: %[[BI:.*]] = memref.subview %[[B]][%[[I]], 0, 0] [1, 48, 32] [1, 1, 1]
// CHECK-DAG: %[[CI:.*]] = memref.subview %[[C]][%[[I]], 0, 0] [1, 16, 48] [1, 1, 1]
// CHECK: linalg.generic {{.*}} ins(%[[AI]]
// CHECK: linalg.generic {{.*}} ins(%[[BI]]
// CHECK: edgebert.run_matmul
// CHECK-SAME: m = 32 : i32, n0 = 48 : i32, n1 = 16 : i32
// CHECK: linalg.generic {{.*}} outs(%[[CI]]
// CHECK-NOT: memref.alloc()
func.func @batched(%a: memref<3x16x32xi8>, %b: memref<3x48x32xi8>, %c: memref<3x16x48xi8>) {
  edgebert.matmul ins(%a, %b : memref<3x16x32xi8>, memref<3x48x32xi8>)
    outs(%c : memref<3x16x48xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}

// -----

// Several tiles of the right operand: the left one is loaded once, before the
// loop, and each tile's image lies one stride behind the one before.
// CHECK-LABEL: func.func @tiles
// CHECK: edgebert.load @stage[%c0], %{{.*}} : memref<{{.*}}xi8, #edgebert.space<data, 1>>
// CHECK: scf.for %[[T:.*]] = %c0 to %{{.*}} step %c1
// CHECK-NOT: masks
// CHECK: %[[OFFSET:.*]] = arith.muli %[[T]], %{{.*}} : index
// CHECK: edgebert.load @weights[%[[OFFSET]]]
// CHECK: edgebert.run_matmul
// CHECK: memref.view %{{.*}}[%{{.*}}][] : memref<{{.*}}> to memref<{{.*}}x16xi8>
memref.global "private" constant @w : memref<1024x256xi8> = dense<3>
func.func @tiles(%a: memref<64x256xi8>, %c: memref<64x1024xi8>) {
  %w = memref.get_global @w : memref<1024x256xi8>
  edgebert.matmul ins(%a, %w : memref<64x256xi8>, memref<1024x256xi8>)
    outs(%c : memref<64x1024xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}

// -----

// Weights that are mostly zeros have an image without them, and masks.
// CHECK-LABEL: module
// CHECK-DAG: edgebert.region @weight_masks at {{[0-9]+}} size 131072
// CHECK-DAG: edgebert.region @weights at 0 size 512 init
// CHECK-LABEL: func.func @sparse_weights
// CHECK: scf.for %[[T:.*]] = %c0 to %{{.*}} step %c1
// CHECK: %[[MASK_OFFSET:.*]] = arith.muli %[[T]], %{{.*}} : index
// CHECK: edgebert.load @weight_masks[%[[MASK_OFFSET]]]
// CHECK: %[[OFFSET:.*]] = arith.muli %[[T]], %{{.*}} : index
// CHECK: edgebert.load @weights[%[[OFFSET]]]
// CHECK: edgebert.run_matmul
memref.global "private" constant @w : memref<1024x1024xi8> = dense<0>
func.func @sparse_weights(%a: memref<64x1024xi8>, %c: memref<64x1024xi8>) {
  %w = memref.get_global @w : memref<1024x1024xi8>
  edgebert.matmul ins(%a, %w : memref<64x1024xi8>, memref<1024x1024xi8>)
    outs(%c : memref<64x1024xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}

// -----

// A global that may change is no constant: its tiles are packed at run time.
// CHECK-LABEL: module
// CHECK-NOT: @weights
// CHECK: memref.global "private" @w
// CHECK: edgebert.run_matmul
memref.global "private" @w : memref<16x16xi8> = dense<3>
func.func @mutable(%a: memref<16x16xi8>, %c: memref<16x16xi8>) {
  %w = memref.get_global @w : memref<16x16xi8>
  edgebert.matmul ins(%a, %w : memref<16x16xi8>, memref<16x16xi8>)
    outs(%c : memref<16x16xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32}
  return
}

// -----

//===----------------------------------------------------------------------===//
// softmax, layer norm, add
//===----------------------------------------------------------------------===//

// Without a span the aux memory holds weight 1 for every column, 0 for padding.
// CHECK-LABEL: module
// CHECK: edgebert.region @span_of_ones at {{[0-9]+}} size 20 init dense_resource<span_of_ones> : tensor<20xi8>
// CHECK-LABEL: func.func @softmax(
// CHECK-SAME: %[[X:.*]]: memref<3x20xi8>
// CHECK: linalg.fill
// CHECK: memref.copy {{.*}} : memref<20xi8> to memref<20xi8, strided<[1]>>
// CHECK: edgebert.load @stage[%c0], %{{.*}} : memref<2x16xi8, #edgebert.space<aux, 0>>
// Rows are padded to 4, so that whole mask beats are moved.
// CHECK: memref.alloc() : memref<4x32xi8>
// CHECK: edgebert.load @dense_masks[%c0], %{{.*}} : memref<8xi16, #edgebert.space<mask, 0>>
// CHECK: edgebert.load @stage_{{[0-9]}}[%c0], %{{.*}} : memref<8x16xi8, #edgebert.space<data, 0>>
// CHECK: edgebert.run_softmax
// CHECK-SAME: {in_bias = 7 : i32, num_timestep = 4 : i32, num_vector = 2 : i32, out_bias = 1 : i32, span_bias = 3 : i32}
// CHECK: edgebert.store
// CHECK: edgebert.store
// CHECK: call @edgebert_expand
// CHECK: memref.subview %{{.*}}[0, 0] [3, 20] [1, 1]
func.func @softmax(%x: memref<3x20xi8>, %o: memref<3x20xi8>) {
  edgebert.softmax ins(%x : memref<3x20xi8>) outs(%o : memref<3x20xi8>)
    {in_bias = 7 : i32, out_bias = 1 : i32}
  return
}

// -----

// CHECK-LABEL: func.func @span(
// CHECK-SAME: %[[S:.*]]: memref<32xi8>
// CHECK-NOT: span_of_ones
// CHECK: memref.copy %[[S]]
// CHECK: edgebert.run_softmax
// CHECK-SAME: span_bias = 2 : i32
func.func @span(%s: memref<32xi8>, %x: memref<4x32xi8>, %o: memref<4x32xi8>) {
  edgebert.softmax ins(%x : memref<4x32xi8>) span(%s : memref<32xi8>)
    outs(%o : memref<4x32xi8>)
    {in_bias = 7 : i32, out_bias = 1 : i32, span_bias = 2 : i32}
  return
}

// -----

// Gamma and beta lie one after the other in the aux memory. A batch is rows.
// CHECK-LABEL: func.func @layer_norm(
// CHECK-SAME: %[[X:.*]]: memref<2x8x32xi8>, %[[G:.*]]: memref<32xi8>, %[[B:.*]]: memref<32xi8>
// CHECK-DAG: %[[GP:.*]] = edgebert.scratchpad at 0 : memref<2x16xi8, #edgebert.space<aux, 0>>
// CHECK-DAG: %[[BP:.*]] = edgebert.scratchpad at 32 : memref<2x16xi8, #edgebert.space<aux, 0>>
// CHECK: edgebert.load @stage[%c0], %{{.*}} : memref<4x16xi8, #edgebert.space<aux, 0>>
// CHECK: memref.collapse_shape %[[X]]
// CHECK: edgebert.run_layer_norm ins(%{{.*}}, %{{.*}}, %[[GP]], %[[BP]])
// CHECK-SAME: {beta_bias = 3 : i32, gamma_bias = 2 : i32, in_bias = 1 : i32, num_timestep = 16 : i32, num_vector = 2 : i32, out_bias = 4 : i32}
// CHECK: memref.expand_shape
func.func @layer_norm(%x: memref<2x8x32xi8>, %g: memref<32xi8>, %b: memref<32xi8>) {
  edgebert.layer_norm ins(%x, %g, %b : memref<2x8x32xi8>, memref<32xi8>, memref<32xi8>)
    outs(%x : memref<2x8x32xi8>)
    {in_bias = 1 : i32, gamma_bias = 2 : i32, beta_bias = 3 : i32, out_bias = 4 : i32}
  return
}

// -----

// One transfer brings both operands: a stage holds the first, a gap up to where
// the second's masks are free, and the second.
// CHECK-LABEL: func.func @add(
// CHECK-DAG: %[[A:.*]] = edgebert.scratchpad at 0 : memref<1024x16xi8, #edgebert.space<data, 0>>
// CHECK-DAG: %[[B:.*]] = edgebert.scratchpad at 17408 : memref<1024x16xi8, #edgebert.space<data, 0>>
// CHECK-DAG: %[[BM:.*]] = edgebert.scratchpad at 1024 : memref<1024xi16, #edgebert.space<mask, 0>>
// CHECK-DAG: %[[O:.*]] = edgebert.scratchpad at 34816 : memref<1024x16xi8, #edgebert.space<data, 0>>
// CHECK-DAG: %[[OM:.*]] = edgebert.scratchpad at 2048 : memref<1024xi16, #edgebert.space<mask, 0>>
// CHECK: edgebert.load @dense_masks[%c0], %{{.*}} : memref<2048xi16, #edgebert.space<mask, 0>>
// CHECK: edgebert.load @stage_{{[0-9]}}[%c0], %{{.*}} : memref<2112x16xi8, #edgebert.space<data, 0>>
// CHECK: edgebert.run_add ins(%[[A]], %{{.*}}, %[[B]], %[[BM]]) outs(%[[O]], %[[OM]])
// CHECK-SAME: {in_bias = 1 : i32, num_timestep = 64 : i32, num_vector = 16 : i32, out_bias = 3 : i32, rhs_bias = 2 : i32}
func.func @add(%a: memref<64x256xi8>, %b: memref<64x256xi8>, %c: memref<64x256xi8>) {
  edgebert.add ins(%a, %b : memref<64x256xi8>, memref<64x256xi8>)
    outs(%c : memref<64x256xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
  return
}

// -----

// Operands need not be contiguous; a batch that cannot be seen as one matrix is
// copied, and the copy freed.
// CHECK-LABEL: func.func @strided(
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<2x4x32xi8, strided<[512, 64, 1], offset: ?>>
// CHECK: %[[DENSE:.*]] = memref.alloc() : memref<2x4x32xi8>
// CHECK: memref.copy %[[X]], %[[DENSE]]
// CHECK: memref.collapse_shape %[[DENSE]]
// CHECK: memref.dealloc %[[DENSE]]
// CHECK: edgebert.run_softmax
func.func @strided(%x: memref<2x4x32xi8, strided<[512, 64, 1], offset: ?>>, %o: memref<2x4x32xi8, strided<[512, 64, 1], offset: ?>>) {
  edgebert.softmax ins(%x : memref<2x4x32xi8, strided<[512, 64, 1], offset: ?>>)
    outs(%o : memref<2x4x32xi8, strided<[512, 64, 1], offset: ?>>)
    {in_bias = 7 : i32, out_bias = 1 : i32}
  return
}
