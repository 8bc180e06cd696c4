//===- NumFmtTypes.td - the formats ------------------------*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTTYPES_TD
#define EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTTYPES_TD

include "edgebert/Dialect/NumFmt/IR/NumFmtDialect.td"
include "edgebert/Dialect/NumFmt/IR/NumFmtInterfaces.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinTypeInterfaces.td"

/// A type that is a format: its only parameter is a codec of edgebert/Numerics,
/// and everything of the interface comes from that. The parameters are spelled
/// as the codec says (edgebert/Numerics/Spelling.h):
///
///   type ::= mnemonic `<` number (`,` number)* (`,` keyword)* `>`
class NumFmt_FormatType<string name, string typeMnemonic, string codecClass>
    : TypeDef<NumFmt_Dialect, name, [
        MemRefElementTypeInterface,
        DeclareTypeInterfaceMethods<NumFmt_FormatTypeInterface>]> {
  let mnemonic = typeMnemonic;
  let parameters = (ins "::edgebert::numerics::" # codecClass:$codec);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDefinition = [{
    ::edgebert::numerics::Format $cppClass::getFormat() const {
      return ::edgebert::numerics::Format::of(getCodec());
    }
    ::mlir::Value $cppClass::materializeEncode(
        ::mlir::OpBuilder &builder, ::mlir::Location loc, ::mlir::Value x,
        ::mlir::Value metadata, ::mlir::Value noise) const {
      return ::edgebert::numfmt::materializeEncode(
          getCodec(), FormatTypeInterface(*this).getStorageType(), builder, loc,
          x, metadata, noise);
    }
    ::mlir::Value $cppClass::materializeDecode(
        ::mlir::OpBuilder &builder, ::mlir::Location loc, ::mlir::Value code,
        ::mlir::Value metadata) const {
      return ::edgebert::numfmt::materializeDecode(getCodec(), builder, loc,
                                                   code, metadata);
    }
    ::mlir::Value $cppClass::materializeEmulate(
        ::mlir::OpBuilder &builder, ::mlir::Location loc, ::mlir::Value x,
        ::mlir::Value metadata, ::mlir::Value noise) const {
      return ::edgebert::numfmt::materializeEmulate(getCodec(), builder, loc, x,
                                                    metadata, noise);
    }
    ::mlir::Value $cppClass::materializeChooseMetadata(
        ::mlir::OpBuilder &builder, ::mlir::Location loc, ::mlir::Value least,
        ::mlir::Value greatest) const {
      return ::edgebert::numfmt::materializeChooseMetadata(
          getCodec(), builder, loc, least, greatest);
    }
    ::mlir::Type $cppClass::parse(::mlir::AsmParser &parser) {
      return ::edgebert::numfmt::parseFormatType<$cppClass>(parser);
    }
    void $cppClass::print(::mlir::AsmPrinter &printer) const {
      ::edgebert::numfmt::printFormatType(printer, getCodec());
    }
    ::llvm::LogicalResult $cppClass::verify(
        ::llvm::function_ref<::mlir::InFlightDiagnostic()> emitError,
        ::edgebert::numerics::}] # codecClass # [{ codec) {
      return ::edgebert::numfmt::verifyCodec(emitError, codec);
    }
  }];
}

def NumFmt_AdaptivFloat : NumFmt_FormatType<"AdaptivFloat", "afp",
                                            "AdaptivFloat"> {
  let summary = "AdaptivFloat: a small float with a movable exponent range";
  let description = [{
    ```
    afp ::= `afp` `<` bits `,` exponent-bits (`,` profile)? (`,` rounding)? `>`
    profile ::= `hardware` | `paper`
    ```

    `bits` 2 to 16, of them one sign, `exponent-bits` (1 to 7) and the rest
    `M` mantissa bits. Metadata: the exponent bias, `i8`.

    ```
    value = 0                                       if e = m = 0
          = (-1)^s (1 + m / 2^M) 2^(e + bias - 10)  otherwise
    ```

    More than one behaviour is published under this name. `hardware` (the
    default) is the accelerator's: to nearest, ties toward +infinity,
    saturating, no NaN. `paper` rounds ties to even and small magnitudes up to
    the smallest one from its half on.

    Example: `!numfmt.afp<8, 3>`.
  }];
  let builders = [
    TypeBuilder<(ins "unsigned":$bits, "unsigned":$exponentBits), [{
      return $_get($_ctxt, ::edgebert::numerics::AdaptivFloat{bits, exponentBits});
    }]>
  ];
}

