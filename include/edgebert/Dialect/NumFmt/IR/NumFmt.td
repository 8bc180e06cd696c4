//===- NumFmt.td - the dialect's umbrella ------------------*- tablegen -*-===//

include "edgebert/Dialect/NumFmt/IR/NumFmtDialect.td"
include "edgebert/Dialect/NumFmt/IR/NumFmtInterfaces.td"
include "edgebert/Dialect/NumFmt/IR/NumFmtTypes.td"
include "edgebert/Dialect/NumFmt/IR/NumFmtOps.td"
