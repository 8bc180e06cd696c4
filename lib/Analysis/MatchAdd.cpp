//===- MatchAdd.cpp - recognise residual adds -----------------------------===//
//
// One op that adds two tensors element by element, neither of them constant.
//
//===----------------------------------------------------------------------===//

#include "Matcher.h"

using namespace mlir;

namespace edgebert::analysis {

static std::string describeShape(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getRank() == 0)
    return "a scalar";
  std::string text;
  for (int64_t extent : type.getShape())
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

Match matchAdd(ScalarExprs &exprs, OpResult root) {
  auto type = cast<RankedTensorType>(root.getType());
  IndexList indices = exprs.freshIndices(type.getShape());
  const Expr *add = exprs.unfold(exprs.access(root, indices));
  if (!add || !add->isApply(ScalarOp::Add) || !add->source ||
      !add->operands[0]->isAccess() || !add->operands[1]->isAccess())
    return {};

  Match match;
  IndexList order = flattenIndices(indices);
  for (const Expr *operand : add->operands) {
    if (isConstantDerived(operand->value)) {
      match.nearMiss = "adds a constant that does not follow a matrix product "
                       "the accelerator could add it in";
      return match;
    }
    IndexList read = flattenIndices(operand->indices);
    if (read == order && getElementTypeOrSelf(operand->value.getType()).isF32())
      continue;
    match.nearMiss =
        read.size() == order.size()
            ? std::string("adds a permuted tensor, the accelerator adds "
                          "element by element")
            : "adds " + describeShape(operand->value) + " to " +
                  describeShape(root) +
                  ", the accelerator adds tensors of equal shape only";
    return match;
  }
  auto kernel = std::make_unique<AddKernel>();
  kernel->lhs = add->operands[0]->value;
  kernel->rhs = add->operands[1]->value;
  match.kernel = std::move(kernel);
  match.ops.push_back(root.getOwner());
  return match;
}

} // namespace edgebert::analysis