def NumFmt_SymmetricInt : NumFmt_FormatType<"SymmetricInt", "int",
                                            "SymmetricInt"> {
  let summary = "an integer with a scale";
  let description = [{
    ```
    int ::= `int` `<` bits (`,` rounding)? `>`
    ```

    `bits` 2 to 16, two's complement. Metadata: the scale, `f32`.

    ```
    value = n * scale
    code  = clamp(round(x / scale), -(2^(bits-1) - 1), 2^(bits-1) - 1)
    ```

    NaN becomes 0. Example: `!numfmt.int<8>`.
  }];
  let builders = [
    TypeBuilder<(ins "unsigned":$bits), [{
      return $_get($_ctxt, ::edgebert::numerics::SymmetricInt{bits});
    }]>
  ];
}

def NumFmt_AffineInt : NumFmt_FormatType<"AffineInt", "affine", "AffineInt"> {
  let summary = "an integer with a scale and a zero point";
  let description = [{
    ```
    affine ::= `affine` `<` bits (`,` rounding)? `>`
    ```

    `bits` 2 to 16, two's complement. Metadata: `i64`, the zero point in the
    upper half, the bits of the f32 scale in the lower.

    ```
    value = (n - zero) * scale
    code  = clamp(round(x / scale) + zero, -2^(bits-1), 2^(bits-1) - 1)
    ```

    The meaning of `!quant.uniform<i8:f32, scale:zero>`. Example:
    `!numfmt.affine<8>`.
  }];
}

def NumFmt_MiniFloat : NumFmt_FormatType<"MiniFloat", "float", "MiniFloat"> {
  let summary = "a small float: IEEE's, OCP's and their like";
  let description = [{
    ```
    float ::= `float` `<` exponent-bits `,` mantissa-bits (`,` choice)* `>`
    choice ::= `ieee` | `fn` | `finite` | `subnormal` | `flush`
             | `overflow` | `saturate` | rounding
    ```

    `exponent-bits` 2 to 8, `mantissa-bits` 1 to 22, no metadata. By default
    with subnormals, with infinities and NaN in the top exponent, overflow to
    infinity, to nearest with ties to even. `fn` keeps one NaN and `finite`
    none in the top exponent; `flush` has no subnormals; `saturate` overflows
    to the largest number.

    `float<5, 10>` is f16, `float<8, 7>` bf16, `float<4, 3, fn>` f8E4M3FN,
    `float<2, 1, finite>` f4E2M1FN, bit for bit.

    Example: `!numfmt.float<4, 3>`.
  }];
}

def NumFmt_FixedPoint : NumFmt_FormatType<"FixedPoint", "fixed",
                                          "FixedPoint"> {
  let summary = "two's complement with a binary point";
  let description = [{
    ```
    fixed ::= `fixed` `<` integer-bits `,` fraction-bits (`,` rounding)? `>`
    ```

    A sign and 1 to 31 bits, `value = n * 2^-fraction-bits`, saturating, no
    metadata. Example: `!numfmt.fixed<3, 4>`.
  }];
}

def NumFmt_BlockFloat : NumFmt_FormatType<"BlockFloat", "bfp", "BlockFloat"> {
  let summary = "integers under a shared exponent";
  let description = [{
    ```
    bfp ::= `bfp` `<` exponent-bits `,` mantissa-bits (`,` rounding)? `>`
    ```

    A code is a sign and a `mantissa-bits` (1 to 15) wide integer M; the
    exponent E (`exponent-bits` 2 to 8 wide) is the metadata, `i8`.

    ```
    value = (-1)^s M 2^(E - (mantissa-bits - 1))
    ```

    Example: `!numfmt.bfp<8, 7>`.
  }];
}

def NumFmt_MxFloat : NumFmt_FormatType<"MxFloat", "mx", "MxFloat"> {
  let summary = "OCP microscaling: small floats under a shared scale";
  let description = [{
    ```
    mx ::= `mx` `<` exponent-bits `,` mantissa-bits (`,` rounding)? `>`
    ```

    The elements of MXFP8 (`mx<5,2>`, `mx<4,3>`), MXFP6 (`mx<3,2>`, `mx<2,3>`)
    and MXFP4 (`mx<2,1>`). Metadata: the E8M0 code of the scale as an `i8`,
    usually one for each `blocks [.., 32]`. Example: `!numfmt.mx<4, 3>`.
  }];
}

def NumFmt_Posit : NumFmt_FormatType<"Posit", "posit", "Posit"> {
  let summary = "posits: floats whose exponent's width varies";
  let description = [{
    ```
    posit ::= `posit` `<` bits `,` exponent-bits (`,` rounding)? `>`
    ```

    `bits` 3 to 24, `exponent-bits` 0 to 5 (2 in the standard), no metadata.
    Example: `!numfmt.posit<8, 2>`.
  }];
}

#endif // EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTTYPES_TD
