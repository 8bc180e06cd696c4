// RUN: edgebert-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(func.func(edgebert-early-exit))' | FileCheck %s

// What the second exit needs moves behind the first, its probe with it; what
// the first needs, too, stays. The last exit needs no entropy.

// CHECK-LABEL: func @three
// CHECK-SAME: (%[[X:.*]]: tensor<1x2xf32> {edgebert.name = "x"}, %[[T:.*]]: tensor<1xf32> {edgebert.name = "exit_threshold"})
// CHECK-SAME: -> (tensor<1x2xf32> {edgebert.name = "logits"}, tensor<1xi64> {edgebert.name = "exit_layer"})
// CHECK: %[[FIRST:.*]] = arith.addf %[[X]], %[[X]] : tensor<1x2xf32>
// In nats, with 10 bits of fraction.
// CHECK: %[[NATS:.*]] = tensor.extract %[[T]]
// CHECK: arith.mulf %[[NATS]], %{{.*}} : f32
// CHECK: math.roundeven
// CHECK: %[[THRESHOLD:.*]] = arith.fptosi %{{.*}} : f32 to i32
// CHECK: %[[ONE:.*]] = arith.constant dense<1> : tensor<1xi64>
// CHECK: %[[ROW:.*]] = tensor.collapse_shape %[[FIRST]]
// CHECK: tensor.insert_slice %[[ROW]] into %{{.*}}[0] [2] [1] : tensor<2xf32> into tensor<16xf32>
// CHECK: %[[CODES:.*]] = numfmt.quantize %{{.*}} : tensor<16xf32>, tensor<i8> -> tensor<16x!numfmt.afp<8, 3>>
// CHECK: %[[SURE:.*]] = edgebert.entropy ins(%[[CODES]] : tensor<16x!numfmt.afp<8, 3>>) threshold(%[[THRESHOLD]]) {in_bias = 6 : i32}
// CHECK: %[[R:.*]]:2 = scf.if %[[SURE]] -> (tensor<1x2xf32>, tensor<1xi64>) {
// CHECK-NEXT: scf.yield %[[FIRST]], %[[ONE]]
// CHECK: } else {
// CHECK: %[[SECOND:.*]] = arith.mulf %[[FIRST]], %[[X]]
// CHECK: edgebert.probe "second" %[[SECOND]]
// CHECK: %[[TWO:.*]] = arith.constant dense<2> : tensor<1xi64>
// CHECK: %[[SURE2:.*]] = edgebert.entropy
// CHECK: %[[R2:.*]]:2 = scf.if %[[SURE2]]
// CHECK-NEXT: scf.yield %[[SECOND]], %[[TWO]]
// CHECK: } else {
// CHECK: %[[THIRD:.*]] = arith.mulf %[[SECOND]], %[[FIRST]]
// CHECK-NOT: edgebert.entropy
// CHECK: %[[THREE:.*]] = arith.constant dense<3> : tensor<1xi64>
// CHECK: scf.yield %[[THIRD]], %[[THREE]]
// CHECK: scf.yield %[[R2]]#0, %[[R2]]#1
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @three(%x: tensor<1x2xf32> {edgebert.name = "x"}) -> (tensor<3x2xf32> {edgebert.name = "logits"}) {
  // expected-remark @below {{the logits of exit 1 are computed on the host, which encodes them for the entropy unit}}
  %first = arith.addf %x, %x : tensor<1x2xf32>
  // expected-remark @below {{the logits of exit 2 are computed on the host}}
  %second = arith.mulf %first, %x : tensor<1x2xf32>
  edgebert.probe "second" %second : tensor<1x2xf32>
  %third = arith.mulf %second, %first : tensor<1x2xf32>
  %0 = tensor.empty() : tensor<3x2xf32>
  %1 = tensor.insert_slice %third into %0[2, 0] [1, 2] [1, 1] : tensor<1x2xf32> into tensor<3x2xf32>
  %2 = tensor.insert_slice %first into %1[0, 0] [1, 2] [1, 1] : tensor<1x2xf32> into tensor<3x2xf32>
  %3 = tensor.insert_slice %second into %2[1, 0] [1, 2] [1, 1] : tensor<1x2xf32> into tensor<3x2xf32>
  return %3 : tensor<3x2xf32>
}

// -----

// expected-error @+1 {{early exit: expected a result that stacks the logits of two or more exits (tensor.insert_slice), found none}}
func.func @one(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  return %x : tensor<1x2xf32>
}

// -----

// expected-error @+1 {{early exit: expected the exits' logits to be the only result, found 2 results}}
func.func @two_results(%x: tensor<1x2xf32>) -> (tensor<2x2xf32>, tensor<1x2xf32>) {
  %0 = tensor.empty() : tensor<2x2xf32>
  %1 = tensor.insert_slice %x into %0[0, 0] [1, 2] [1, 1] : tensor<1x2xf32> into tensor<2x2xf32>
  %2 = tensor.insert_slice %x into %1[1, 0] [1, 2] [1, 1] : tensor<1x2xf32> into tensor<2x2xf32>
  return %2, %x : tensor<2x2xf32>, tensor<1x2xf32>
}

// -----

// expected-error @+1 {{early exit: expected 1 to 4080 logits of f32 and static shape per exit}}
func.func @wide(%x: tensor<1x4081xf32>) -> tensor<2x4081xf32> {
  %0 = tensor.empty() : tensor<2x4081xf32>
  %1 = tensor.insert_slice %x into %0[0, 0] [1, 4081] [1, 1] : tensor<1x4081xf32> into tensor<2x4081xf32>
  %2 = tensor.insert_slice %x into %1[1, 0] [1, 4081] [1, 1] : tensor<1x4081xf32> into tensor<2x4081xf32>
  return %2 : tensor<2x4081xf32>
}
