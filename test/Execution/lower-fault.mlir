// RUN: edgebert-opt %s --edgebert-lower-fault | FileCheck %s

// CHECK: func.func private @edgebert_rt_fault_site(index, index)

// CHECK: memref.global "private" @w : memref<4xi8> = dense<1>
memref.global "private" constant @w : memref<4xi8> = dense<1>

// CHECK-LABEL: func @sites(
// CHECK-SAME: %[[X:.*]]: memref<4xf32>, %[[V:.*]]: memref<4xf32, strided<[2]>>
func.func @sites(%x: memref<4xf32>, %v: memref<4xf32, strided<[2]>>) {
  // CHECK: %[[ID:.*]] = arith.constant 12 : index
  // CHECK: %[[P:.*]] = memref.extract_aligned_pointer_as_index %[[X]]
  // CHECK: call @edgebert_rt_fault_site(%[[ID]], %[[P]])
  fault.site %x activation 12 "x" : memref<4xf32>
  // What is not contiguous goes and comes back.
  // CHECK: %[[COPY:.*]] = memref.alloc() : memref<4xf32>
  // CHECK: memref.copy %[[V]], %[[COPY]]
  // CHECK: memref.extract_aligned_pointer_as_index %[[COPY]]
  // CHECK: call @edgebert_rt_fault_site
  // CHECK: memref.copy %[[COPY]], %[[V]]
  fault.site %v activation 13 "v" : memref<4xf32, strided<[2]>>
  // A constant that can change is none any more.
  %w = memref.get_global @w : memref<4xi8>
  // CHECK: call @edgebert_rt_fault_site
  fault.site %w weight 14 "w" : memref<4xi8>
  return
}
