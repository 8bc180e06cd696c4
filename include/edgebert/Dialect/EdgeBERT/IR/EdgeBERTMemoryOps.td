//===- EdgeBERTMemoryOps.td - memories, transfers, on-chip operations ------===//
//
// The scheduled form: every byte has a place, every transfer is an op. Streams
// are pairs of a data buffer (16-byte rows) and a mask buffer (16-bit rows) of
// the same decoder.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTMEMORYOPS_TD
#define EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTMEMORYOPS_TD

include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTAttributes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class EdgeBERT_BufferIn<string memory, string what> : Type<
    CPred<"::edgebert::accel::isBufferIn($_self, "
          "::edgebert::accel::Memory::" # memory # ")">, what,
    "::mlir::MemRefType">;
def EdgeBERT_DataBuffer : EdgeBERT_BufferIn<"Data",
    "memref<rows x 16 x i8> in a data memory">;
def EdgeBERT_MaskBuffer : EdgeBERT_BufferIn<"Mask",
    "memref<rows x i16> in a mask memory">;
def EdgeBERT_AuxBuffer : EdgeBERT_BufferIn<"Aux",
    "memref<rows x 16 x i8> in the aux memory">;
def EdgeBERT_ChipBuffer : AnyTypeOf<
    [EdgeBERT_DataBuffer, EdgeBERT_MaskBuffer, EdgeBERT_AuxBuffer],
    "a buffer in one of the chip's memories", "::mlir::MemRefType">;

//===----------------------------------------------------------------------===//
// DRAM
//===----------------------------------------------------------------------===//

