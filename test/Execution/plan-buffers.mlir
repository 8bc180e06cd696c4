// RUN: edgebert-opt %s --split-input-file --verify-diagnostics --edgebert-plan-buffers | FileCheck %s

func.func private @use(memref<16xf32>, memref<16xf32>)

// The first and the third buffer share bytes; the second lives with both. The
// result is computed in place.
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[X:[^:]*]]: memref<16xf32>, %[[R:[^:]*]]: memref<16xf32> {edgebert.name = "r"}, %[[ARENA:[^:]*]]: memref<128xi8>
// CHECK-SAME: attributes {edgebert.arena = 128 : i64}
func.func @main(%x: memref<16xf32>) -> (memref<16xf32> {edgebert.name = "r"}) {
  // CHECK: %[[A:.*]] = memref.view %[[ARENA]][%[[AT:.*]]][]
  // CHECK: %[[B:.*]] = memref.view %[[ARENA]]
  // CHECK: call @use(%[[A]], %[[B]])
  // CHECK: %[[C:.*]] = memref.view %[[ARENA]]
  // CHECK: call @use(%[[B]], %[[C]])
  // CHECK: call @use(%[[C]], %[[R]])
  // CHECK: return
  %a = memref.alloc() : memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  call @use(%a, %b) : (memref<16xf32>, memref<16xf32>) -> ()
  %c = memref.alloc() : memref<16xf32>
  call @use(%b, %c) : (memref<16xf32>, memref<16xf32>) -> ()
  %r = memref.alloc() : memref<16xf32>
  call @use(%c, %r) : (memref<16xf32>, memref<16xf32>) -> ()
  return %r : memref<16xf32>
}

// -----

// An argument that is returned is copied.
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[X:[^:]*]]: memref<4xf32>, %[[R:[^:]*]]: memref<4xf32>
// CHECK: memref.copy %[[X]], %[[R]]
func.func @main(%x: memref<4xf32>) -> memref<4xf32> {
  return %x : memref<4xf32>
}

// -----

func.func @main(%n: index) {
  // expected-error @below {{cannot be executed: expected a buffer of static shape, found 'memref<?xf32>'}}
  %a = memref.alloc(%n) : memref<?xf32>
  return
}

// -----

// expected-error @below {{cannot be executed: expected result 0 to be a tensor or memref of static shape, found 'f32'}}
func.func @main(%x: f32) -> f32 {
  return %x : f32
}
