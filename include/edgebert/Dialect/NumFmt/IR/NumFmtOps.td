//===- NumFmtOps.td - between f32, formats and bits --------*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTOPS_TD
#define EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTOPS_TD

include "edgebert/Dialect/NumFmt/IR/NumFmtTypes.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def NumFmt_Format : Type<
    CPred<"::llvm::isa<::edgebert::numfmt::FormatTypeInterface>($_self)">,
    "number format", "::edgebert::numfmt::FormatTypeInterface">;
def NumFmt_F32Tensor : RankedTensorOf<[F32]>;
def NumFmt_FormatTensor : RankedTensorOf<[NumFmt_Format]>;
def NumFmt_StorageTensor : RankedTensorOf<[I8, I16, I32]>;
def NumFmt_MetadataTensor : RankedTensorOf<[I8, F32, I64]>;

class NumFmt_Op<string mnemonic, list<Trait> traits = []>
    : Op<NumFmt_Dialect, mnemonic, traits # [Pure]>;

/// How metadata is distributed, for codec ops and choose_metadata:
///   (C3) without `axis` and `blocks` it is of rank 0, with `axis` of rank 1,
///        with `blocks` of the input's rank,
///   (C4) 0 <= axis < rank of the input; there is a block size >= 0 for each
///        dimension; not both are given,
///   (C5) its size is the input's at `axis`, or at each dimension the input's
///        divided by the block size, rounded up, or 1 if that is 0 (dynamic
///        sizes match any).
class NumFmt_BlockedOp<string mnemonic, list<Trait> traits = []>
    : NumFmt_Op<mnemonic, traits> {
  let hasVerifier = 1;
  let hasFolder = 1;
  code blocksDeclaration = [{
    /// Which elements share metadata.
    ::edgebert::numerics::Blocks getMetadataBlocks() {
      if (getAxis())
        return ::edgebert::numerics::Blocks::ofAxis(*getAxis());
      if (getBlocks())
        return ::edgebert::numerics::Blocks::ofSizes(*getBlocks());
      return {};
    }
  }];
}

/// An op that encodes or decodes, and so takes metadata. Beside (C3)-(C5):
///   (C1) metadata is given iff the format has some,
///   (C2) its element type is the format's metadata type,
///   (C6) a `stream` is only given for a stochastic rounding.
class NumFmt_CodecOp<string mnemonic, Type inputType, Type resultType,
                     dag extraArguments = (ins), list<Trait> traits = []>
    : NumFmt_BlockedOp<mnemonic, traits # [AllShapesMatch<["input", "result"]>]> {
  let arguments = !con((ins
    inputType:$input,
    Optional<NumFmt_MetadataTensor>:$metadata,
    OptionalAttr<I64Attr>:$axis,
    OptionalAttr<DenseI64ArrayAttr>:$blocks,
    OptionalAttr<I64Attr>:$stream
  ), extraArguments);
  let results = (outs resultType:$result);
  let assemblyFormat = [{
    $input (`,` $metadata^)? (`axis` $axis^)? (`blocks` $blocks^)?
    (`stream` $stream^)? attr-dict
    `:` type($input) (`,` type($metadata)^)? `->` type($result)
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$input,
                   "::mlir::Value":$metadata, "::mlir::IntegerAttr":$axis), [{
      build($_builder, $_state, result, input, metadata, axis,
            ::mlir::DenseI64ArrayAttr(), ::mlir::IntegerAttr());
    }]>
  ];
  code codecDeclaration = blocksDeclaration # [{
    /// Where the metadata's index is found, if there is one axis.
    ::std::optional<int64_t> getMetadataAxis() {
      return getAxis();
    }
    /// The noise of stochastic rounding.
    ::edgebert::numerics::NoiseStream getNoiseStream() {
      return {static_cast<uint64_t>(getStream().value_or(0)), 0};
    }
  }];
  let extraClassDeclaration = codecDeclaration;
}

def NumFmt_QuantizeOp : NumFmt_CodecOp<"quantize", NumFmt_F32Tensor,
                                       NumFmt_FormatTensor> {
  let summary = "encode each element";
  let description = [{
    `result[i] = encode(input[i], metadata[i_axis])`, with the rounding of the
    result's element type. Constraints: (C1)-(C6) of the codec ops: metadata iff
    the format has some, of its type, of rank 0, or of rank 1 with an `axis`
    inside the input's rank and as long as that dimension, or with `blocks` of
    the input's rank with one element for each block. With a stochastic
    rounding, `stream` names the tensor's random bits (default 0).

    With constant operands of at most 65536 elements (a splat counts as one) it
    canonicalizes to `from_bits` of a constant; `numfmt-quantize-constants`
    does it for weights of any size.

    ```mlir
    %q = numfmt.quantize %x, %biases axis 1
           : tensor<64x256xf32>, tensor<256xi8> -> tensor<64x256x!numfmt.afp<8,3>>
    %m = numfmt.quantize %x, %scales blocks [1, 32]
           : tensor<64x256xf32>, tensor<64x8xi8> -> tensor<64x256x!numfmt.mx<4,3>>
    ```
  }];
  let extraClassDeclaration = codecDeclaration # [{
    ::edgebert::numfmt::FormatTypeInterface getFormat() {
      return ::llvm::cast<::edgebert::numfmt::FormatTypeInterface>(
          getResult().getType().getElementType());
    }
  }];
  let hasFolder = 0;
  let hasCanonicalizer = 1;
}

