// RUN: edgebert-opt %s | FileCheck %s
// RUN: edgebert-opt %s --mlir-print-op-generic | edgebert-opt | FileCheck %s
// RUN: edgebert-opt %s --emit-bytecode | edgebert-opt | FileCheck %s

!code = !numfmt.afp<8,3>

//===----------------------------------------------------------------------===//
// Tensor ops
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @matmul
// CHECK: edgebert.matmul ins(%{{.*}}, %{{.*}} : tensor<5x32x!numfmt.afp<8, 3>>, tensor<7x32x!numfmt.afp<8, 3>>)
// CHECK-SAME: outs(%{{.*}} : tensor<5x7x!numfmt.afp<8, 3>>)
// CHECK-SAME: {lhs_bias = 4 : i32, out_bias = 5 : i32, rhs_bias = -2 : i32}
// CHECK-SAME: -> tensor<5x7x!numfmt.afp<8, 3>>
func.func @matmul(%a: tensor<5x32x!code>, %b: tensor<7x32x!code>,
                  %o: tensor<5x7x!code>) -> tensor<5x7x!code> {
  %r = edgebert.matmul ins(%a, %b : tensor<5x32x!code>, tensor<7x32x!code>)
    outs(%o : tensor<5x7x!code>)
    {lhs_bias = 4 : i32, rhs_bias = -2 : i32, out_bias = 5 : i32}
    -> tensor<5x7x!code>
  return %r : tensor<5x7x!code>
}

// Attributes that have their default are not printed; the others are.
// CHECK-LABEL: func.func @matmul_addend
// CHECK: edgebert.matmul ins(
// CHECK-SAME: addend(%{{.*}} : tensor<7x16xi8>)
// CHECK-SAME: addend_lanes = array<i8: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16>
// CHECK-SAME: relu
// CHECK-SAME: scale_log2 = -3 : i32
func.func @matmul_addend(%a: tensor<2x5x32xi8>, %b: tensor<7x32xi8>,
                         %c: tensor<7x16xi8>, %o: tensor<2x5x7xi8>)
    -> tensor<2x5x7xi8> {
  %r = edgebert.matmul ins(%a, %b : tensor<2x5x32xi8>, tensor<7x32xi8>)
    addend(%c : tensor<7x16xi8>) outs(%o : tensor<2x5x7xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 2 : i32, out_bias = 5 : i32,
     scale_log2 = -3 : i32, relu, addend_lanes = array<i8:
       1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16>}
    -> tensor<2x5x7xi8>
  return %r : tensor<2x5x7xi8>
}

