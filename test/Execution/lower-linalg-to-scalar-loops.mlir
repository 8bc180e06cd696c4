// RUN: edgebert-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(edgebert-lower-linalg-to-vector-loops{scalar}),canonicalize)' | FileCheck %s

// One element at a time.
// CHECK-LABEL: func.func @elementwise
// CHECK-NOT: vector
// CHECK: scf.for %{{.*}} = %c0 to %c120 step %c1
// CHECK: memref.load
// CHECK: arith.mulf {{.*}} : f32
// CHECK: memref.store
// CHECK-NOT: vector
#id = affine_map<(d0, d1) -> (d0, d1)>
func.func @elementwise(%x: memref<12x10xf32>, %y: memref<12x10xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<12x10xf32>) outs(%y : memref<12x10xf32>) {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %a : f32
    linalg.yield %m : f32
  }
  return
}

// -----

// The lanes of the vectorised sum in an array outside all loops: four
// whole groups of 16, then 5 lanes of the last one, then the same tree.
// CHECK-LABEL: func.func @row_sum
// CHECK: %[[LANES:.*]] = memref.alloca() : memref<16xf32>
// CHECK: scf.for %{{.*}} = %c0 to %c4 step %c1
// CHECK: scf.for %{{.*}} = %c0 to %c16 step %c1
// CHECK: memref.store %cst, %[[LANES]]
// CHECK: scf.for %[[GROUP:.*]] = %c0 to %c64 step %c16
// CHECK: scf.for %[[LANE:.*]] = %c0 to %c16 step %c1
// CHECK: arith.addi %[[GROUP]], %[[LANE]]
// CHECK: arith.addf
// CHECK: scf.for %[[REST:.*]] = %c0 to %c5 step %c1
// CHECK: arith.addi %[[REST]], %c64
// CHECK: scf.for %[[HALF:.*]] = %c0 to %c8 step %c1
// CHECK: arith.addi %[[HALF]], %c8
// CHECK: scf.for {{.*}} %c4 step
// CHECK: scf.for {{.*}} %c2 step
// CHECK: memref.store %{{.*}}, %[[LANES]][%c0]
// CHECK: %[[TOTAL:.*]] = memref.load %[[LANES]][%c0]
// CHECK: arith.addf %{{.*}}, %[[TOTAL]]
#m = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
func.func @row_sum(%x: memref<4x69xf32>, %y: memref<4xf32>) {
  linalg.generic {indexing_maps = [#m, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<4x69xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %b, %a : f32
    linalg.yield %s : f32
  }
  return
}
