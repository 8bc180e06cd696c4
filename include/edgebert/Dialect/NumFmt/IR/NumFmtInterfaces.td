//===- NumFmtInterfaces.td - what passes know of a format --*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTINTERFACES_TD
#define EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTINTERFACES_TD

include "mlir/IR/OpBase.td"

def NumFmt_FormatTypeInterface : TypeInterface<"FormatTypeInterface"> {
  let cppNamespace = "::edgebert::numfmt";
  let description = [{
    A number format. Passes see formats only through this interface; the
    methods a type implements are generated from its codec in
    `edgebert/Numerics`, the rest is derived from them.
  }];
  let methods = [
    InterfaceMethod<"The format's definition, for evaluation.",
      "::edgebert::numerics::Format", "getFormat">,
    InterfaceMethod<[{
        Builds the scalar ops that encode `x` (f32) under `metadata` (of the
        metadata type; null if there is none) with `noise` (an i32; null unless
        the format rounds stochastically). Returns the code as a storage
        integer. No branches, no calls.
      }],
      "::mlir::Value", "materializeEncode",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$x, "::mlir::Value":$metadata,
           "::mlir::Value":$noise)>,
    InterfaceMethod<[{
        Builds the scalar ops that decode `code` (a storage integer) under
        `metadata`. Returns an f32.
      }],
      "::mlir::Value", "materializeDecode",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$code, "::mlir::Value":$metadata)>,
    InterfaceMethod<[{
        Builds the scalar ops that decode what `x` encodes to, in fewer steps
        where the format has them. Arguments as of materializeEncode.
      }],
      "::mlir::Value", "materializeEmulate",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$x, "::mlir::Value":$metadata,
           "::mlir::Value":$noise)>,
    InterfaceMethod<[{
        Builds the scalar ops that choose the metadata for numbers from `least`
        to `greatest` (f32). Returns a value of the metadata type. Only for
        formats with metadata.
      }],
      "::mlir::Value", "materializeChooseMetadata",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$least, "::mlir::Value":$greatest)>
  ];
  let extraClassDeclaration = [{
    /// Bits of a code.
    unsigned getBitWidth() const;
    /// The integer a code is stored in: i8, i16 or i32.
    ::mlir::IntegerType getStorageType() const;
    /// i8, f32, i64 (a zero point above the bits of an f32 scale), or null for
    /// formats without metadata.
    ::mlir::Type getMetadataType() const;
    /// The fields of a code, most significant first.
    ::std::vector<::edgebert::numerics::BitField> getBitFields() const;

    /// The value of a metadata attribute: an IntegerAttr or FloatAttr of the
    /// metadata type, or null where there is none.
    ::edgebert::numerics::Metadata getMetadata(::mlir::Attribute attr) const;
    /// The attribute of a metadata value; null for formats without metadata.
    ::mlir::TypedAttr
    getMetadataAttr(::edgebert::numerics::Metadata metadata) const;

    /// The code of `x` (any semantics, converted to f32 first), `getBitWidth()`
    /// wide.
    ::llvm::APInt encode(const ::llvm::APFloat &x,
                         ::mlir::Attribute metadata) const;
    /// The f32 a code stands for; bits above `getBitWidth()` are ignored.
    ::llvm::APFloat decode(const ::llvm::APInt &code,
                           ::mlir::Attribute metadata) const;

    /// The largest finite value under `metadata`.
    float getMaxFinite(::mlir::Attribute metadata) const;
    /// The metadata for numbers of at most `maxAbs`, by the format's own rule;
    /// null for formats without metadata.
    ::mlir::TypedAttr chooseMetadata(float maxAbs) const;
  }];
}

def NumFmt_FormatAttr : TypeAttrBase<"::edgebert::numfmt::FormatTypeInterface",
                                     "number format"> {
  let predicate = CPred<"::llvm::isa<::mlir::TypeAttr>($_self) && "
    "::llvm::isa<::edgebert::numfmt::FormatTypeInterface>("
    "::llvm::cast<::mlir::TypeAttr>($_self).getValue())">;
}

#endif // EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTINTERFACES_TD
