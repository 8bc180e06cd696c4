//===- StackedExits.cpp - the exit heads of a function --------------------===//

#include "edgebert/Dialect/EdgeBERT/Transforms/StackedExits.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <map>

using namespace mlir;
using namespace edgebert;

FailureOr<accel::StackedExits> accel::findStackedExits(func::FuncOp function) {
  auto returns =
      cast<func::ReturnOp>(function.getBody().back().getTerminator());
  for (OpOperand &operand : returns->getOpOperands()) {
    StackedExits exits{operand.getOperandNumber(), {}, {}};
    std::map<int64_t, Value> rows;
    Value result = operand.get();
    while (auto insert = result.getDefiningOp<tensor::InsertSliceOp>()) {
      ArrayRef<int64_t> offsets = insert.getStaticOffsets();
      // A row that is written twice is not an exit.
      if (offsets.empty() || ShapedType::isDynamic(offsets[0]) ||
          !rows.insert({offsets[0], insert.getSource()}).second)
        break;
      exits.stack.push_back(insert);
      result = insert.getDest();
    }
    if (rows.size() < 2 || rows.size() != exits.stack.size() ||
        !result.getDefiningOp<tensor::EmptyOp>())
      continue;
    for (auto [offset, value] : rows)
      exits.rows.push_back(value);
    return exits;
  }
  return failure();
}

llvm::SetVector<Operation *> accel::getDependences(Value value) {
  llvm::SetVector<Operation *> ops;
  auto add = [&](Value v) {
    if (Operation *op = v.getDefiningOp())
      ops.insert(op);
  };
  add(value);
  for (size_t i = 0; i < ops.size(); ++i)
    ops[i]->walk([&](Operation *nested) {
      for (Value operand : nested->getOperands())
        add(operand);
    });
  return ops;
}