def EdgeBERT_RegionOp : Op<EdgeBERT_Dialect, "region", [Symbol]> {
  let summary = "a named range of the DRAM that host and chip share";
  let description = [{
    `size` bytes from byte `address` of the shared DRAM. With `init` (an i8
    resource or elements attribute of that size) the range holds those bytes
    before the program starts: the data image of the program.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$address,
      I64Attr:$size, OptionalAttr<ElementsAttr>:$init);
  let assemblyFormat = [{
    $sym_name `at` $address `size` $size (`init` $init^)? attr-dict
  }];
  let hasVerifier = 1;
}

def EdgeBERT_GetRegionOp : Op<EdgeBERT_Dialect, "get_region", [
    Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the host's view of a DRAM region, as bytes";
  let arguments = (ins FlatSymbolRefAttr:$region);
  let results = (outs MemRefRankOf<[I8], [1]>:$result);
  let assemblyFormat = "$region attr-dict `:` type($result)";
}

//===----------------------------------------------------------------------===//
// The chip's memories and transfers
//===----------------------------------------------------------------------===//

def EdgeBERT_ScratchpadOp : Op<EdgeBERT_Dialect, "scratchpad", [Pure]> {
  let summary = "a range of a memory of the chip";
  let description = [{
    The buffer at `address` of the memory named by its type: a byte address in
    a data or aux memory, a row in a mask memory.

    ```mlir
    %out = edgebert.scratchpad at 4352 : memref<96x16xi8, #edgebert.space<data, 1>>
    ```
  }];
  let arguments = (ins I64Attr:$address);
  let results = (outs EdgeBERT_ChipBuffer:$result);
  let assemblyFormat = "`at` $address attr-dict `:` type($result)";
  let hasVerifier = 1;
}

class EdgeBERT_TransferOp<string mnemonic>
    : Op<EdgeBERT_Dialect, mnemonic, [
        DeclareOpInterfaceMethods<SymbolUserOpInterface>,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let arguments = (ins FlatSymbolRefAttr:$region, Index:$offset,
                       EdgeBERT_ChipBuffer:$buffer);
}

def EdgeBERT_LoadOp : EdgeBERT_TransferOp<"load"> {
  let summary = "transfer bytes from DRAM to a memory of the chip";
  let description = [{
    Fills `buffer` from byte `offset` of a region. The machine always loads to
    address 0 of a memory, so `buffer` must be a scratchpad at 0.
  }];
  let assemblyFormat =
      "$region `[` $offset `]` `,` $buffer attr-dict `:` type($buffer)";
  let hasVerifier = 1;
}

def EdgeBERT_StoreOp : EdgeBERT_TransferOp<"store"> {
  let summary = "transfer a buffer of the chip to DRAM";
  let assemblyFormat =
      "$buffer `,` $region `[` $offset `]` attr-dict `:` type($buffer)";
}

//===----------------------------------------------------------------------===//
// On-chip operations
//===----------------------------------------------------------------------===//

class EdgeBERT_RunOp<string mnemonic> : Op<EdgeBERT_Dialect, mnemonic, [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let hasVerifier = 1;
}

def EdgeBERT_RunMatmulOp : EdgeBERT_RunOp<"run_matmul"> {
  let summary = "command 7: out (n1 x n0) = lhs (n1 x m) rhs (n0 x m)^T";
  let description = [{
    Operands are streams in the 16 x 16 tile layout; lhs must be in decoder 1,
    rhs in decoder 0, the result in either. `n0`, `n1`, `m` are multiples of
    16; the result has n1 n0 / 16 vectors.
  }];
  let arguments = (ins EdgeBERT_DataBuffer:$lhs, EdgeBERT_MaskBuffer:$lhs_mask,
      EdgeBERT_DataBuffer:$rhs, EdgeBERT_MaskBuffer:$rhs_mask,
      EdgeBERT_DataBuffer:$out, EdgeBERT_MaskBuffer:$out_mask,
      I32Attr:$n0, I32Attr:$n1, I32Attr:$m, I32Attr:$right_shift,
      I32Attr:$accum_bias, UnitAttr:$relu);
  let assemblyFormat = [{
    `lhs` `(` $lhs `,` $lhs_mask `)` `rhs` `(` $rhs `,` $rhs_mask `)`
    `outs` `(` $out `,` $out_mask `)` attr-dict `:`
    type($lhs) `,` type($lhs_mask) `,` type($rhs) `,` type($rhs_mask) `,`
    type($out) `,` type($out_mask)
  }];
}

/// Row-wise units: `num_timestep` rows of `num_vector` vectors, input and
/// result in the same decoder. `tiled` streams have the layout of the matmul
/// and a multiple of 16 rows; only machines with such units can (asic).
class EdgeBERT_RunRowsOp<string mnemonic, dag extra> : EdgeBERT_RunOp<mnemonic> {
  let arguments = !con((ins EdgeBERT_DataBuffer:$input,
      EdgeBERT_MaskBuffer:$input_mask), extra,
      (ins EdgeBERT_DataBuffer:$out, EdgeBERT_MaskBuffer:$out_mask,
           I32Attr:$num_vector, I32Attr:$num_timestep, I32Attr:$in_bias,
           I32Attr:$out_bias, UnitAttr:$tiled));
}

def EdgeBERT_RunSoftmaxOp : EdgeBERT_RunRowsOp<"run_softmax",
    (ins EdgeBERT_AuxBuffer:$span, I32Attr:$span_bias)> {
  let summary = "command 9: softmax with attention span";
  let description = [{
    `span` has `num_vector` rows for all rows of the input, or `num_vector` for
    each of them, one behind the other (asic).
  }];
  let extraClassDeclaration = [{
    bool isSpanPerRow() {
      return getNumTimestep() > 1 &&
             ::llvm::cast<::mlir::MemRefType>(getSpan().getType())
                 .getDimSize(0) > int64_t(getNumVector());
    }
  }];
  let assemblyFormat = [{
    `ins` `(` $input `,` $input_mask `,` $span `)`
    `outs` `(` $out `,` $out_mask `)` attr-dict `:`
    type($input) `,` type($input_mask) `,` type($span) `,` type($out) `,`
    type($out_mask)
  }];
}

def EdgeBERT_RunLayerNormOp : EdgeBERT_RunRowsOp<"run_layer_norm",
    (ins EdgeBERT_AuxBuffer:$gamma, EdgeBERT_AuxBuffer:$beta,
         I32Attr:$gamma_bias, I32Attr:$beta_bias)> {
  let summary = "command 8: layer normalisation";
  let assemblyFormat = [{
    `ins` `(` $input `,` $input_mask `,` $gamma `,` $beta `)`
    `outs` `(` $out `,` $out_mask `)` attr-dict `:`
    type($input) `,` type($input_mask) `,` type($gamma) `,` type($beta) `,`
    type($out) `,` type($out_mask)
  }];
}

def EdgeBERT_RunAddOp : EdgeBERT_RunRowsOp<"run_add",
    (ins EdgeBERT_DataBuffer:$rhs, EdgeBERT_MaskBuffer:$rhs_mask,
         I32Attr:$rhs_bias)> {
  let summary = "command 10: element-wise addition";
  let description = [{
    `input` and `rhs` lie in the same decoder, and the address of `rhs` in the
    data memory is, modulo the mask memory's 4096 rows, its row there.
  }];
  let assemblyFormat = [{
    `ins` `(` $input `,` $input_mask `,` $rhs `,` $rhs_mask `)`
    `outs` `(` $out `,` $out_mask `)` attr-dict `:`
    type($input) `,` type($input_mask) `,` type($rhs) `,` type($rhs_mask) `,`
    type($out) `,` type($out_mask)
  }];
}

def EdgeBERT_HostWorkAttr
    : EnumAttr<EdgeBERT_Dialect, EdgeBERT_HostWork, "work"> {
  let assemblyFormat = "$value";
}

def EdgeBERT_HostWorkOp : Op<EdgeBERT_Dialect, "host_work"> {
  let summary = "count work that the host does around the chip";
  let description = [{
    Adds `amount` to the run's account: bytes of a copy, of rows (a copy whose
    contiguous pieces have 16 bytes or more), of a transpose (any other order)
    or of an expansion (codes put where a stream's masks have bits); elements of
    a look-up (one load from a small table per code); elements (iterations) of
    any other operation. What one of them costs in cycles is a parameter of the
    machine.
  }];
  let arguments = (ins EdgeBERT_HostWorkAttr:$kind, I64Attr:$amount);
  // The attribute prints its own space.
  let assemblyFormat = "`` $kind `,` $amount attr-dict";
}

#endif // EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTMEMORYOPS_TD
