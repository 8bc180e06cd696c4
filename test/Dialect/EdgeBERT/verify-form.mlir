// Each module of this file is valid in the forms named above it and in no
// other; verify-form-errors.mlir shows what is said then.
//
// RUN: split-file %s %t
// RUN: edgebert-opt %t/model.mlir --edgebert-verify-form=form=model | FileCheck %s
// RUN: edgebert-opt %t/model.mlir --edgebert-verify-form=form=compressed | FileCheck %s
// RUN: edgebert-opt %t/model.mlir --edgebert-verify-form=form=accelerator | FileCheck %s
// RUN: not edgebert-opt %t/model.mlir --edgebert-verify-form=form=scheduled
// RUN: not edgebert-opt %t/model.mlir --edgebert-verify-form=form=command
// RUN: not edgebert-opt %t/compressed.mlir --edgebert-verify-form=form=model
// RUN: edgebert-opt %t/compressed.mlir --edgebert-verify-form=form=compressed | FileCheck %s
// RUN: edgebert-opt %t/compressed.mlir --edgebert-verify-form=form=accelerator | FileCheck %s
// RUN: not edgebert-opt %t/compressed.mlir --edgebert-verify-form=form=scheduled
// RUN: not edgebert-opt %t/accelerator.mlir --edgebert-verify-form=form=model
// RUN: not edgebert-opt %t/accelerator.mlir --edgebert-verify-form=form=compressed
// RUN: edgebert-opt %t/accelerator.mlir --edgebert-verify-form=form=accelerator | FileCheck %s
// RUN: not edgebert-opt %t/accelerator.mlir --edgebert-verify-form=form=scheduled
// RUN: not edgebert-opt %t/scheduled.mlir --edgebert-verify-form=form=accelerator
// RUN: edgebert-opt %t/scheduled.mlir --edgebert-verify-form=form=scheduled | FileCheck %s
// RUN: not edgebert-opt %t/scheduled.mlir --edgebert-verify-form=form=command
// RUN: not edgebert-opt %t/command.mlir --edgebert-verify-form=form=accelerator
// RUN: not edgebert-opt %t/command.mlir --edgebert-verify-form=form=scheduled
// RUN: edgebert-opt %t/command.mlir --edgebert-verify-form=form=command | FileCheck %s
// RUN: not edgebert-opt %t/model.mlir --edgebert-verify-form=form=modle

// CHECK: func.func @main

//--- model.mlir
func.func @main(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %c = arith.constant dense<0.5> : tensor<4x4xf32>
  %e = tensor.empty() : tensor<4x4xf32>
  %0 = linalg.add ins(%x, %c : tensor<4x4xf32>, tensor<4x4xf32>)
    outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

//--- compressed.mlir
func.func @main(%x: tensor<4x4xf32>, %m: tensor<i8>) -> tensor<4x4x!numfmt.afp<8,3>> {
  %0 = numfmt.quantize %x, %m : tensor<4x4xf32>, tensor<i8> -> tensor<4x4x!numfmt.afp<8,3>>
  return %0 : tensor<4x4x!numfmt.afp<8,3>>
}

//--- accelerator.mlir
func.func @main(%x: tensor<4x4xi8>) -> tensor<4x4xi8> {
  %0 = edgebert.add ins(%x, %x : tensor<4x4xi8>, tensor<4x4xi8>)
    outs(%x : tensor<4x4xi8>)
    {lhs_bias = 1 : i32, rhs_bias = 2 : i32, out_bias = 3 : i32}
    -> tensor<4x4xi8>
  edgebert.probe "sum" %0 : tensor<4x4xi8>
  return %0 : tensor<4x4xi8>
}

//--- scheduled.mlir
edgebert.region @r at 0 size 64
func.func @main(%x: memref<4x4xi8>) {
  %c0 = arith.constant 0 : index
  %v = edgebert.get_region @r : memref<64xi8>
  %p = edgebert.scratchpad at 0 : memref<4x16xi8, #edgebert.space<data, 0>>
  edgebert.load @r[%c0], %p : memref<4x16xi8, #edgebert.space<data, 0>>
  edgebert.host_work copy, 64
  edgebert.probe "sum" %x : memref<4x4xi8>
  return
}

//--- command.mlir
edgebert.region @r at 0 size 64
func.func @main(%x: memref<4x4xi8>) {
  %c = arith.constant 1 : i32
  %v = edgebert.get_region @r : memref<64xi8>
  edgebert.write_reg command, %c
  edgebert.wait
  %s = edgebert.read_reg status
  edgebert.host_work copy, 64
  edgebert.probe "sum" %x : memref<4x4xi8>
  return
}
