//===- FindKernels.cpp - what of a function the accelerator can run -------===//
//
// Tries the patterns at every op: softmax and layer norm from the last op back,
// so that the widest form wins; then the matrix products, each forward over its
// epilogue; then the adds that are left.
//
//===----------------------------------------------------------------------===//

#include "Matcher.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringSet.h"

#include <set>

using namespace mlir;

namespace edgebert::analysis {

/// Defined in DescribeHostOp.cpp: why `op` stays on the host, or none if it is
/// not worth listing.
std::optional<Rejection> describeHostOp(Operation *op);

StringRef stringifyKernelKind(KernelKind kind) {
  switch (kind) {
  case KernelKind::Matmul:
    return "matmul";
  case KernelKind::Softmax:
    return "softmax";
  case KernelKind::LayerNorm:
    return "layer norm";
  case KernelKind::Add:
    return "add";
  }
  llvm_unreachable("all kinds covered");
}

SmallVector<Value> Kernel::getOperands() const {
  SmallVector<Value> operands;
  auto add = [&](Value value) {
    if (value)
      operands.push_back(value);
  };
  if (auto *matmul = dyn_cast<MatmulKernel>(this)) {
    add(matmul->lhs), add(matmul->rhs), add(matmul->addend);
  } else if (auto *softmax = dyn_cast<SoftmaxKernel>(this)) {
    add(softmax->input), add(softmax->span);
  } else if (auto *norm = dyn_cast<LayerNormKernel>(this)) {
    add(norm->input), add(norm->gamma), add(norm->beta);
  } else if (auto *sum = dyn_cast<AddKernel>(this)) {
    add(sum->lhs), add(sum->rhs);
  }
  return operands;
}

unsigned KernelSet::count(KernelKind kind) const {
  return llvm::count_if(
      kernels, [&](const auto &kernel) { return kernel->kind == kind; });
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

StringRef getLocationName(Location loc) {
  StringRef name;
  loc->walk([&](Location inner) {
    auto named = dyn_cast<NameLoc>(inner);
    if (!named)
      return WalkResult::advance();
    name = named.getName().getValue();
    return WalkResult::interrupt();
  });
  return name;
}

/// The part of the ops' names, up to a "/", that all of them share.
static StringRef getSharedPath(ArrayRef<Operation *> ops) {
  StringRef shared;
  for (Operation *op : ops) {
    StringRef name = getLocationName(op->getLoc());
    if (name.empty())
      continue;
    if (shared.empty()) {
      shared = name;
      continue;
    }
    size_t length = 0;
    while (length < std::min(shared.size(), name.size()) &&
           shared[length] == name[length])
      ++length;
    bool whole = length == shared.size() &&
                 (length == name.size() || name[length] == '/');
    if (!whole)
      shared = shared.take_front(length).rsplit('/').first;
    if (shared.empty())
      break;
  }
  return shared;
}

//===----------------------------------------------------------------------===//
// The finder
//===----------------------------------------------------------------------===//

namespace {
class KernelFinder {
public:
  explicit KernelFinder(func::FuncOp func) {
    func.walk<WalkOrder::PreOrder>([&](Operation *op) {
      // Bodies of linalg ops are read with their op.
      number[op] = ops.size();
      ops.push_back(op);
      return isa<linalg::LinalgOp, linalg::SoftmaxOp>(op)
                 ? WalkResult::skip()
                 : WalkResult::advance();
    });
  }
  KernelSet find();

private:
  template <typename Range>
  void tryAll(Range candidates,
              llvm::function_ref<Match(ScalarExprs &, OpResult)> pattern);
  std::string takeBody(Kernel &kernel, ArrayRef<Operation *> matched);
  void nameKernels();
  void reject(Operation *op, const std::string &reason);

  std::vector<Operation *> ops;
  llvm::DenseMap<Operation *, unsigned> number;
  ScalarExprs exprs;
  llvm::DenseSet<Operation *> claimed;
  llvm::DenseMap<Operation *, std::string> nearMisses;
  std::set<std::string> reported;
  KernelSet set;
};
} // namespace

/// Whether `op` costs nothing to keep, so that a kernel may share it.
static bool isShareable(Operation *op) {
  return isa<tensor::EmptyOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp,
             linalg::FillOp, linalg::TransposeOp, linalg::BroadcastOp>(op);
}

static std::string describeUser(Operation *op) {
  std::string text = "'" + op->getName().getStringRef().str() + "'";
  if (StringRef name = getLocationName(op->getLoc()); !name.empty())
    text += " (" + name.str() + ")";
  return text;
}

/// Sets `kernel.body`. Returns why it cannot be a body of its own, or "".
std::string KernelFinder::takeBody(Kernel &kernel,
                                   ArrayRef<Operation *> matched) {
  llvm::SetVector<Operation *> body(matched.begin(), matched.end());
  body.insert(kernel.root);

  // What the operands are computed from is in front of the kernel, even where a
  // comparison of two computations went through it.
  SmallVector<Value> front = kernel.getOperands();
  while (!front.empty()) {
    Operation *op = front.pop_back_val().getDefiningOp();
    if (op && body.remove(op))
      front.append(op->operand_begin(), op->operand_end());
  }
  if (!body.contains(kernel.root))
    return "computes an operand of its own kernel";

  auto isPrivate = [&](Operation *op) {
    return llvm::all_of(op->getUsers(),
                        [&](Operation *user) { return body.contains(user); });
  };
  // Initial values go with the ops that use them.
  for (unsigned i = 0; i < body.size(); ++i)
    for (Value operand : body[i]->getOperands()) {
      Operation *op = operand.getDefiningOp();
      if (isa_and_nonnull<tensor::EmptyOp, linalg::FillOp>(op))
        body.insert(op);
    }
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation *op : body.getArrayRef()) {
      if (op == kernel.root || isPrivate(op))
        continue;
      if (isShareable(op)) {
        body.remove(op);
        changed = true;
        break;
      }
      for (Operation *user : op->getUsers())
        if (!body.contains(user))
          return "the intermediate result of " + describeUser(op) +
                 " is also used by " + describeUser(user);
    }
  }
  for (Operation *op : body)
    if (claimed.contains(op))
      return describeUser(op) + " already belongs to another kernel";
  // An op with further results that are used outside cannot go.
  for (Value other : kernel.root->getResults())
    if (other != kernel.result && !other.use_empty())
      return "the op has a second result that is used";
  for (Operation *op : body)
    if (!number.contains(op))
      return "computes in the body of another op";
  kernel.body.assign(body.begin(), body.end());
  llvm::sort(kernel.body,
             [&](Operation *a, Operation *b) { return number[a] < number[b]; });
  return "";
}

