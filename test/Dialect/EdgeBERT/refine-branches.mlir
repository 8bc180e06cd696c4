// RUN: edgebert-opt %s --pass-pipeline='builtin.module(func.func(edgebert-refine-branches))' | FileCheck %s

!any = memref<1x2xf32, strided<[?, ?], offset: ?>>

// Also where the inner branch only becomes static by the pass.
// CHECK-LABEL: func @nested
// CHECK-SAME: %[[A:[a-z0-9]+]]: memref<1x2xf32>, %[[B:[a-z0-9]+]]: memref<1x2xf32>
// CHECK: %[[R:.*]] = scf.if %{{.*}} -> (memref<1x2xf32>) {
// CHECK-NEXT: scf.yield %[[A]] : memref<1x2xf32>
// CHECK-NEXT: } else {
// CHECK-NEXT: %[[I:.*]] = scf.if %{{.*}} -> (memref<1x2xf32>) {
// CHECK-NEXT: scf.yield %[[A]] : memref<1x2xf32>
// CHECK-NEXT: } else {
// CHECK-NEXT: scf.yield %[[B]] : memref<1x2xf32>
// CHECK: scf.yield %[[I]] : memref<1x2xf32>
// CHECK: %[[ANY:.*]] = memref.cast %[[R]]
// CHECK: memref.copy %[[ANY]]
func.func @nested(%a: memref<1x2xf32>, %b: memref<1x2xf32>,
                  %o: memref<1x2xf32>, %c: i1, %d: i1) {
  %x = memref.cast %a : memref<1x2xf32> to !any
  %y = memref.cast %b : memref<1x2xf32> to !any
  %r = scf.if %c -> (!any) {
    scf.yield %x : !any
  } else {
    %i = scf.if %d -> (!any) {
      scf.yield %x : !any
    } else {
      scf.yield %y : !any
    }
    scf.yield %i : !any
  }
  memref.copy %r, %o : !any to memref<1x2xf32>
  return
}

// Layouts that differ stay.
// CHECK-LABEL: func @differ
// CHECK: scf.if %{{.*}} -> (memref<1x2xf32, strided<[?, ?], offset: ?>>)
func.func @differ(%a: memref<1x2xf32>, %b: memref<1x2xf32, strided<[4, 2]>>,
                  %o: memref<1x2xf32>, %c: i1) {
  %x = memref.cast %a : memref<1x2xf32> to !any
  %y = memref.cast %b : memref<1x2xf32, strided<[4, 2]>> to !any
  %r = scf.if %c -> (!any) {
    scf.yield %x : !any
  } else {
    scf.yield %y : !any
  }
  memref.copy %r, %o : !any to memref<1x2xf32>
  return
}
