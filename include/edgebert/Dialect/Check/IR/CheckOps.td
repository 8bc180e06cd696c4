//===- CheckOps.td - numeric assertions in IR --------------*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_CHECK_IR_CHECKOPS_TD
#define EDGEBERT_DIALECT_CHECK_IR_CHECKOPS_TD

include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/OpBase.td"

def Check_Dialect : Dialect {
  let name = "check";
  let cppNamespace = "::edgebert::check";
  let summary = "numeric assertions in IR";
  let description = [{
    Assertions that a test's program makes about its own values, so that a
    numeric test needs no long CHECK lines. Run, an assertion that fails prints
    its location, the first differing element with its index and both values,
    and makes the run fail; the program continues to the other assertions.

    Operands are tensors, or memrefs after bufferization; the ops only read.

    Not here: conditions on scalars (`cf.assert`), and assertions that a
    compiler may assume; these are observations, kept by every optimisation.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def Check_Data : AnyTypeOf<[AnyRankedTensor, AnyMemRef],
                           "ranked tensor or memref">;

/// Deliberately without declared memory effects: an op that is known to only
/// read, and has no results, would be dead code.
class Check_Op<string mnemonic, list<Trait> traits = []>
    : Op<Check_Dialect, mnemonic, traits # [
        DeclareOpInterfaceMethods<BufferizableOpInterface, [
          "bufferizesToMemoryRead", "bufferizesToMemoryWrite",
          "getAliasingValues", "bufferize"]>]>;

def Check_ExpectEqOp : Check_Op<"expect_eq", [SameTypeOperands]> {
  let summary = "expect equal elements";
  let description = [{
    Every element of `actual` equals that of `expected`. Floats are compared as
    values: -0 equals 0, and NaN equals NaN.

    ```mlir
    check.expect_eq %y, %golden : tensor<4x8xf32>
    ```
  }];
  let arguments = (ins Check_Data:$actual, Check_Data:$expected);
  let assemblyFormat = "$actual `,` $expected attr-dict `:` type($actual)";
}

def Check_ExpectCloseOp : Check_Op<"expect_close", [SameTypeOperands]> {
  let summary = "expect elements equal up to a tolerance";
  let description = [{
    `|actual - expected| <= atol + rtol * |expected|` for every element; NaN
    is close to NaN only, an infinity to itself. Constraints: (C1) the elements
    are floats, (C2) the tolerances are finite and not negative.

    ```mlir
    check.expect_close %y, %golden {atol = 1.0e-5, rtol = 1.0e-4} : tensor<4xf32>
    ```
  }];
  let arguments = (ins
    Check_Data:$actual,
    Check_Data:$expected,
    DefaultValuedAttr<F64Attr, "0.0">:$atol,
    DefaultValuedAttr<F64Attr, "0.0">:$rtol
  );
  let assemblyFormat = "$actual `,` $expected attr-dict `:` type($actual)";
  let hasVerifier = 1;
}

def Check_ExpectBitsOp : Check_Op<"expect_bits"> {
  let summary = "expect given bit patterns";
  let description = [{
    Every element of `actual` has the bit pattern in `expected`; the only
    comparison that tells -0 from 0 and one NaN from another. Constraints:
    (C1) the elements of `actual` are integers or floats, (C2) `expected` has
    its shape and holds integers of its width.

    ```mlir
    check.expect_bits %codes, dense<[0, 127, -1]> : tensor<3xi8> : tensor<3xi8>
    check.expect_bits %x, dense<[0, 0x80000000]> : tensor<2xi32> : tensor<2xf32>
    ```
  }];
  let arguments = (ins Check_Data:$actual, ElementsAttr:$expected);
  let assemblyFormat = "$actual `,` $expected attr-dict `:` type($actual)";
  let hasVerifier = 1;
}

#endif // EDGEBERT_DIALECT_CHECK_IR_CHECKOPS_TD
