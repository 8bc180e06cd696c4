// RUN: edgebert-opt %s --pass-pipeline='builtin.module(func.func(edgebert-early-exit{dvfs}))' 2>/dev/null | FileCheck %s
// RUN: not edgebert-opt %s --pass-pipeline='builtin.module(func.func(edgebert-early-exit{dvfs machine=none.yaml}))' 2>&1 | FileCheck %s --check-prefix=MACHINE

// MACHINE: error: {{.*}}none.yaml

// Behind the first exit the entropy is bisected into one of 64 steps, the last
// exit and the cycles to it are looked up, and the machine goes to the point at
// which they fit into the time left. Later exits leave at the last one whatever
// their entropy; the next sentence begins at the operating point again.

// CHECK-LABEL: func @three
// CHECK-SAME: %[[LATENCY:[a-z0-9]+]]: tensor<1xf32> {edgebert.name = "target_latency"}
// CHECK-SAME: %[[TABLE:[a-z0-9]+]]: tensor<1x64xi64> {edgebert.name = "exit_table"}
// CHECK-SAME: %[[CYCLES:[a-z0-9]+]]: tensor<1x3xi64> {edgebert.name = "exit_cycles"}
// CHECK: %[[TARGET:.*]] = tensor.extract %[[LATENCY]]
// CHECK: %[[SURE:.*]] = edgebert.entropy
// CHECK: scf.if %[[SURE]]
// CHECK: } else {
// CHECK: %[[BISECT:.*]]:2 = scf.for
// CHECK: %[[BELOW:.*]] = edgebert.entropy
// CHECK: arith.select %[[BELOW]]
// CHECK: %[[BIN:.*]] = arith.index_cast %[[BISECT]]#0 : i32 to index
// CHECK: tensor.extract %[[TABLE]][%{{.*}}, %[[BIN]]]
// CHECK: arith.maxsi
// CHECK: %[[LAST:.*]] = arith.minsi
// CHECK: tensor.extract %[[CYCLES]]
// CHECK: tensor.extract %[[CYCLES]]
// 77 to 674 MHz in kHz: the 15 points below the operating point.
// CHECK: arith.constant dense<[7.700000e+04, {{.*}}]> : tensor<15xf32>
// CHECK: %[[LEFT:.*]] = arith.subf %[[TARGET]]
// CHECK: arith.divf %{{.*}}, %[[LEFT]]
// CHECK: scf.for
// CHECK: edgebert.dvfs
// CHECK: %[[SURE2:.*]] = edgebert.entropy
// CHECK: %[[IS_LAST:.*]] = arith.cmpi sle, %[[LAST]], %{{.*}} : i64
// CHECK: %[[LEAVES:.*]] = arith.ori %[[SURE2]], %[[IS_LAST]]
// CHECK: scf.if %[[LEAVES]]
// CHECK: %[[TOP:.*]] = arith.constant 15 : i32
// CHECK-NEXT: edgebert.dvfs %[[TOP]]
// CHECK-NEXT: scf.yield
func.func @three(%x: tensor<1x2xf32> {edgebert.name = "x"}) -> (tensor<3x2xf32> {edgebert.name = "logits"}) {
  %first = arith.addf %x, %x : tensor<1x2xf32>
  %second = arith.mulf %first, %x : tensor<1x2xf32>
  %third = arith.mulf %second, %first : tensor<1x2xf32>
  %0 = tensor.empty() : tensor<3x2xf32>
  %1 = tensor.insert_slice %third into %0[2, 0] [1, 2] [1, 1] : tensor<1x2xf32> into tensor<3x2xf32>
  %2 = tensor.insert_slice %first into %1[0, 0] [1, 2] [1, 1] : tensor<1x2xf32> into tensor<3x2xf32>
  %3 = tensor.insert_slice %second into %2[1, 0] [1, 2] [1, 1] : tensor<1x2xf32> into tensor<3x2xf32>
  return %3 : tensor<3x2xf32>
}
