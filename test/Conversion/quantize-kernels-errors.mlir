// RUN: not edgebert-opt %s --numfmt-quantize-kernels 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not edgebert-opt %s --numfmt-quantize-kernels="calibration=%S/Inputs/absent.json" 2>&1 | FileCheck %s --check-prefix=ABSENT
// RUN: not edgebert-opt %s --numfmt-quantize-kernels="calibration=%S/Inputs/bad-syntax.json" 2>&1 | FileCheck %s --check-prefix=SYNTAX
// RUN: not edgebert-opt %s --numfmt-quantize-kernels="calibration=%S/Inputs/bad-format.json" 2>&1 | FileCheck %s --check-prefix=FORMAT
// RUN: not edgebert-opt %s --numfmt-quantize-kernels="calibration=%S/Inputs/bad-list.json" 2>&1 | FileCheck %s --check-prefix=LIST
// RUN: not edgebert-opt %s --numfmt-quantize-kernels="calibration=%S/Inputs/bad-entry.json" 2>&1 | FileCheck %s --check-prefix=ENTRY
// RUN: not edgebert-opt %s --numfmt-quantize-kernels="calibration=%S/Inputs/bad-name.json" 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not edgebert-opt %s --numfmt-quantize-kernels="calibration=%S/Inputs/bad-number.json" 2>&1 | FileCheck %s --check-prefix=NUMBER
// RUN: not edgebert-opt %s --numfmt-quantize-kernels="calibration=%S/Inputs/bad-range.json" 2>&1 | FileCheck %s --check-prefix=RANGE
// RUN: not edgebert-opt %s --numfmt-quantize-kernels="calibration=%S/Inputs/empty.json" 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not edgebert-opt %s --numfmt-quantize-kernels="calibration=%S/Inputs/empty.json strategy=median" 2>&1 | FileCheck %s --check-prefix=STRATEGY
// RUN: not edgebert-opt %s --numfmt-quantize-kernels="calibration=%S/Inputs/empty.json format=f16" 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not edgebert-opt %s --numfmt-quantize-kernels="calibration=%S/Inputs/empty.json format=!numfmt.afq<8,3>" 2>&1 | FileCheck %s --check-prefix=PARSE

// NONE: error: expected option 'calibration' to name a calibration file
// ABSENT: absent.json: cannot read the calibration file: No such file or directory
// SYNTAX: bad-syntax.json: not JSON:
// FORMAT: bad-format.json: expected a calibration file with "format": 1
// LIST: bad-list.json: expected a list "values"
// ENTRY: bad-entry.json: values[0]: expected an object
// NAME: bad-name.json: values[0]: expected a string "name"
// NUMBER: bad-number.json: values[0] (x): expected a number "max_row_squares"
// RANGE: bad-range.json: values[0] (x): expected min <= max, got 2.00 and 1.00
// MISSING: error: the calibration knows nothing of 'x', 'linalg.tanh', '/mm'; it was made for another model
// STRATEGY: error: expected option 'strategy' to be min-max, got 'median'
// TYPE: error: expected option 'format' to be a numfmt type such as !numfmt.afp<8,3>, got 'f16'
// PARSE: expected option 'format' to be a numfmt type such as !numfmt.afp<8,3>, got '!numfmt.afq<8,3>'
func.func @main(%x: tensor<4x16xf32> {edgebert.name = "x"}) -> tensor<4x4xf32> {
  %e = tensor.empty() : tensor<16x4xf32>
  %t = tensor.empty() : tensor<4x16xf32>
  %zero = arith.constant 0.0 : f32
  %c = tensor.empty() : tensor<4x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  %y = linalg.tanh ins(%x : tensor<4x16xf32>) outs(%t : tensor<4x16xf32>) -> tensor<4x16xf32>
  %z = linalg.transpose ins(%y : tensor<4x16xf32>) outs(%e : tensor<16x4xf32>) permutation = [1, 0]
  %r = linalg.matmul ins(%x, %z : tensor<4x16xf32>, tensor<16x4xf32>)
    outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32> loc("/mm")
  return %r : tensor<4x4xf32>
}
