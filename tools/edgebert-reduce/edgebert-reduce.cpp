//===- edgebert-reduce.cpp - shrink failing IR ----------------------------===//

#include "edgebert/InitAll.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"

int main(int argc, char **argv) {
  edgebert::registerAllPasses();
  mlir::DialectRegistry registry;
  edgebert::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
