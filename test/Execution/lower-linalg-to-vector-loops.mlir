// RUN: edgebert-opt %s --split-input-file --edgebert-lower-linalg-to-vector-loops --canonicalize | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// Both loops collapse into one of 12 * 10 = 112 + 8 elements.
// CHECK-LABEL: func.func @elementwise
// CHECK: scf.for %{{.*}} = %{{.*}} to %c112 step %c16
// CHECK: vector.load
// CHECK: arith.mulf {{.*}} : vector<16xf32>
// CHECK: vector.store
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
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

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// What a row shares is computed before its loop.
// CHECK-LABEL: func.func @broadcast
// CHECK: scf.for
// CHECK: memref.load
// CHECK: math.rsqrt {{.*}} : f32
// CHECK: scf.for
// CHECK: vector.broadcast
func.func @broadcast(%x: memref<4x64xf32>, %s: memref<4xf32>, %y: memref<4x64xf32>) {
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<4x64xf32>, memref<4xf32>) outs(%y : memref<4x64xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %r = math.rsqrt %b : f32
    %m = arith.mulf %a, %r : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// One partial sum per lane, then a tree: 16, 8, 4, 2, 1.
// CHECK-LABEL: func.func @row_sum
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (vector<16xf32>)
// CHECK: arith.addf {{.*}} : vector<8xf32>
// CHECK: arith.addf {{.*}} : vector<4xf32>
// CHECK: arith.addf {{.*}} : vector<2xf32>
// CHECK: memref.store
func.func @row_sum(%x: memref<4x64xf32>, %y: memref<4xf32>) {
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<4x64xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: f32, %b: f32):
    %m = arith.addf %b, %a : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// A result that is not one known combination is computed in order.
// CHECK-LABEL: func.func @in_order
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (f32)
// CHECK-NOT: vector
func.func @in_order(%x: memref<4x64xf32>, %y: memref<4xf32>) {
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<4x64xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: f32, %b: f32):
    %s = arith.mulf %b, %b : f32
    %m = arith.subf %a, %s : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#out = affine_map<(d0, d1) -> (d0, d1)>
#ids = affine_map<(d0, d1) -> (d0)>

// Rows of a table are copied as vectors.
// CHECK-LABEL: func.func @gather
// CHECK: %[[ID:.*]] = memref.load
// CHECK: %[[ROW:.*]] = arith.index_cast %[[ID]]
// CHECK: scf.for %[[J:.*]] =
// CHECK: vector.load %{{.*}}[%[[ROW]], %[[J]]]
func.func @gather(%ids: memref<4xi64>, %table: memref<100x64xf32>, %y: memref<4x64xf32>) {
  linalg.generic {indexing_maps = [#ids, #out], iterator_types = ["parallel", "parallel"]}
      ins(%ids : memref<4xi64>) outs(%y : memref<4x64xf32>) {
  ^bb0(%id: i64, %b: f32):
    %i = arith.index_cast %id : i64 to index
    %j = linalg.index 1 : index
    %v = memref.load %table[%i, %j] : memref<100x64xf32>
    linalg.yield %v : f32
  }
  return
}

// -----

// In memory one i1 is one byte: no vector of bits is loaded.
// CHECK-LABEL: func.func @bits
// CHECK-NOT: vector.load {{.*}}xi1
func.func @bits(%x: memref<64xi1>, %y: memref<64xi1>) {
  linalg.copy ins(%x : memref<64xi1>) outs(%y : memref<64xi1>)
  return
}

// -----

// A look-up has another address in every lane, also where loops were collapsed:
// not vectorised.
// CHECK-LABEL: func.func @look_up
// CHECK-NOT: vector
// CHECK: %[[CODE:.*]] = memref.load
// CHECK: %[[AT:.*]] = arith.index_castui %[[CODE]]
// CHECK: memref.load %{{.*}}[%[[AT]]] : memref<256xi8>
#all = affine_map<(d0, d1) -> (d0, d1)>
func.func @look_up(%x: memref<4x64xi8>, %table: memref<256xi8>, %y: memref<4x64xi8>) {
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<4x64xi8>) outs(%y : memref<4x64xi8>) {
  ^bb0(%a: i8, %b: i8):
    %i = arith.index_castui %a : i8 to index
    %v = memref.load %table[%i] : memref<256xi8>
    linalg.yield %v : i8
  }
  return
}
