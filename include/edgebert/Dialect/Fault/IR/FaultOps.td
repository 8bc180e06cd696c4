//===- FaultOps.td - places where faults can strike --------*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_FAULT_IR_FAULTOPS_TD
#define EDGEBERT_DIALECT_FAULT_IR_FAULTOPS_TD

include "edgebert/Dialect/NumFmt/IR/NumFmtInterfaces.td"
include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Fault_Dialect : Dialect {
  let name = "fault";
  let cppNamespace = "::edgebert::fault";
  let summary = "places where faults can strike";
  let description = [{
    Vocabulary:

    * A **site** is a stored value of which a fault may change bits: the codes
      of an activation or a weight, metadata, a mask.
    * Its **id** names it from the first form to the last. Sites are part of
      the program; which fault strikes where and when is a *plan*, data of one
      run (`edgebert/Numerics/FaultModel.h`), so one compilation serves a whole
      campaign.
    * A **disarmed** program (`fault-disarm`, and every run without a plan) has
      lost its sites: it is the program that was never instrumented.

    Not here: which faults are likely, what comes of them, and statistics
    (`edgebert-campaign`). Faults in memories and registers of the machine have
    no value in the program and so no op; the same plan names them by unit.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def Fault_Kind : I32EnumAttr<"Kind", "what a fault strikes", [
    I32EnumAttrCase<"Activation", 0, "activation">,
    I32EnumAttrCase<"Weight", 1, "weight">,
    I32EnumAttrCase<"Metadata", 2, "metadata">,
    I32EnumAttrCase<"Mask", 3, "mask">,
    I32EnumAttrCase<"Accumulator", 4, "accumulator">]> {
  let cppNamespace = "::edgebert::fault";
}

def Fault_Data : AnyTypeOf<[AnyRankedTensor, AnyMemRef],
                           "ranked tensor or memref">;

def Fault_SiteOp : Op<Fault_Dialect, "site", [
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<BufferizableOpInterface, [
      "bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues",
      "bufferize"]>]> {
  let summary = "a value whose bits a fault may change";
  let description = [{
    The input, with the bits changed that the plan of the run changes at `id`;
    without a plan, the input. A tensor yields the changed tensor; a memref is
    changed in place, without a result. Constraints:
      (C1) elements are of a number format, f32 or integers of up to 32 bits,
      (C2) `id` is not negative, and no two sites of a function share it,
      (C3) `format` is the element type if that is a format; else elements are
           its storage integers, or f32 values that are encoded, changed and
           decoded,
      (C4) `metadata`, of the format's metadata type, is of rank 0, or of rank 1
           with `axis`, inside the input's rank and as long as that dimension.

    `format` and `metadata` are there for the fault to know its fields and
    values; without `format`, an integer is bits and f32 is IEEE's.

    A weight or a mask is storage: every reader of the same constant sees the
    fault, and what a run changed is put back at its end. Everything else is a
    value: the op is a write to it, and other readers of the input do not see
    the fault.

    ```mlir
    %r = fault.site %v activation 12 "layer0/q" as !numfmt.afp<8,3>
           metadata dense<4> : tensor<i8> : tensor<4x!numfmt.afp<8,3>>
    fault.site %m weight 13 "encoder.w" as !numfmt.afp<8,3> : memref<64x64xi8>
    ```
  }];
  let arguments = (ins
    Fault_Data:$input,
    Fault_Kind:$kind,
    I64Attr:$id,
    StrAttr:$name,
    OptionalAttr<NumFmt_FormatAttr>:$format,
    OptionalAttr<ElementsAttr>:$metadata,
    OptionalAttr<I64Attr>:$axis
  );
  let results = (outs Optional<AnyRankedTensor>:$result);
  let hasVerifier = 1;
  let assemblyFormat = [{
    $input $kind $id $name (`as` $format^)? (`metadata` $metadata^)?
    (`axis` $axis^)? attr-dict `:` type($input)
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Value":$input, "Kind":$kind, "int64_t":$id,
                   "::llvm::StringRef":$name,
                   CArg<"::edgebert::numfmt::FormatTypeInterface", "{}">:$format,
                   CArg<"::mlir::ElementsAttr", "{}">:$metadata,
                   CArg<"::std::optional<int64_t>", "{}">:$axis)>
  ];
  let extraClassDeclaration = [{
    /// Whether readers share the fault and it is put back after the run.
    bool isStorage() {
      return getKind() == Kind::Weight || getKind() == Kind::Mask;
    }
    /// The format of the code words: `format`, or the element type if that is
    /// one; null for plain integers and floats.
    ::edgebert::numfmt::FormatTypeInterface getCodeFormat();
    /// The constant metadata values: one, or one per index of `axis`; one of
    /// no meaning if the op does not say.
    ::llvm::SmallVector<::edgebert::numerics::Metadata> getMetadataValues();
  }];
}

#endif // EDGEBERT_DIALECT_FAULT_IR_FAULTOPS_TD