// CHECK-LABEL: func.func @rows
// CHECK: edgebert.softmax ins(%{{.*}} : tensor<4x9xi8>) outs(
// CHECK-NOT: span
// CHECK: edgebert.softmax ins(%{{.*}} : tensor<4x9xi8>) span(%{{.*}} : tensor<9xi8>) outs(
// CHECK-SAME: span_bias = 1 : i32
// CHECK: edgebert.layer_norm ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<4x32xi8>, tensor<32xi8>, tensor<32xi8>) outs(
// CHECK: edgebert.add ins(%{{.*}}, %{{.*}} : tensor<4x9xi8>, tensor<4x9xi8>) outs(
// CHECK: edgebert.probe "a/b" %{{.*}} : tensor<4x9xi8>
func.func @rows(%x: tensor<4x9xi8>, %s: tensor<9xi8>, %y: tensor<4x32xi8>,
                %g: tensor<32xi8>) -> tensor<4x32xi8> {
  %0 = edgebert.softmax ins(%x : tensor<4x9xi8>) outs(%x : tensor<4x9xi8>)
    {in_bias = 7 : i32, out_bias = 0 : i32} -> tensor<4x9xi8>
  %1 = edgebert.softmax ins(%0 : tensor<4x9xi8>) span(%s : tensor<9xi8>)
    outs(%x : tensor<4x9xi8>)
    {in_bias = 7 : i32, out_bias = 0 : i32, span_bias = 1 : i32}
    -> tensor<4x9xi8>
  %2 = edgebert.layer_norm ins(%y, %g, %g
      : tensor<4x32xi8>, tensor<32xi8>, tensor<32xi8>)
    outs(%y : tensor<4x32xi8>)
    {in_bias = 1 : i32, gamma_bias = 2 : i32, beta_bias = 3 : i32,
     out_bias = 4 : i32} -> tensor<4x32xi8>
  %3 = edgebert.add ins(%0, %1 : tensor<4x9xi8>, tensor<4x9xi8>)
    outs(%x : tensor<4x9xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
    -> tensor<4x9xi8>
  edgebert.probe "a/b" %3 : tensor<4x9xi8>
  return %2 : tensor<4x32xi8>
}

// On buffers there is no result.
// CHECK-LABEL: func.func @buffers
// CHECK: edgebert.add ins(%{{.*}}, %{{.*}} : memref<4x9xi8>, memref<4x9xi8, strided<[16, 1], offset: ?>>)
// CHECK-SAME: out_bias = 3 : i32
// CHECK-NOT: ->
// CHECK: edgebert.probe "p" %{{.*}} : memref<4x9xi8>
func.func @buffers(%x: memref<4x9xi8>,
                   %y: memref<4x9xi8, strided<[16, 1], offset: ?>>) {
  edgebert.add ins(%x, %y : memref<4x9xi8>,
      memref<4x9xi8, strided<[16, 1], offset: ?>>) outs(%x : memref<4x9xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
  edgebert.probe "p" %x : memref<4x9xi8>
  return
}

//===----------------------------------------------------------------------===//
// Memories and transfers
//===----------------------------------------------------------------------===//

!data0 = memref<32x16xi8, #edgebert.space<data, 0>>
!data1 = memref<32x16xi8, #edgebert.space<data, 1>>
!mask0 = memref<32xi16, #edgebert.space<mask, 0>>
!mask1 = memref<32xi16, #edgebert.space<mask, 1>>
!out = memref<16x16xi8, #edgebert.space<data, 1>>
!out_mask = memref<16xi16, #edgebert.space<mask, 1>>

// CHECK: edgebert.region @plain at 64 size 512{{$}}
edgebert.region @plain at 64 size 512
// CHECK: edgebert.region @filled at 0 size 4 init dense<[1, 2, 3, 4]> : tensor<4xi8>
edgebert.region @filled at 0 size 4 init dense<[1, 2, 3, 4]> : tensor<4xi8>

// CHECK-LABEL: func.func @transfers
func.func @transfers(%i: index) {
  // CHECK: edgebert.get_region @plain : memref<512xi8>
  %r = edgebert.get_region @plain : memref<512xi8>
  // CHECK: edgebert.scratchpad at 0 : memref<32x16xi8, #edgebert.space<data, 0>>
  %d = edgebert.scratchpad at 0 : !data0
  %m = edgebert.scratchpad at 0 : !mask0
  %a = edgebert.scratchpad at 0 : memref<2x16xi8, #edgebert.space<aux, 0>>
  // CHECK: edgebert.load @plain[%{{.*}}], %{{.*}} : memref<32x16xi8, #edgebert.space<data, 0>>
  edgebert.load @plain[%i], %d : !data0
  // CHECK: edgebert.load @plain[%{{.*}}], %{{.*}} : memref<2x16xi8, #edgebert.space<aux, 0>>
  edgebert.load @plain[%i], %a : memref<2x16xi8, #edgebert.space<aux, 0>>
  // CHECK: edgebert.store %{{.*}}, @plain[%{{.*}}] : memref<32xi16, #edgebert.space<mask, 0>>
  edgebert.store %m, @plain[%i] : !mask0
  return
}

// CHECK-LABEL: func.func @run
func.func @run(%d0: !data0, %m0: !mask0, %d1: !data1, %m1: !mask1, %o: !out,
               %om: !out_mask, %p: memref<2x16xi8, #edgebert.space<aux, 0>>) {
  // CHECK: edgebert.run_matmul lhs(%{{.*}}, %{{.*}}) rhs(%{{.*}}, %{{.*}}) outs(%{{.*}}, %{{.*}})
  // CHECK-SAME: relu
  edgebert.run_matmul lhs(%d1, %m1) rhs(%d0, %m0) outs(%o, %om)
    {n0 = 16 : i32, n1 = 16 : i32, m = 32 : i32, right_shift = 9 : i32,
     accum_bias = 5 : i32, relu}
    : !data1, !mask1, !data0, !mask0, !out, !out_mask
  // CHECK: edgebert.run_softmax ins(
  edgebert.run_softmax ins(%d0, %m0, %p) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, span_bias = 3 : i32}
    : !data0, !mask0, memref<2x16xi8, #edgebert.space<aux, 0>>, !data0, !mask0
  // CHECK: edgebert.run_layer_norm ins(
  edgebert.run_layer_norm ins(%d0, %m0, %p, %p) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, gamma_bias = 3 : i32, beta_bias = 1 : i32}
    : !data0, !mask0, memref<2x16xi8, #edgebert.space<aux, 0>>,
      memref<2x16xi8, #edgebert.space<aux, 0>>, !data0, !mask0
  // CHECK: edgebert.run_add ins(
  edgebert.run_add ins(%d0, %m0, %d0, %m0) outs(%d0, %m0)
    {num_vector = 2 : i32, num_timestep = 16 : i32, in_bias = 7 : i32,
     out_bias = 0 : i32, rhs_bias = 3 : i32}
    : !data0, !mask0, !data0, !mask0, !data0, !mask0
  // CHECK: edgebert.host_work copy, 64
  edgebert.host_work copy, 64
  // CHECK: edgebert.host_work transpose, 2
  edgebert.host_work transpose, 2
  // CHECK: edgebert.host_work op, 3
  edgebert.host_work op, 3
  return
}

//===----------------------------------------------------------------------===//
// Commands
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @commands
func.func @commands(%x: i32) -> i32 {
  // CHECK: edgebert.write_reg gb_control_config, %{{.*}}
  edgebert.write_reg gb_control_config, %x
  // CHECK: edgebert.wait
  edgebert.wait
  // CHECK: edgebert.read_reg status
  %s = edgebert.read_reg status
  return %s : i32
}

// Names of an entry function, and what the host pipeline adds.
// CHECK-LABEL: func.func @names
// CHECK-SAME: {edgebert.name = "input_ids"}
// CHECK-SAME: {edgebert.constant = dense<1> : tensor<2xi8>}
// CHECK-SAME: {edgebert.arena = 64 : i64}
// CHECK-SAME: -> (f32 {edgebert.name = "logits"})
func.func @names(%a: f32 {edgebert.name = "input_ids"},
                 %b: memref<2xi8> {edgebert.constant = dense<1> : tensor<2xi8>},
                 %c: memref<64xi8> {edgebert.arena = 64 : i64})
    -> (f32 {edgebert.name = "logits"}) {
  return %a : f32
}
