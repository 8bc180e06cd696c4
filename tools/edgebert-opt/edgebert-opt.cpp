//===- edgebert-opt.cpp - run passes on IR --------------------------------===//

#include "edgebert/InitAll.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  edgebert::registerAllPasses();
  mlir::DialectRegistry registry;
  edgebert::registerAllDialects(registry);
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "EdgeBERT modular optimizer driver\n", registry));
}
