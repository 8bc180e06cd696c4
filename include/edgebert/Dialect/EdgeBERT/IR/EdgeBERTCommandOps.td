//===- EdgeBERTCommandOps.td - register access -------------*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTCOMMANDOPS_TD
#define EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTCOMMANDOPS_TD

include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTAttributes.td"

def EdgeBERT_RegisterAttr
    : EnumAttr<EdgeBERT_Dialect, EdgeBERT_Register, "reg"> {
  let assemblyFormat = "$value";
}

def EdgeBERT_WriteRegOp : Op<EdgeBERT_Dialect, "write_reg"> {
  let summary = "write a 32-bit register of the machine";
  let arguments = (ins EdgeBERT_RegisterAttr:$reg, I32:$value);
  // The attribute prints its own space.
  let assemblyFormat = "`` $reg `,` $value attr-dict";
}

def EdgeBERT_ReadRegOp : Op<EdgeBERT_Dialect, "read_reg"> {
  let summary = "read a 32-bit register of the machine";
  let arguments = (ins EdgeBERT_RegisterAttr:$reg);
  let results = (outs I32:$value);
  let assemblyFormat = "`` $reg attr-dict";
}

def EdgeBERT_WaitOp : Op<EdgeBERT_Dialect, "wait"> {
  let summary = "wait for the interrupt of the running command";
  let assemblyFormat = "attr-dict";
}

#endif // EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTCOMMANDOPS_TD
