// RUN: edgebert-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(func.func(edgebert-early-exit))' | FileCheck %s

// What the second exit needs moves behind the first, its probe with it; what
// the first needs, too, stays. The last exit needs no entropy.

// CHECK-LABEL: func @three
// CHECK-SAME: (%[[X:.*]]: tensor<1x2xf32> {edgebert.name = "x"}, %[[T:.*]]: tensor<1xf32> {edgebert.name = "exit_threshold"})
// CHECK-SAME: -> (tensor<1x2xf32> {edgebert.name = "logits"}, tensor<1xi64> {edgebert.name = "exit_layer"})
// CHECK: %[[FIRST:.*]] = arith.addf %[[X]], %[[X]] : tensor<1x2xf32>
// CHECK: %[[THRESHOLD:.*]] = tensor.extract %[[T]]
// CHECK: %[[ONE:.*]] = arith.constant dense<1> : tensor<1xi64>
// CHECK-DAG: %[[A:.*]] = tensor.extract %[[FIRST]][%{{.*}}, %{{.*}}]
// CHECK-DAG: %[[B:.*]] = tensor.extract %[[FIRST]][%{{.*}}, %{{.*}}]
// CHECK: %[[MAX:.*]] = arith.maximumf %[[A]], %[[B]]
// CHECK: math.log
// CHECK: %[[ENTROPY:.*]] = arith.subf
// CHECK: %[[SURE:.*]] = arith.cmpf ole, %[[ENTROPY]], %[[THRESHOLD]] : f32
// CHECK: %[[R:.*]]:2 = scf.if %[[SURE]] -> (tensor<1x2xf32>, tensor<1xi64>) {
// CHECK-NEXT: scf.yield %[[FIRST]], %[[ONE]]
// CHECK: } else {
// CHECK: %[[SECOND:.*]] = arith.mulf %[[FIRST]], %[[X]]
// CHECK: edgebert.probe "second" %[[SECOND]]
// CHECK: %[[TWO:.*]] = arith.constant dense<2> : tensor<1xi64>
// CHECK: %[[R2:.*]]:2 = scf.if
// CHECK-NEXT: scf.yield %[[SECOND]], %[[TWO]]
// CHECK: } else {
// CHECK: %[[THIRD:.*]] = arith.mulf %[[SECOND]], %[[FIRST]]
// CHECK-NOT: math.log
// CHECK: %[[THREE:.*]] = arith.constant dense<3> : tensor<1xi64>
// CHECK: scf.yield %[[THIRD]], %[[THREE]]
// CHECK: scf.yield %[[R2]]#0, %[[R2]]#1
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @three(%x: tensor<1x2xf32> {edgebert.name = "x"}) -> (tensor<3x2xf32> {edgebert.name = "logits"}) {
  %first = arith.addf %x, %x : tensor<1x2xf32>
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

// expected-error @+1 {{early exit: expected 1 to 64 logits of f32 and static shape per exit}}
func.func @wide(%x: tensor<1x65xf32>) -> tensor<2x65xf32> {
  %0 = tensor.empty() : tensor<2x65xf32>
  %1 = tensor.insert_slice %x into %0[0, 0] [1, 65] [1, 1] : tensor<1x65xf32> into tensor<2x65xf32>
  %2 = tensor.insert_slice %x into %1[1, 0] [1, 65] [1, 1] : tensor<1x65xf32> into tensor<2x65xf32>
  return %2 : tensor<2x65xf32>
}
