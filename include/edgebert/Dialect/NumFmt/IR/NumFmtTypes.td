//===- NumFmtTypes.td - the formats ------------------------*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTTYPES_TD
#define EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTTYPES_TD

include "edgebert/Dialect/NumFmt/IR/NumFmtDialect.td"
include "edgebert/Dialect/NumFmt/IR/NumFmtInterfaces.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinTypeInterfaces.td"
include "mlir/IR/EnumAttr.td"

def NumFmt_Profile : I32EnumAttr<"Profile",
    "which published behaviour a format has", [
      I32EnumAttrCase<"Hardware", 0, "hardware">,
      I32EnumAttrCase<"Paper", 1, "paper">
    ]> {
  let cppNamespace = "::edgebert::numfmt";
  let genSpecializedAttr = 0;
}

def NumFmt_ProfileAttr : EnumAttr<NumFmt_Dialect, NumFmt_Profile, "profile"> {
  let assemblyFormat = "`<` $value `>`";
}

/// A type that is a format: everything of the interface comes from a codec of
/// edgebert/Numerics, built from the type's parameters by `makeCodec`.
class NumFmt_FormatType<string name, string typeMnemonic, string codecClass,
                        string makeCodec>
    : TypeDef<NumFmt_Dialect, name, [
        MemRefElementTypeInterface,
        DeclareTypeInterfaceMethods<NumFmt_FormatTypeInterface>]> {
  let mnemonic = typeMnemonic;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The format's definition.
    ::edgebert::numerics::}] # codecClass # [{ getCodec() const {
      return }] # makeCodec # [{;
    }
  }];
  let extraClassDefinition = [{
    ::edgebert::numerics::Format $cppClass::getFormat() const {
      return ::edgebert::numerics::Format::of(getCodec());
    }
    ::mlir::Value $cppClass::materializeEncode(
        ::mlir::OpBuilder &builder, ::mlir::Location loc, ::mlir::Value x,
        ::mlir::Value metadata) const {
      return ::edgebert::numfmt::materializeEncode(
          getCodec(), FormatTypeInterface(*this).getStorageType(), builder, loc,
          x, metadata);
    }
    ::mlir::Value $cppClass::materializeDecode(
        ::mlir::OpBuilder &builder, ::mlir::Location loc, ::mlir::Value code,
        ::mlir::Value metadata) const {
      return ::edgebert::numfmt::materializeDecode(getCodec(), builder, loc,
                                                   code, metadata);
    }
  }];
}

def NumFmt_AdaptivFloat : NumFmt_FormatType<"AdaptivFloat", "afp",
    "AdaptivFloat", "{getBits(), getExponentBits()}"> {
  let summary = "AdaptivFloat: a small float with a movable exponent range";
  let description = [{
    ```
    afp ::= `afp` `<` bits `,` exponent-bits (`,` profile)? `>`
    ```

    `bits` 2 to 16, of them one sign, `exponent-bits` (1 to 7) and the rest
    `M` mantissa bits. Metadata: the exponent bias, `i8`.

    ```
    value = 0                                       if e = m = 0
          = (-1)^s (1 + m / 2^M) 2^(e + bias - 10)  otherwise
    ```

    More than one behaviour is published under this name. `hardware` (the
    default, and not printed) is the accelerator's: to nearest, ties toward
    +infinity, saturating, no NaN. `paper` is reserved and rejected.

    Example: `!numfmt.afp<8, 3>`.
  }];
  let parameters = (ins
    "unsigned":$bits,
    "unsigned":$exponentBits,
    DefaultValuedParameter<"::edgebert::numfmt::Profile",
                           "::edgebert::numfmt::Profile::Hardware">:$profile
  );
  let builders = [
    TypeBuilder<(ins "unsigned":$bits, "unsigned":$exponentBits), [{
      return $_get($_ctxt, bits, exponentBits, Profile::Hardware);
    }]>
  ];
  let assemblyFormat = "`<` $bits `,` $exponentBits (`,` $profile^)? `>`";
}

def NumFmt_SymmetricInt : NumFmt_FormatType<"SymmetricInt", "int",
    "SymmetricInt", "{getBits()}"> {
  let summary = "an integer with a scale";
  let description = [{
    ```
    int ::= `int` `<` bits `>`
    ```

    `bits` 2 to 16, two's complement. Metadata: the scale, `f32`.

    ```
    value = n * scale
    code  = clamp(round-half-even(x / scale), -(2^(bits-1) - 1), 2^(bits-1) - 1)
    ```

    NaN becomes 0. Example: `!numfmt.int<8>`.
  }];
  let parameters = (ins "unsigned":$bits);
  let assemblyFormat = "`<` $bits `>`";
}

def NumFmt_IEEEFloat : NumFmt_FormatType<"IEEEFloat", "float", "IEEEFloat",
    "{getExponentBits(), getMantissaBits()}"> {
  let summary = "a small float built like those of IEEE 754";
  let description = [{
    ```
    float ::= `float` `<` exponent-bits `,` mantissa-bits `>`
    ```

    `exponent-bits` 2 to 8, `mantissa-bits` 1 to 22. With subnormals, with
    infinities and NaN in the top exponent; to nearest, ties to even; overflow
    to infinity. No metadata. `float<5, 10>` is f16, `float<8, 7>` bfloat16.

    Example: `!numfmt.float<4, 3>`.
  }];
  let parameters = (ins "unsigned":$exponentBits, "unsigned":$mantissaBits);
  let assemblyFormat = "`<` $exponentBits `,` $mantissaBits `>`";
}

#endif // EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTTYPES_TD
