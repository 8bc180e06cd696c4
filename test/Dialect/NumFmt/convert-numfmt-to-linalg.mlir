// RUN: edgebert-opt %s --allow-unregistered-dialect --convert-numfmt-to-linalg | FileCheck %s

// Quantize: metadata of rank 0 is broadcast, codes are i8.
// CHECK-DAG: #[[$ID:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$ONE:.+]] = affine_map<(d0, d1) -> ()>
// CHECK-DAG: #[[$COL:.+]] = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func @per_tensor(
// CHECK-SAME: %[[X:.*]]: tensor<4x8xf32>, %[[M:.*]]: tensor<i8>) -> tensor<4x8xi8>
func.func @per_tensor(%x: tensor<4x8xf32>, %m: tensor<i8>)
    -> tensor<4x8x!numfmt.afp<8,3>> {
  // CHECK: %[[INIT:.*]] = tensor.empty() : tensor<4x8xi8>
  // CHECK: %[[Q:.*]] = linalg.generic {indexing_maps = [#[[$ID]], #[[$ONE]], #[[$ID]]], iterator_types = ["parallel", "parallel"]}
  // CHECK-SAME: ins(%[[X]], %[[M]] : tensor<4x8xf32>, tensor<i8>) outs(%[[INIT]] : tensor<4x8xi8>)
  // CHECK-NOT: scf
  // CHECK-NOT: math
  // CHECK: arith.trunci %{{.*}} : i32 to i8
  // CHECK: return %[[Q]]
  %q = numfmt.quantize %x, %m
         : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!numfmt.afp<8,3>>
  return %q : tensor<4x8x!numfmt.afp<8,3>>
}

// CHECK-LABEL: func @per_column(
// CHECK: linalg.generic {indexing_maps = [#[[$ID]], #[[$COL]], #[[$ID]]]
// CHECK-SAME: ins(%{{.*}}, %{{.*}} : tensor<4x8xi8>, tensor<8xf32>)
// CHECK: arith.mulf
func.func @per_column(%x: tensor<4x8x!numfmt.int<8>>, %s: tensor<8xf32>)
    -> tensor<4x8xf32> {
  %y = numfmt.dequantize %x, %s axis 1
         : tensor<4x8x!numfmt.int<8>>, tensor<8xf32> -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// No metadata, a dynamic size, codes of more than 8 bits.
// CHECK-LABEL: func @dynamic(
// CHECK-SAME: %[[X:.*]]: tensor<?xf32>
// CHECK: %[[D:.*]] = tensor.dim %[[X]]
// CHECK: tensor.empty(%[[D]]) : tensor<?xi16>
func.func @dynamic(%x: tensor<?xf32>) -> tensor<?x!numfmt.float<5,10>> {
  %q = numfmt.quantize %x : tensor<?xf32> -> tensor<?x!numfmt.float<5,10>>
  return %q : tensor<?x!numfmt.float<5,10>>
}

// Bits are the storage integers themselves.
// CHECK-LABEL: func @bits(
// CHECK-SAME: %[[X:.*]]: tensor<4xi8>
// CHECK-NEXT: return %[[X]] : tensor<4xi8>
func.func @bits(%b: tensor<4xi8>) -> tensor<4xi8> {
  %q = numfmt.from_bits %b : tensor<4xi8> -> tensor<4x!numfmt.afp<8,3>>
  %r = numfmt.to_bits %q : tensor<4x!numfmt.afp<8,3>> -> tensor<4xi8>
  return %r : tensor<4xi8>
}

// Ops that only move codes keep doing so: loops, calls, slices, named ops and
// their regions.
// CHECK-LABEL: func @moves(
// CHECK-NOT: numfmt
// CHECK: scf.for {{.*}} -> (tensor<8x4xi8>)
// CHECK: tensor.extract_slice {{.*}} : tensor<8x4xi8> to tensor<2x4xi8>
// CHECK: tensor.insert_slice {{.*}} : tensor<2x4xi8> into tensor<8x4xi8>
// CHECK: linalg.transpose ins(%{{.*}} : tensor<8x4xi8>) outs(%{{.*}} : tensor<4x8xi8>)
// CHECK: tensor.collapse_shape {{.*}} : tensor<4x8xi8> into tensor<32xi8>
// CHECK: linalg.generic
// CHECK: ^bb0(%{{.*}}: i8, %{{.*}}: i8):
// CHECK: call @callee({{.*}}) : (tensor<32xi8>) -> tensor<32xi8>
// CHECK: "unknown.op"(%{{.*}}) : (tensor<32xi8>) -> memref<4xi8>
func.func private @callee(tensor<32x!numfmt.int<8>>) -> tensor<32x!numfmt.int<8>>
func.func @moves(%x: tensor<8x4x!numfmt.int<8>>) -> tensor<32x!numfmt.int<8>> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %l = scf.for %i = %c0 to %c8 step %c2 iter_args(%acc = %x)
      -> (tensor<8x4x!numfmt.int<8>>) {
    %s = tensor.extract_slice %acc[%i, 0] [2, 4] [1, 1]
           : tensor<8x4x!numfmt.int<8>> to tensor<2x4x!numfmt.int<8>>
    %n = tensor.insert_slice %s into %acc[0, 0] [2, 4] [1, 1]
           : tensor<2x4x!numfmt.int<8>> into tensor<8x4x!numfmt.int<8>>
    scf.yield %n : tensor<8x4x!numfmt.int<8>>
  }
  %e = tensor.empty() : tensor<4x8x!numfmt.int<8>>
  %t = linalg.transpose ins(%l : tensor<8x4x!numfmt.int<8>>)
         outs(%e : tensor<4x8x!numfmt.int<8>>) permutation = [1, 0]
  %c = tensor.collapse_shape %t [[0, 1]]
         : tensor<4x8x!numfmt.int<8>> into tensor<32x!numfmt.int<8>>
  %f = tensor.empty() : tensor<32x!numfmt.int<8>>
  %g = linalg.generic {
         indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
         iterator_types = ["parallel"]}
         ins(%c : tensor<32x!numfmt.int<8>>) outs(%f : tensor<32x!numfmt.int<8>>) {
  ^bb0(%in: !numfmt.int<8>, %out: !numfmt.int<8>):
    linalg.yield %in : !numfmt.int<8>
  } -> tensor<32x!numfmt.int<8>>
  %r = func.call @callee(%g)
         : (tensor<32x!numfmt.int<8>>) -> tensor<32x!numfmt.int<8>>
  %u = "unknown.op"(%r)
         : (tensor<32x!numfmt.int<8>>) -> memref<4x!numfmt.int<8>>
  return %r : tensor<32x!numfmt.int<8>>
}

