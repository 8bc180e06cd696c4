// RUN: edgebert-opt %s --edgebert-schedule --canonicalize | FileCheck %s --check-prefix=SCHEDULED
// RUN: edgebert-opt %s --edgebert-schedule --canonicalize --edgebert-emit-commands --canonicalize --cse | FileCheck %s
// RUN: not edgebert-opt %s --edgebert-schedule=machine=rtl --edgebert-emit-commands=machine=rtl 2>&1 | FileCheck %s --check-prefix=RTL

// RTL: error: 'edgebert.dvfs' op cannot keep a point on machine 'rtl', which is reset before every operation

// SCHEDULED-LABEL: func.func @main
// SCHEDULED: memref.copy
// SCHEDULED: edgebert.load @dense_masks
// SCHEDULED: edgebert.load @stage
// SCHEDULED: %[[BELOW:.*]] = edgebert.run_entropy ins(%{{.*}}, %{{.*}}) threshold(%{{.*}}) {in_bias = 6 : i32, num_vector = 1 : i32}
// SCHEDULED: edgebert.dvfs
// SCHEDULED: return %[[BELOW]]

// The threshold is the low half of its register, beside a divisor of 1. Bit 0 of
// the status is the decision.
// CHECK-LABEL: func.func @main
// CHECK-SAME: %{{.*}}: memref<16xi8>, %[[T:[a-z0-9]+]]: i32, %[[P:[a-z0-9]+]]: i32
// CHECK: edgebert.write_reg use_gb
// CHECK: edgebert.write_reg reset_mode
// CHECK: edgebert.write_reg gb_mode_config
// CHECK: %[[LOW:.*]] = arith.andi %[[T]], %{{.*}} : i32
// CHECK: %[[WORD:.*]] = arith.ori %[[LOW]], %{{.*}} : i32
// CHECK: edgebert.write_reg entropy_config, %[[WORD]]
// CHECK: edgebert.write_reg gb_control_config
// CHECK: edgebert.write_reg command
// CHECK-NEXT: edgebert.wait
// CHECK-NEXT: %[[STATUS:.*]] = edgebert.read_reg status
// CHECK: %[[BIT:.*]] = arith.andi %[[STATUS]]
// CHECK: %[[BELOW:.*]] = arith.cmpi ne, %[[BIT]]
// CHECK: edgebert.write_reg dco_a
// CHECK: edgebert.write_reg dco_b
// CHECK: edgebert.write_reg dco_c
// CHECK: edgebert.write_reg ldo_a
// CHECK: edgebert.write_reg ldo_b
// CHECK: edgebert.write_reg ldo_c
// CHECK: edgebert.write_reg ldo_d
// CHECK: edgebert.write_reg command
// CHECK-NEXT: edgebert.wait
// CHECK-NEXT: return %[[BELOW]]
func.func @main(%x: memref<16xi8>, %t: i32, %p: i32) -> i1 {
  %below = edgebert.entropy ins(%x : memref<16xi8>) threshold(%t)
    {in_bias = 6 : i32}
  edgebert.dvfs %p
  return %below : i1
}
