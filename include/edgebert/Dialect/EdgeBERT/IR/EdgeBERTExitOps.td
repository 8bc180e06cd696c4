//===- EdgeBERTExitOps.td - entropy, voltage and frequency -*- tablegen -*-===//
//
// What early exit needs of the chip (thesis 9.1.1): the entropy of an exit's
// logits, in the accelerator and the scheduled form, and the voltage/frequency
// point, which has no data and so is one op for both.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTEXITOPS_TD
#define EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTEXITOPS_TD

include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTMemoryOps.td"
include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTTensorOps.td"

def EdgeBERT_EntropyOp : Op<EdgeBERT_Dialect, "entropy", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "whether the entropy of softmax(input) is small enough";
  let description = [{
    Compares the entropy of softmax(input), in nats, with `threshold`: true if
    it is at most that. The unit computes in fixed point with 10 fraction bits,
    and the threshold has them, too; of its 32 bits the unit takes the low 16,
    signed. The entropy itself stays in the unit.

    The unit reads whole vectors, so that every element takes part: padding must
    be far below the largest logit.

    Constraints:
    - (C1) input has 16 to 4080 codes, a multiple of 16.
    - (C2) in_bias is in 0..7.

    Example:
    ```mlir
    %sure = edgebert.entropy ins(%x : tensor<16x!numfmt.afp<8,3>>)
      threshold(%t) {in_bias = 6 : i32}
    ```
  }];
  let arguments = (ins EdgeBERT_Vector:$input, I32:$threshold,
                       I32Attr:$in_bias);
  let results = (outs I1:$below);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `threshold` `(` $threshold `)`
    attr-dict
  }];
  let hasVerifier = 1;
}

def EdgeBERT_RunEntropyOp : EdgeBERT_RunOp<"run_entropy"> {
  let summary = "command 11: compare the entropy of one row with a threshold";
  let description = [{
    The row is `num_vector` vectors of one decoder. The result is bit 0 of the
    unit's status, which is set where the entropy is at most the threshold.
    The unit keeps the entropy for `dvfs`.
  }];
  let arguments = (ins EdgeBERT_DataBuffer:$input,
      EdgeBERT_MaskBuffer:$input_mask, I32:$threshold, I32Attr:$num_vector,
      I32Attr:$in_bias);
  let results = (outs I1:$below);
  let assemblyFormat = [{
    `ins` `(` $input `,` $input_mask `)` `threshold` `(` $threshold `)`
    attr-dict `:` type($input) `,` type($input_mask)
  }];
}

def EdgeBERT_DvfsOp : Op<EdgeBERT_Dialect, "dvfs", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "set the voltage/frequency point";
  let description = [{
    From here on, chip and host run at point `point` of the machine's energy
    table, which must be one from its lowest to its operating point.

    In commands, all entries of the unit's two tables become the selectors of
    that point (Machine/Energy.h), so that command 12 selects it whatever the
    last entropy was. The chip needs to have computed one since its reset.
    A machine that is reset before every operation (rtl) cannot keep a point.

    ```mlir
    edgebert.dvfs %point
    ```
  }];
  let arguments = (ins I32:$point);
  let assemblyFormat = "$point attr-dict";
}

#endif // EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTEXITOPS_TD
