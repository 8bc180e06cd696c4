//===- EdgeBERTTensorOps.td - what the chip computes -------*- tablegen -*-===//
//
// The accelerator form: whole operations on codes. With tensor operands they
// yield a result; after bufferization they write their `outs` buffer.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTTENSOROPS_TD
#define EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTTENSOROPS_TD

include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTAttributes.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// AdaptivFloat<8,3> as a format type, or its i8 storage once formats are
/// lowered.
def EdgeBERT_Code : Type<
    CPred<"::edgebert::accel::isCodeType($_self)">,
    "an 8-bit AdaptivFloat code (!numfmt.afp<8,3> or its i8 storage)">;

class EdgeBERT_CodesOfRank<list<int> ranks> : AnyTypeOf<[
    TensorRankOf<[EdgeBERT_Code], ranks>, MemRefRankOf<[EdgeBERT_Code], ranks>]>;

/// Matrices, or a batch of them: [B,] rows, columns.
def EdgeBERT_Matrix : EdgeBERT_CodesOfRank<[2, 3]>;
def EdgeBERT_Vector : EdgeBERT_CodesOfRank<[1]>;

class EdgeBERT_TensorOp<string mnemonic, list<Trait> traits = []>
    : Op<EdgeBERT_Dialect, mnemonic, [
        DestinationStyleOpInterface,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>] # traits> {
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let hasVerifier = 1;
  code destinationStyle = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() {
      return getInitMutable();
    }
  }];
  let extraClassDeclaration = destinationStyle;
}

def EdgeBERT_MatmulOp : EdgeBERT_TensorOp<"matmul"> {
  let summary = "out = 2^scale_log2 (lhs rhs^T + addend), in codes";
  let description = [{
    The machine's matrix multiply, both operands with the contraction last:

    ```
    acc[i][j] = sum_k operand(lhs[i][k]) operand(rhs[j][k])
              + sum_l operand(addend_lanes[l]) operand(addend[j][l])
    out[i][j] = ENC(relu?(acc * 2^(lhs_bias + rhs_bias - 28 + scale_log2)))
    ```

    `operand` is the integer +-(16 + m) 2^e of a code. The addend is how a bias
    per output column reaches a machine that has only one scalar bias: a 17th
    tile of the contraction, whose 16 lanes hold constants on the left and, on
    the right, codes chosen so that the sum of products is the bias.

    `lhs_bias`, `rhs_bias`, `out_bias` are exponent biases of *values*, and may
    be any integer; what reaches the registers is only the right shift
    16 - lhs_bias - rhs_bias + (out_bias - 5) - scale_log2, which must be in
    0..31, with the accumulator's result always encoded with bias 5. That uses
    the 16-bit range of the encoder's input fully: the largest code is 7.75 of
    its 8.0.

    With `live`, only these elements of the batch are computed; the matrices of
    the others are zero codes (attention heads without a span).

    Constraints:
    - (C1) lhs is [B,] M x K, rhs [B,] N x K, outs [B,] M x N; rhs may lack the
      batch dimension.
    - (C2) addend is N x 16, and addend_lanes has 16 codes, iff there is one.
    - (C3) the shift is in 0..31.
    - (C4) live is ascending, and in 0..B-1 of a batched outs.

    Example:
    ```mlir
    %y = edgebert.matmul ins(%x, %w : tensor<64x256x!numfmt.afp<8,3>>,
                             tensor<1024x256x!numfmt.afp<8,3>>)
      outs(%e : tensor<64x1024x!numfmt.afp<8,3>>)
      {lhs_bias = 4 : i32, rhs_bias = 0 : i32, out_bias = 5 : i32}
      -> tensor<64x1024x!numfmt.afp<8,3>>
    ```
  }];
  let arguments = (ins EdgeBERT_Matrix:$lhs, EdgeBERT_Matrix:$rhs,
      Optional<EdgeBERT_CodesOfRank<[2]>>:$addend, EdgeBERT_Matrix:$init,
      I32Attr:$lhs_bias, I32Attr:$rhs_bias, I32Attr:$out_bias,
      DefaultValuedAttr<I32Attr, "0">:$scale_log2,
      OptionalAttr<DenseI8ArrayAttr>:$addend_lanes, UnitAttr:$relu,
      OptionalAttr<DenseI64ArrayAttr>:$live);
  let assemblyFormat = [{
    `ins` `(` $lhs `,` $rhs `:` type($lhs) `,` type($rhs) `)`
    (`addend` `(` $addend^ `:` type($addend) `)`)?
    `outs` `(` $init `:` type($init) `)` attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = destinationStyle # [{
    /// The exponent bias the accumulator's results are encoded with.
    static constexpr int kAccumBias = 5;
    /// The register field accum_right_shift (see the description).
    int64_t getAccumRightShift() {
      // The getters of I32Attr are unsigned.
      return int64_t(16) - int32_t(getLhsBias()) - int32_t(getRhsBias()) +
             int32_t(getOutBias()) - kAccumBias - int32_t(getScaleLog2());
    }
    /// The elements of the batch that are computed; 0 for a single matrix.
    ::llvm::SmallVector<int64_t> getLiveBatches();
  }];
}

