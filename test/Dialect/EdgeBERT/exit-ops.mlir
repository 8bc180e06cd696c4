// RUN: edgebert-opt %s | FileCheck %s
// RUN: edgebert-opt %s --mlir-print-op-generic | edgebert-opt | FileCheck %s
// RUN: edgebert-opt %s --emit-bytecode | edgebert-opt | FileCheck %s
// RUN: edgebert-opt %s --canonicalize --cse | FileCheck %s --check-prefix=KEPT

// CHECK-LABEL: func.func @entropy
// CHECK: edgebert.entropy ins(%{{.*}} : tensor<16x!numfmt.afp<8, 3>>) threshold(%{{.*}}) {in_bias = 6 : i32}
// CHECK: edgebert.entropy ins(%{{.*}} : memref<32xi8>) threshold(%{{.*}}) {in_bias = 0 : i32}
func.func @entropy(%x: tensor<16x!numfmt.afp<8,3>>, %y: memref<32xi8>,
                   %t: i32) -> (i1, i1) {
  %0 = edgebert.entropy ins(%x : tensor<16x!numfmt.afp<8,3>>) threshold(%t)
    {in_bias = 6 : i32}
  %1 = edgebert.entropy ins(%y : memref<32xi8>) threshold(%t)
    {in_bias = 0 : i32}
  return %0, %1 : i1, i1
}

// The unit keeps the entropy for others, and a point is for what follows.
// CHECK-LABEL: func.func @run
// CHECK: edgebert.run_entropy ins(%{{.*}}, %{{.*}}) threshold(%{{.*}}) {in_bias = 6 : i32, num_vector = 2 : i32} : memref<2x16xi8, #edgebert.space<data, 0>>, memref<2xi16, #edgebert.space<mask, 0>>
// CHECK: edgebert.dvfs %{{.*}}
// KEPT-LABEL: func.func @run
// KEPT: edgebert.run_entropy
// KEPT: edgebert.dvfs
// KEPT: edgebert.dvfs
func.func @run(%d: memref<2x16xi8, #edgebert.space<data, 0>>,
               %m: memref<2xi16, #edgebert.space<mask, 0>>, %t: i32, %p: i32) {
  %0 = edgebert.run_entropy ins(%d, %m) threshold(%t)
    {num_vector = 2 : i32, in_bias = 6 : i32}
    : memref<2x16xi8, #edgebert.space<data, 0>>,
      memref<2xi16, #edgebert.space<mask, 0>>
  edgebert.dvfs %p
  edgebert.dvfs %t
  return
}