def NumFmt_DequantizeOp : NumFmt_CodecOp<"dequantize", NumFmt_FormatTensor,
                                         NumFmt_F32Tensor> {
  let summary = "decode each element";
  let description = [{
    `result[i] = decode(input[i], metadata[i_axis])`. Constraints as of
    `quantize`. Folds when the input is `from_bits` of a constant.

    ```mlir
    %y = numfmt.dequantize %q, %bias
           : tensor<4x!numfmt.afp<8,3>>, tensor<i8> -> tensor<4xf32>
    ```
  }];
  let extraClassDeclaration = codecDeclaration # [{
    ::edgebert::numfmt::FormatTypeInterface getFormat() {
      return ::llvm::cast<::edgebert::numfmt::FormatTypeInterface>(
          getInput().getType().getElementType());
    }
  }];
}

def NumFmt_EmulateOp : NumFmt_CodecOp<"emulate", NumFmt_F32Tensor,
    NumFmt_F32Tensor, (ins NumFmt_FormatAttr:$format)> {
  let summary = "round each element to a value of a format";
  let description = [{
    `dequantize(quantize(input, metadata), metadata)`, staying in f32: what an
    f32 program sees of a format. Constraints as of `quantize`.

    ```mlir
    %y = numfmt.emulate %x, %bias as !numfmt.afp<8,3>
           : tensor<4xf32>, tensor<i8> -> tensor<4xf32>
    ```
  }];
  let assemblyFormat = [{
    $input (`,` $metadata^)? (`axis` $axis^)? (`blocks` $blocks^)?
    (`stream` $stream^)? `as` $format attr-dict
    `:` type($input) (`,` type($metadata)^)? `->` type($result)
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$input,
                   "::mlir::Value":$metadata, "::mlir::IntegerAttr":$axis,
                   "::mlir::TypeAttr":$format), [{
      build($_builder, $_state, result, input, metadata, axis,
            ::mlir::DenseI64ArrayAttr(), ::mlir::IntegerAttr(), format);
    }]>
  ];
}

def NumFmt_ChooseMetadataOp : NumFmt_BlockedOp<"choose_metadata"> {
  let summary = "the metadata for the numbers of a tensor";
  let description = [{
    The metadata under which a format holds the input, by the format's own rule:
    what it is for the least and the greatest number of the tensor, of each
    slice along `axis`, or of each block. Constraints: (C3)-(C5) of the codec
    ops for the result, and
      (C1) the format has metadata,
      (C2) the result's element type is the metadata type.
    Folds for a constant input of at most 65536 elements.

    ```mlir
    %m = numfmt.choose_metadata %x blocks [1, 32] as !numfmt.mx<4,3>
           : tensor<64x256xf32> -> tensor<64x8xi8>
    ```
  }];
  let arguments = (ins
    NumFmt_F32Tensor:$input,
    OptionalAttr<I64Attr>:$axis,
    OptionalAttr<DenseI64ArrayAttr>:$blocks,
    NumFmt_FormatAttr:$format
  );
  let results = (outs NumFmt_MetadataTensor:$result);
  let assemblyFormat = [{
    $input (`axis` $axis^)? (`blocks` $blocks^)? `as` $format attr-dict
    `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = blocksDeclaration;
}

/// The codes themselves. (C1) the integer is the format's storage type.
class NumFmt_BitsOp<string mnemonic, Type inputType, Type resultType>
    : NumFmt_Op<mnemonic, [AllShapesMatch<["input", "result"]>]> {
  let arguments = (ins inputType:$input);
  let results = (outs resultType:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def NumFmt_ToBitsOp : NumFmt_BitsOp<"to_bits", NumFmt_FormatTensor,
                                    NumFmt_StorageTensor> {
  let summary = "the codes as integers";
  let description = [{
    The codes in the low bits of the format's storage integer. Constraint (C1):
    the result's element type is the storage type. `to_bits(from_bits(x))` folds
    to `x`.

    ```mlir
    %b = numfmt.to_bits %q : tensor<4x!numfmt.afp<8,3>> -> tensor<4xi8>
    ```
  }];
}

def NumFmt_FromBitsOp : NumFmt_BitsOp<"from_bits", NumFmt_StorageTensor,
                                      NumFmt_FormatTensor> {
  let summary = "integers taken as codes";
  let description = [{
    Constraint (C1): the input's element type is the storage type. Bits above
    the format's width must be zero. `from_bits(to_bits(x))` folds to `x`.

    ```mlir
    %q = numfmt.from_bits %b : tensor<4xi8> -> tensor<4x!numfmt.afp<8,3>>
    ```
  }];
}

def NumFmt_LookupOp : NumFmt_Op<"lookup",
                                [AllShapesMatch<["input", "result"]>]> {
  let summary = "codes for codes, from a table";
  let description = [{
    `result[i] = table[code of input[i]]`: any element-wise function between
    codes, with their metadata folded in. `numfmt-tabulate` makes them.
    Constraints:
      (C1) the table has an entry for each code of the input's format,
      (C2) its element type is the storage type of the result's format.
    Entries' bits above the result format's width must be zero.

    With a constant table and an input that is `from_bits` of a constant of at
    most 65536 elements (a splat counts as one) it canonicalizes to `from_bits`
    of a constant.

    ```mlir
    %y = numfmt.lookup %x, %table : tensor<4x8x!numfmt.afp<8,3>>,
           tensor<256xi8> -> tensor<4x8x!numfmt.afp<8,3>>
    ```
  }];
  let arguments = (ins NumFmt_FormatTensor:$input, NumFmt_StorageTensor:$table);
  let results = (outs NumFmt_FormatTensor:$result);
  let assemblyFormat = [{
    $input `,` $table attr-dict
    `:` type($input) `,` type($table) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

#endif // EDGEBERT_DIALECT_NUMFMT_IR_NUMFMTOPS_TD