// CHECK-LABEL: func @lookup(
// CHECK-SAME: %[[X:.*]]: tensor<?x3xi8>, %[[T:.*]]: tensor<256xi16>)
// CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<?x3xi8>) outs(%{{.*}} : tensor<?x3xi16>)
// CHECK-NEXT: ^bb0(%[[C:.*]]: i8, %{{.*}}: i16):
// CHECK-NEXT: %[[I:.*]] = arith.index_castui %[[C]] : i8 to index
// CHECK-NEXT: %[[E:.*]] = tensor.extract %[[T]][%[[I]]]
// CHECK-NEXT: linalg.yield %[[E]] : i16
func.func @lookup(%x: tensor<?x3x!numfmt.afp<8,3>>, %t: tensor<256xi16>) -> tensor<?x3x!numfmt.float<5,10>> {
  %y = numfmt.lookup %x, %t : tensor<?x3x!numfmt.afp<8,3>>, tensor<256xi16> -> tensor<?x3x!numfmt.float<5,10>>
  return %y : tensor<?x3x!numfmt.float<5,10>>
}

// CHECK-LABEL: func @lookup_short_codes(
// CHECK: ^bb0(%[[C:.*]]: i8, %{{.*}}: i8):
// CHECK-NEXT: %[[MASK:.*]] = arith.constant 15 : i8
// CHECK-NEXT: %[[M:.*]] = arith.andi %[[C]], %[[MASK]] : i8
// CHECK-NEXT: arith.index_castui %[[M]]
func.func @lookup_short_codes(%x: tensor<3x!numfmt.int<4>>, %t: tensor<16xi8>) -> tensor<3x!numfmt.int<4>> {
  %y = numfmt.lookup %x, %t : tensor<3x!numfmt.int<4>>, tensor<16xi8> -> tensor<3x!numfmt.int<4>>
  return %y : tensor<3x!numfmt.int<4>>
}

// Whole blocks are dimensions of their own.
// CHECK-LABEL: func @blocks(
// CHECK-SAME: %[[X:.*]]: tensor<4x64xf32>
// CHECK: %[[E:.*]] = tensor.expand_shape %[[X]] {{\[\[}}0, 1], [2, 3]] {{.*}} : tensor<4x64xf32> into tensor<4x1x2x32xf32>
// CHECK: %[[R:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "parallel", "reduction"]} ins(%[[E]] : tensor<4x1x2x32xf32>) outs(%{{.*}} : tensor<4x2xi32>)
// CHECK: arith.maxui
// CHECK: %[[M:.*]] = linalg.generic {{.*}} ins(%[[R]] : tensor<4x2xi32>) outs(%{{.*}} : tensor<4x2xi8>)
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[M]] : tensor<4x1x2x32xf32>, tensor<4x2xi8>) outs(%{{.*}} : tensor<4x1x2x32xf32>)
// CHECK: tensor.collapse_shape {{.*}} : tensor<4x1x2x32xf32> into tensor<4x64xf32>
func.func @blocks(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %m = numfmt.choose_metadata %x blocks [1, 32] as !numfmt.mx<4,3>
         : tensor<4x64xf32> -> tensor<4x2xi8>
  %y = numfmt.emulate %x, %m blocks [1, 32] as !numfmt.mx<4,3>
         : tensor<4x64xf32>, tensor<4x2xi8> -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}

// Noise is a function of the row-major index.
// CHECK-LABEL: func @noise(
// CHECK: linalg.index 0
// CHECK: linalg.index 1
// CHECK: arith.index_cast
func.func @noise(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = numfmt.emulate %x stream 3 as !numfmt.float<4,3,stochastic>
         : tensor<4x8xf32> -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
