// RUN: edgebert-opt %s --edgebert-outline-kernels | FileCheck %s

// Equal operations on different buffers share a function; another constant
// makes another one.
// CHECK-LABEL: func.func @main
// CHECK: call @[[$K0:edgebert_kernel[_0-9]*]](%arg0, %arg1)
// CHECK: call @[[$K0]](%arg1, %arg0)
// CHECK: call @[[$K1:edgebert_kernel[_0-9]*]](%arg0)
// CHECK: call @[[$K2:edgebert_kernel[_0-9]*]](%arg0)
// CHECK-NOT: call
// CHECK: func.func private @[[$K0]](%{{.*}}: memref<8xf32>, %{{.*}}: memref<8xf32>) attributes {passthrough = ["noinline"]}
// CHECK: linalg.exp
// CHECK: func.func private @[[$K1]](%{{.*}}: memref<8xf32>)
// CHECK: arith.constant 0.0
// CHECK: func.func private @[[$K2]](%{{.*}}: memref<8xf32>)
// CHECK: arith.constant 1.0
func.func @main(%x: memref<8xf32>, %y: memref<8xf32>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  linalg.exp ins(%x : memref<8xf32>) outs(%y : memref<8xf32>)
  linalg.exp ins(%y : memref<8xf32>) outs(%x : memref<8xf32>)
  linalg.fill ins(%zero : f32) outs(%x : memref<8xf32>)
  linalg.fill ins(%one : f32) outs(%x : memref<8xf32>)
  return
}
