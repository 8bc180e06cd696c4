// RUN: edgebert-opt %s --split-input-file --allow-unregistered-dialect --edgebert-specialize-shapes --symbol-dce --canonicalize | FileCheck %s

// One copy for each shape; what is called inside follows; the original is unused.
// CHECK-NOT: memref<?xf32>
// CHECK-LABEL: func.func @caller
// CHECK: call @outer_[[A:[0-9]+]](%{{.*}}) : (memref<4xf32>)
// CHECK: call @outer_[[B:[0-9]+]](%{{.*}}) : (memref<9xf32>)
// CHECK: call @outer_[[A]](%{{.*}}) : (memref<4xf32>)
func.func @caller(%x: memref<4xf32>, %y: memref<9xf32>) {
  %a = memref.cast %x : memref<4xf32> to memref<?xf32>
  %b = memref.cast %y : memref<9xf32> to memref<?xf32>
  call @outer(%a) : (memref<?xf32>) -> ()
  call @outer(%b) : (memref<?xf32>) -> ()
  call @outer(%a) : (memref<?xf32>) -> ()
  return
}
// CHECK-NOT: @outer(
func.func private @outer(%x: memref<?xf32>) {
  func.call @inner(%x) : (memref<?xf32>) -> ()
  return
}
func.func private @inner(%x: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %d = memref.dim %x, %c0 : memref<?xf32>
  "test.use"(%d) : (index) -> ()
  return
}
// The size is known: 4 or 9.
// CHECK-DAG: "test.use"(%c4) : (index)
// CHECK-DAG: "test.use"(%c9) : (index)

// -----

// Nothing to do: dynamic at the caller, a function elsewhere, static already.
// CHECK-LABEL: func.func @unchanged
// CHECK: call @f(%{{.*}}) : (memref<?xf32>)
// CHECK: call @extern(%{{.*}}) : (memref<?xf32>)
func.func @unchanged(%x: memref<?xf32>, %y: memref<4xf32>) {
  call @f(%x) : (memref<?xf32>) -> ()
  %b = memref.cast %y : memref<4xf32> to memref<?xf32>
  call @extern(%b) : (memref<?xf32>) -> ()
  return
}
func.func private @f(%x: memref<?xf32>) {
  return
}
func.func private @extern(memref<?xf32>)
