//===- EdgeBERTDialect.td - the accelerator's dialect ------*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTDIALECT_TD
#define EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTDIALECT_TD

include "mlir/IR/OpBase.td"

def EdgeBERT_Dialect : Dialect {
  let name = "edgebert";
  let cppNamespace = "::edgebert::accel";
  let summary = "The EdgeBERT accelerator: operations, memories, registers";
  let description = [{
    One chip at three heights, each of them executable:

    | form        | ops                                        | data |
    |-------------|--------------------------------------------|------|
    | accelerator | `matmul`, `softmax`, `layer_norm`, `add`   | tensors of codes |
    | scheduled   | `load`, `store`, `run_*` on `scratchpad`s  | memrefs in the chip's memories and in DRAM |
    | command     | `write_reg`, `read_reg`, `wait`            | 32-bit words |

    Vocabulary:

    - *code*: one 8-bit AdaptivFloat byte; *vector*: 16 codes; *stream*: an
      ordered list of vectors, stored as one 16-bit mask per vector and the
      non-zero codes of each lane (bitmask encoding).
    - *exponent bias*: the integer b in value = +-(1 + m/16) 2^(e + b - 10). It
      is an attribute here, not a tensor, because the machine takes it from a
      configuration register.
    - *decoder*: one of the two operand memories, each with a data and a mask
      part. Matmul reads one operand from each; everything else reads decoder 0
      or 1 as told.

    Not in this dialect, on purpose: formats (they are `numfmt` types), host
    work (it is linalg, scf and memref), and anything that a pass could derive
    (row-major strides, tile counts of tensor ops).

    The dialect owns three attributes of arguments and results of the entry
    function, all of them about how a function is called and none about what it
    computes: `edgebert.name`, under which a value is fed and fetched, and, only
    inside the host pipeline, `edgebert.constant` (the value that the runner
    passes) and `edgebert.arena` (the bytes of scratch memory it passes).
  }];
  let dependentDialects = ["::edgebert::numfmt::NumFmtDialect"];
  let useDefaultAttributePrinterParser = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let extraClassDeclaration = [{
    /// The name of an entry function's argument or result (StringAttr).
    static constexpr ::llvm::StringLiteral kNameAttr = "edgebert.name";
    /// The value the runner passes for an argument (ElementsAttr).
    static constexpr ::llvm::StringLiteral kConstantAttr = "edgebert.constant";
    /// Bytes of scratch memory the runner passes (IntegerAttr).
    static constexpr ::llvm::StringLiteral kArenaAttr = "edgebert.arena";
  }];
}

#endif // EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTDIALECT_TD