def EdgeBERT_SoftmaxOp : EdgeBERT_TensorOp<"softmax"> {
  let summary = "softmax over the last dimension, weighted by a span";
  let description = [{
    out[i][j] = s[j] exp(x[i][j]) / sum_k s[k] exp(x[i][k]), computed by the
    softmax unit in 16-bit fixed point with 10 fraction bits. Without `span`
    every weight is 1; a zero weight removes a column exactly, and a row without
    any weight is zero. A span of rank 1 is for all rows; one of G x C divides
    the rows into G equal consecutive groups (heads, or single rows).

    Constraints:
    - (C1) input and outs have the same shape; span has one code per column.
    - (C2) in_bias, span_bias, out_bias are in 0..7.
    - (C3) the groups of a span divide the rows.
  }];
  let arguments = (ins EdgeBERT_Matrix:$input,
      Optional<EdgeBERT_CodesOfRank<[1, 2]>>:$span,
      EdgeBERT_Matrix:$init, I32Attr:$in_bias, I32Attr:$out_bias,
      DefaultValuedAttr<I32Attr, "3">:$span_bias);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)`
    (`span` `(` $span^ `:` type($span) `)`)?
    `outs` `(` $init `:` type($init) `)` attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = destinationStyle # [{
    /// How many spans there are, 0 for none.
    int64_t getNumSpans();
  }];
}

def EdgeBERT_LayerNormOp : EdgeBERT_TensorOp<"layer_norm"> {
  let summary = "layer normalisation over the last dimension";
  let description = [{
    out = (x - mean) / sqrt(var) * gamma + beta per row, in the layer norm
    unit's fixed point (10 fraction bits; 20-bit sums). The unit has no epsilon,
    and the input's exponent bias may be lowered by any amount without changing
    the result's meaning, which keeps the sum of squares below its 512.

    Constraints:
    - (C1) input and outs have the same shape; gamma and beta one code per
      column.
    - (C2) all biases are in 0..7.
    - (C3) the number of columns is a multiple of 16: padding would change the
      mean.
  }];
  let arguments = (ins EdgeBERT_Matrix:$input, EdgeBERT_Vector:$gamma,
      EdgeBERT_Vector:$beta, EdgeBERT_Matrix:$init, I32Attr:$in_bias,
      I32Attr:$gamma_bias, I32Attr:$beta_bias, I32Attr:$out_bias);
  let assemblyFormat = [{
    `ins` `(` $input `,` $gamma `,` $beta `:` type($input) `,` type($gamma) `,`
              type($beta) `)`
    `outs` `(` $init `:` type($init) `)` attr-dict (`->` type($results)^)?
  }];
}

def EdgeBERT_AddOp : EdgeBERT_TensorOp<"add"> {
  let summary = "element-wise sum";
  let description = [{
    out = lhs + rhs in 16-bit fixed point with 10 fraction bits. All three
    biases may be lowered together by any amount (the sum scales with them).

    Constraints:
    - (C1) lhs, rhs and outs have the same shape.
    - (C2) all biases are in 0..7.
  }];
  let arguments = (ins EdgeBERT_Matrix:$lhs, EdgeBERT_Matrix:$rhs,
      EdgeBERT_Matrix:$init, I32Attr:$lhs_bias, I32Attr:$rhs_bias,
      I32Attr:$out_bias);
  let assemblyFormat = [{
    `ins` `(` $lhs `,` $rhs `:` type($lhs) `,` type($rhs) `)`
    `outs` `(` $init `:` type($init) `)` attr-dict (`->` type($results)^)?
  }];
}

def EdgeBERT_ProbeOp : Op<EdgeBERT_Dialect, "probe", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "a named point at which forms are compared";
  let description = [{
    Marks a value with the stable id of the operation that made it. It is kept
    from the accelerator form to the command form, where it marks the buffer
    the result has been copied to, and costs nothing unless a run asks for it
    (`edgebert-run --diff`).
  }];
  let arguments = (ins AnyTypeOf<[AnyRankedTensor, AnyRankedOrUnrankedMemRef]>:$value,
                       StrAttr:$id);
  let assemblyFormat = "$id $value attr-dict `:` type($value)";
}

#endif // EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTTENSOROPS_TD
