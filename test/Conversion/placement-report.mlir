// RUN: edgebert-opt %s --convert-linalg-to-edgebert=report=%t.json 2>/dev/null -o /dev/null
// RUN: FileCheck %s < %t.json
// RUN: not edgebert-opt %s --convert-linalg-to-edgebert=report=%t.absent/x.json 2>&1 | FileCheck %s --check-prefix=UNWRITABLE

// Kernels in program order, on the chip or not; then the host's other ops.
// CHECK:      "placements": [
// CHECK-NEXT:   {
// CHECK-NEXT:     "kernel": true,
// CHECK-NEXT:     "kind": "softmax",
// CHECK-NEXT:     "name": "/first",
// CHECK-NEXT:     "on_chip": true,
// CHECK-NEXT:     "reason": ""
// CHECK-NEXT:   },
// CHECK-NEXT:   {
// CHECK-NEXT:     "kernel": true,
// CHECK-NEXT:     "kind": "softmax",
// CHECK-NEXT:     "name": "/second",
// CHECK-NEXT:     "on_chip": false,
// CHECK-NEXT:     "reason": "its unquantized result is used by linalg.tanh"
// CHECK-NEXT:   },
// CHECK-NEXT:   {
// CHECK-NEXT:     "kernel": false,
// CHECK-NEXT:     "kind": "linalg.tanh",
// CHECK-NEXT:     "name": "/tanh",
// CHECK-NEXT:     "on_chip": false,
// CHECK-NEXT:     "reason": "math.tanh has no unit on the accelerator"
// CHECK-NEXT:   }
// CHECK-NEXT: ]

// UNWRITABLE: error: cannot write the report:
!code = !numfmt.afp<8,3>
func.func @main(%xq: tensor<4x8x!code>) -> tensor<4x8xf32> {
  %m6 = arith.constant dense<6> : tensor<i8>
  %m3 = arith.constant dense<3> : tensor<i8>
  %x = numfmt.dequantize %xq, %m6 : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %e = tensor.empty() : tensor<4x8xf32>
  %y = linalg.softmax dimension(1) ins(%x : tensor<4x8xf32>)
    outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32> loc("/first")
  %yq = numfmt.quantize %y, %m3 : tensor<4x8xf32>, tensor<i8> -> tensor<4x8x!code>
  %yd = numfmt.dequantize %yq, %m3 : tensor<4x8x!code>, tensor<i8> -> tensor<4x8xf32>
  %z = linalg.softmax dimension(1) ins(%yd : tensor<4x8xf32>)
    outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32> loc("/second")
  %t = linalg.tanh ins(%z : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>)
    -> tensor<4x8xf32> loc("/tanh")
  return %t : tensor<4x8xf32>
}
