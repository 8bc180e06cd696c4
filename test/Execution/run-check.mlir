// RUN: not edgebert-run %s 2>&1 | FileCheck %s
// RUN: edgebert-run %s --entry=passes

// Every failing check is reported, the passing one is not.
// CHECK: run-check.mlir:[[#@LINE+7]]:3: error: check.expect_eq failed at [1, 0]: expected 7, found 3; 1 of 4 elements differ
// CHECK-NEXT: run-check.mlir:[[#@LINE+10]]:3: error: check.expect_close failed at [2]: expected nan, found 2; 1 of 3 elements differ
// CHECK-NEXT: run-check.mlir:[[#@LINE+11]]:3: error: check.expect_bits failed at [0]: expected {{.*}}(bits 0x{{0+}}), found -0 (bits 0x80000000); 1 of 2 elements differ
// CHECK-NEXT: error: 3 checks failed
func.func @main() {
  %a = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
  %b = arith.constant dense<[[1, 2], [7, 4]]> : tensor<2x2xi32>
  check.expect_eq %a, %b : tensor<2x2xi32>
  check.expect_eq %a, %a : tensor<2x2xi32>
  %x = arith.constant dense<[-0.0, 1.0, 2.0]> : tensor<3xf32>
  %y = arith.constant dense<[0.0, 1.00001, 0x7FC00000]> : tensor<3xf32>
  check.expect_close %x, %y {atol = 1.0e-4} : tensor<3xf32>
  %z = arith.constant dense<[-0.0, 1.0]> : tensor<2xf32>
  check.expect_bits %z, dense<[0, 0x3F800000]> : tensor<2xi32> : tensor<2xf32>
  return
}

func.func @passes() {
  %x = arith.constant dense<[-0.0, 1.0]> : tensor<2xf32>
  %y = arith.constant dense<[0.0, 1.0]> : tensor<2xf32>
  check.expect_eq %x, %y : tensor<2xf32>
  return
}
