//===- Passes.td - passes on the way to C -------------------*- tablegen -*-===//

#ifndef EDGEBERT_TARGET_PASSES_TD
#define EDGEBERT_TARGET_PASSES_TD

include "mlir/Pass/PassBase.td"

def SpecializeShapes : Pass<"edgebert-specialize-shapes", "::mlir::ModuleOp"> {
  let summary = "Give functions the static shapes of their callers";
  let description = [{
    A call that passes a buffer of static shape through a `memref.cast` to a
    dynamic one becomes a call of a copy of the function for that shape; calls
    with equal shapes share one. A pointer in C has no sizes, so functions that
    ask for the size of an argument need this. Functions that nobody calls any
    more are left to symbol-dce.

    ```mlir
    %d = memref.cast %x : memref<64x16xi8> to memref<?x16xi8>
    call @f(%d) : (memref<?x16xi8>) -> ()
    // becomes
    call @f_0(%x) : (memref<64x16xi8>) -> ()
    ```
  }];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect"];
}

def ConvertCommandToEmitC
    : Pass<"convert-command-to-emitc", "::mlir::ModuleOp"> {
  let summary = "Turn a command-form host program on loops into EmitC";
  let description = [{
    Consumes the command form after `edgebert-host-loops{scalar fixed-order}`.
    A buffer becomes a `uint8_t *` to its first element, an index an `int64_t`.
    Register accesses become calls of the three functions that the user of the
    C driver provides, regions and constants become places in the DRAM image.
    Operators whose C meaning depends on types or overflow become calls of
    helpers (`eb_...`) with the meaning of the arith dialect.

    An operation without an equivalent in C is an error that names it.

    ```mlir
    edgebert.write_reg command, %c7_i32
    %v = memref.load %m[%i, %j] : memref<4x16xi16>
    // becomes
    call_opaque "edgebert_write32"(%command, %c7) : (ui32, ui32) -> ()
    %r = mul %i, %c16 : (i64, i64) -> i64
    %k = add %r, %j : (i64, i64) -> i64
    %v = call_opaque "eb_load_i16"(%m, %k) : (!emitc.ptr<ui8>, i64) -> i16
    ```
  }];
  let dependentDialects = ["::mlir::emitc::EmitCDialect"];
}

#endif // EDGEBERT_TARGET_PASSES_TD
