// The placement report says which host ops are looked up, by name and kind.
// RUN: rm -rf %t && mkdir %t
// RUN: echo '{"placements": [{"name": "/act/Tanh", "kind": "linalg.generic", "on_chip": false, "kernel": false, "reason": "no unit"}, {"name": "/act/Tanh", "kind": "math.tanh", "on_chip": false, "kernel": false, "reason": "no unit"}, {"name": "/act/Tanh", "kind": "math.tanh", "on_chip": false, "kernel": false, "reason": "no unit"}]}' > %t/placement.json
// RUN: edgebert-opt %s --pass-pipeline="builtin.module(func.func(numfmt-tabulate{report=%t/placement.json}))" -o %t/out.mlir
// RUN: FileCheck %s < %t/placement.json
// CHECK: "kind": "linalg.generic"
// CHECK: "reason": "no unit"
// CHECK: "kind": "math.tanh"
// CHECK: "reason": "no unit; element-wise on codes: a table of 16 look-ups"
// CHECK: "reason": "no unit"

// RUN: not edgebert-opt %s --pass-pipeline="builtin.module(func.func(numfmt-tabulate{report=%t/none.json}))" 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: cannot update the report: {{.*}}none.json: cannot read

func.func @main(%c: tensor<4x!numfmt.int<4>>) -> tensor<4x!numfmt.int<4>> {
  %m = arith.constant dense<0.25> : tensor<f32>
  %x = numfmt.dequantize %c, %m : tensor<4x!numfmt.int<4>>, tensor<f32> -> tensor<4xf32>
  %y = math.tanh %x : tensor<4xf32> loc("/act/Tanh")
  %q = numfmt.quantize %y, %m : tensor<4xf32>, tensor<f32> -> tensor<4x!numfmt.int<4>>
  return %q : tensor<4x!numfmt.int<4>>
}
