// RUN: edgebert-opt %s --pass-pipeline="builtin.module(func.func(edgebert-count-host-work))" --verify-diagnostics | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#swap = affine_map<(d0, d1) -> (d1, d0)>
#row = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func.func @copies
func.func @copies(%a: memref<8x4xf32>, %b: memref<8x4xf32>, %s: f32,
                  %c: memref<8x4xi8>, %i: memref<8x4xindex>,
                  %j: memref<8x4xindex>, %k: memref<8x4xi1>, %l: memref<8x4xi1>) {
  // CHECK: edgebert.host_work copy, 128
  // CHECK-NEXT: memref.copy
  memref.copy %a, %b : memref<8x4xf32> to memref<8x4xf32>
  // CHECK: edgebert.host_work copy, 256
  // CHECK-NEXT: memref.copy
  memref.copy %i, %j : memref<8x4xindex> to memref<8x4xindex>
  // An element takes at least a byte.
  // CHECK: edgebert.host_work copy, 32
  // CHECK-NEXT: memref.copy
  memref.copy %k, %l : memref<8x4xi1> to memref<8x4xi1>
  // A fill writes each element.
  // CHECK: edgebert.host_work copy, 128
  // CHECK-NEXT: linalg.fill
  linalg.fill ins(%s : f32) outs(%a : memref<8x4xf32>)
  // CHECK: edgebert.host_work copy, 128
  // CHECK-NEXT: linalg.copy
  linalg.copy ins(%a : memref<8x4xf32>) outs(%b : memref<8x4xf32>)
  return
}

// CHECK-LABEL: func.func @transposes
func.func @transposes(%a: memref<8x4xf32>, %b: memref<4x8xf32>, %v: memref<4xf32>) {
  // CHECK: edgebert.host_work transpose, 128
  // CHECK-NEXT: linalg.transpose
  linalg.transpose ins(%a : memref<8x4xf32>) outs(%b : memref<4x8xf32>) permutation = [1, 0]
  // CHECK: edgebert.host_work transpose, 128
  // CHECK-NEXT: linalg.generic
  linalg.generic {indexing_maps = [#swap, #id], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<8x4xf32>) outs(%b : memref<4x8xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  // Rows of 16 bytes stay together.
  // CHECK: edgebert.host_work rows, 128
  // CHECK-NEXT: linalg.generic
  linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
    ins(%v : memref<4xf32>) outs(%a : memref<8x4xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// Other dimensions may change places where the pieces that stay together have 16
// bytes; not where they are shorter, strided, or run over another dimension.
// CHECK-LABEL: func.func @rows
func.func @rows(%a: memref<3x4x16xi8>, %b: memref<4x3x16xi8>,
                %c: memref<3x4x8xi8>, %d: memref<4x3x8xi8>,
                %e: memref<3x4x16xi8, strided<[128, 32, 2]>>) {
  // CHECK: edgebert.host_work rows, 192
  // CHECK-NEXT: linalg.transpose
  linalg.transpose ins(%a : memref<3x4x16xi8>) outs(%b : memref<4x3x16xi8>) permutation = [1, 0, 2]
  // CHECK: edgebert.host_work transpose, 96
  // CHECK-NEXT: linalg.transpose
  linalg.transpose ins(%c : memref<3x4x8xi8>) outs(%d : memref<4x3x8xi8>) permutation = [1, 0, 2]
  // CHECK: edgebert.host_work transpose, 192
  // CHECK-NEXT: linalg.transpose
  linalg.transpose ins(%e : memref<3x4x16xi8, strided<[128, 32, 2]>>) outs(%b : memref<4x3x16xi8>) permutation = [1, 0, 2]
  return
}

// One per iteration, whatever the body does.
// CHECK-LABEL: func.func @computes
func.func @computes(%a: memref<8x4xf32>, %b: memref<4x2xf32>, %c: memref<8x2xf32>) {
  // CHECK: edgebert.host_work op, 32
  // CHECK-NEXT: linalg.generic
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<8x4xf32>) outs(%a : memref<8x4xf32>) {
  ^bb0(%x: f32, %y: f32):
    %0 = arith.mulf %x, %x : f32
    %1 = math.tanh %0 : f32
    linalg.yield %1 : f32
  }
  // 8 * 2 * 4 iterations.
  // CHECK: edgebert.host_work op, 64
  // CHECK-NEXT: linalg.matmul
  linalg.matmul ins(%a, %b : memref<8x4xf32>, memref<4x2xf32>) outs(%c : memref<8x2xf32>)
  return
}

// Work in a loop is counted in the loop.
// CHECK-LABEL: func.func @loop
// CHECK: scf.for
// CHECK-NEXT: edgebert.host_work copy, 4
// CHECK-NEXT: memref.copy
func.func @loop(%a: memref<4xi8>, %b: memref<4xi8>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    memref.copy %a, %b : memref<4xi8> to memref<4xi8>
  }
  return
}

// CHECK-LABEL: func.func @dynamic
// CHECK-NOT: edgebert.host_work
func.func @dynamic(%a: memref<?xf32>, %b: memref<?xf32>, %s: f32) {
  // expected-remark @below {{not counted as host work: its extents are not static}}
  memref.copy %a, %b : memref<?xf32> to memref<?xf32>
  // expected-remark @below {{not counted as host work: its extents are not static}}
  linalg.fill ins(%s : f32) outs(%a : memref<?xf32>)
  return
}

// Tensors cost nothing yet; neither do the chip's ops.
// CHECK-LABEL: func.func @tensors
// CHECK-NOT: edgebert.host_work
func.func @tensors(%a: tensor<4xf32>, %s: f32) -> tensor<4xf32> {
  %0 = linalg.fill ins(%s : f32) outs(%a : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @lookups
func.func @lookups(%a: memref<8x4xi8>, %b: memref<8x4xi8>, %t: memref<256xi8>,
                   %u: memref<512xi8>) {
  // CHECK: edgebert.host_work lookup, 32
  // CHECK-NEXT: linalg.generic
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<8x4xi8>) outs(%b : memref<8x4xi8>) {
  ^bb0(%x: i8, %y: i8):
    %mask = arith.constant 15 : i8
    %c = arith.andi %x, %mask : i8
    %i = arith.index_castui %c : i8 to index
    %e = memref.load %t[%i] : memref<256xi8>
    linalg.yield %e : i8
  }
  // A table that caches may not keep; more work than a look-up.
  // CHECK: edgebert.host_work op, 32
  // CHECK-NEXT: linalg.generic
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<8x4xi8>) outs(%b : memref<8x4xi8>) {
  ^bb0(%x: i8, %y: i8):
    %i = arith.index_castui %x : i8 to index
    %e = memref.load %u[%i] : memref<512xi8>
    linalg.yield %e : i8
  }
  // CHECK: edgebert.host_work op, 32
  // CHECK-NEXT: linalg.generic
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<8x4xi8>) outs(%b : memref<8x4xi8>) {
  ^bb0(%x: i8, %y: i8):
    %i = arith.index_castui %x : i8 to index
    %e = memref.load %t[%i] : memref<256xi8>
    %f = arith.addi %e, %x : i8
    linalg.yield %f : i8
  }
  return
}
