//===- EdgeBERTOps.td - umbrella of the edgebert dialect ---*- tablegen -*-===//

#ifndef EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTOPS_TD
#define EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTOPS_TD

include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTTensorOps.td"
include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTMemoryOps.td"
include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTCommandOps.td"
include "edgebert/Dialect/EdgeBERT/IR/EdgeBERTExitOps.td"

#endif // EDGEBERT_DIALECT_EDGEBERT_IR_EDGEBERTOPS_TD