void KernelFinder::reject(Operation *op, const std::string &reason) {
  // The outermost of several roots that fail alike carries the reason.
  if (reported.insert(reason + describeUser(op)).second)
    nearMisses.try_emplace(op, reason);
}

template <typename Range>
void KernelFinder::tryAll(
    Range candidates,
    llvm::function_ref<Match(ScalarExprs &, OpResult)> pattern) {
  for (Operation *op : candidates) {
    if (claimed.contains(op) || op->getNumResults() == 0)
      continue;
    OpResult root = op->getResult(0);
    auto type = dyn_cast<RankedTensorType>(root.getType());
    if (!type || !type.hasStaticShape() || !type.getElementType().isF32() ||
        isConstantDerived(root))
      continue;
    Match match = pattern(exprs, root);
    if (!match.kernel) {
      if (!match.nearMiss.empty())
        reject(op, match.nearMiss);
      continue;
    }
    Kernel &kernel = *match.kernel;
    if (!kernel.root) {
      kernel.root = op;
      kernel.result = root;
    }
    std::string reason = takeBody(kernel, match.ops);
    if (!reason.empty()) {
      reject(op, "like a " + stringifyKernelKind(kernel.kind).str() + ", but " +
                     reason);
      continue;
    }
    claimed.insert(kernel.body.begin(), kernel.body.end());
    set.kernels.push_back(std::move(match.kernel));
  }
}

void KernelFinder::nameKernels() {
  llvm::StringSet<> taken;
  for (auto [position, kernel] : llvm::enumerate(set.kernels)) {
    StringRef base;
    if (auto *matmul = dyn_cast<MatmulKernel>(kernel.get()))
      base = getLocationName(matmul->contraction->getLoc());
    else if (base = getSharedPath(kernel->body); base.empty())
      base = getLocationName(kernel->root->getLoc());
    std::string stem = base.empty() ? stringifyKernelKind(kernel->kind).str() +
                                          " " + std::to_string(position)
                                    : base.str();
    kernel->id = stem;
    for (unsigned repeat = 2; !taken.insert(kernel->id).second; ++repeat)
      kernel->id = stem + "#" + std::to_string(repeat);
  }
}

KernelSet KernelFinder::find() {
  tryAll(llvm::reverse(ops), matchSoftmax);
  tryAll(llvm::reverse(ops), matchLayerNorm);
  tryAll(llvm::make_range(ops.begin(), ops.end()), matchMatmul);
  tryAll(llvm::make_range(ops.begin(), ops.end()), matchAdd);
  llvm::sort(set.kernels, [&](const auto &a, const auto &b) {
    return number[a->root] < number[b->root];
  });
  nameKernels();

  for (Operation *op : ops) {
    if (claimed.contains(op))
      continue;
    std::optional<Rejection> rejection = describeHostOp(op);
    auto nearMiss = nearMisses.find(op);
    if (nearMiss != nearMisses.end())
      rejection = Rejection{op, RejectionKind::NearMiss, nearMiss->second};
    if (rejection)
      set.rejections.push_back(std::move(*rejection));
  }
  return std::move(set);
}

KernelSet findKernels(func::FuncOp func) { return KernelFinder(func).find(); }

} // namespace edgebert::analysis
