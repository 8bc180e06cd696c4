//===- RowVariants.cpp - segments on some rows ----------------------------===//

#include "edgebert/Campaign/RowVariants.h"
#include "SegmentFunctions.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace edgebert::campaign {

namespace {

RankedTensorType getRowType(mlir::Value value, int64_t dim, int64_t numRows) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] = numRows;
  return type.clone(shape);
}

/// Which dimension of each value of a segment counts rows, going back from a
/// result. A value is needed by rows, as a whole, or (cheap ones) both ways.
class RowAnalysis {
public:
  explicit RowAnalysis(func::FuncOp function) : function(function) {}

  /// Whether rows along `dim` of the first result can be computed apart.
  bool run(int64_t dim) {
    auto results = function.getBody().front().getTerminator()->getOperands();
    if (!needRows(results[0], dim))
      return false;
    for (mlir::Value other : results.drop_front())
      if (!rows.contains(other) && !needAnyRows(other, results[0], dim))
        return false;
    return true;
  }

  const DenseMap<mlir::Value, int64_t> &getRows() const { return rows; }
  bool isWhole(mlir::Value value) const { return whole.contains(value); }

private:
  /// Another result: some dimension of as many rows.
  bool needAnyRows(mlir::Value value, mlir::Value first, int64_t dim) {
    int64_t extent = cast<RankedTensorType>(first.getType()).getDimSize(dim);
    auto type = cast<RankedTensorType>(value.getType());
    for (int64_t d = 0; d < type.getRank(); ++d) {
      if (type.getDimSize(d) != extent)
        continue;
      RowAnalysis attempt = *this;
      if (!attempt.needRows(value, d))
        continue;
      *this = attempt;
      return true;
    }
    return false;
  }

  bool needWhole(mlir::Value value) {
    if (!whole.insert(value).second)
      return true;
    if (rows.contains(value) && !isCheap(value))
      return false;
    Operation *op = value.getDefiningOp();
    if (!op)
      return true;
    return llvm::all_of(getUsedValues(op),
                        [&](mlir::Value input) { return needWhole(input); });
  }

  bool needRows(mlir::Value value, int64_t dim) {
    auto [entry, isNew] = rows.try_emplace(value, dim);
    if (!isNew)
      return entry->second == dim;
    if (whole.contains(value) && !isCheap(value))
      return false;
    Operation *op = value.getDefiningOp();
    if (!op)
      return true;
    if (auto constant = dyn_cast<arith::ConstantOp>(op))
      return isa<SplatElementsAttr>(constant.getValue());
    if (isa<tensor::EmptyOp>(op))
      return true;
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
      return needLinalgRows(linalgOp, cast<OpResult>(value), dim);
    if (auto softmax = dyn_cast<linalg::SoftmaxOp>(op))
      return int64_t(softmax.getDimension()) != dim &&
             needRows(softmax.getInput(), dim) &&
             needRows(softmax.getOutput(), dim);
    if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
      return needReshapedRows(expand.getSrc(), expand.getReassociationIndices(),
                              dim, /*expand=*/true, value);
    if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
      return needReshapedRows(collapse.getSrc(),
                              collapse.getReassociationIndices(), dim,
                              /*expand=*/false, value);
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
      return coversRows(slice, slice.getSourceType(), dim) &&
             slice.getType().getRank() == slice.getSourceType().getRank() &&
             needRows(slice.getSource(), dim);
    if (auto slice = dyn_cast<tensor::InsertSliceOp>(op))
      return coversRows(slice, slice.getType(), dim) &&
             slice.getSourceType().getDimSize(dim) ==
                 slice.getType().getDimSize(dim) &&
             slice.getType().getRank() == slice.getSourceType().getRank() &&
             needRows(slice.getSource(), dim) && needRows(slice.getDest(), dim);
    if (auto pad = dyn_cast<tensor::PadOp>(op)) {
      if (pad.getStaticLow()[dim] || pad.getStaticHigh()[dim] ||
          !pad.getConstantPaddingValue())
        return false;
      mlir::Value padding = pad.getConstantPaddingValue();
      return (padding.getParentRegion() == &pad.getRegion() ||
              needWhole(padding)) &&
             needRows(pad.getSource(), dim);
    }
    if (OpTrait::hasElementwiseMappableTraits(op))
      return llvm::all_of(op->getOperands(), [&](mlir::Value operand) {
        return isa<RankedTensorType>(operand.getType()) ? needRows(operand, dim)
                                                        : needWhole(operand);
      });
    return false;
  }

  bool needLinalgRows(linalg::LinalgOp op, OpResult result, int64_t dim) {
    OpOperand *init = op.getDpsInitOperand(result.getResultNumber());
    auto loop =
        dyn_cast<AffineDimExpr>(op.getMatchingIndexingMap(init).getResult(dim));
    if (!loop || op.getIteratorTypesArray()[loop.getPosition()] !=
                     utils::IteratorType::parallel)
      return false;
    unsigned position = loop.getPosition();
    WalkResult usesIndex = op->walk([&](linalg::IndexOp index) {
      return index.getDim() == position ? WalkResult::interrupt()
                                        : WalkResult::advance();
    });
    if (usesIndex.wasInterrupted())
      return false;
    for (OpOperand &operand : op->getOpOperands()) {
      AffineMap map = op.getMatchingIndexingMap(&operand);
      int64_t found = -1;
      for (auto [number, expr] : llvm::enumerate(map.getResults())) {
        if (!expr.isFunctionOfDim(position))
          continue;
        if (found >= 0 || expr != loop)
          return false;
        found = number;
      }
      bool isInit = op.isDpsInit(&operand);
      if (isInit && found < 0)
        return false;
      if (found < 0 ? !needWhole(operand.get())
                    : !needRows(operand.get(), found))
        return false;
      if (isInit) {
        OpResult tied = op.getTiedOpResult(&operand);
        auto [entry, isNew] = rows.try_emplace(tied, found);
        if (entry->second != found)
          return false;
      }
    }
    llvm::SetVector<mlir::Value> captured;
    getUsedValuesDefinedAbove(op->getRegions(), captured);
    return llvm::all_of(captured,
                        [&](mlir::Value value) { return needWhole(value); });
  }

  bool needReshapedRows(mlir::Value source,
                        ArrayRef<ReassociationIndices> groups, int64_t dim,
                        bool expand, mlir::Value result) {
    // `wide` has one dimension per index, `narrow` one per group.
    auto wide = cast<RankedTensorType>((expand ? result : source).getType());
    for (auto [narrow, group] : llvm::enumerate(groups)) {
      if (expand ? !llvm::is_contained(group, dim) : int64_t(narrow) != dim)
        continue;
      int64_t rowDim = expand ? dim : -1;
      for (int64_t index : group) {
        if (index == rowDim)
          continue;
        if (wide.getDimSize(index) == 1 &&
            (expand || rowDim >= 0 || index != group.back()))
          continue;
        if (expand || rowDim >= 0)
          return false;
        rowDim = index;
      }
      return needRows(source, expand ? int64_t(narrow) : rowDim);
    }
    return false;
  }

  template <typename SliceOp>
  static bool coversRows(SliceOp slice, RankedTensorType whole, int64_t dim) {
    return dim < int64_t(slice.getStaticSizes().size()) &&
           slice.getStaticOffsets()[dim] == 0 &&
           slice.getStaticStrides()[dim] == 1 &&
           slice.getStaticSizes()[dim] == whole.getDimSize(dim);
  }

  func::FuncOp function;
  DenseMap<mlir::Value, int64_t> rows;
  DenseSet<mlir::Value> whole;
};

/// Writes the function that computes `numRows` rows.
class RowCloner {
public:
  RowCloner(func::FuncOp function, const RowAnalysis &analysis, int64_t numRows)
      : function(function), analysis(analysis), numRows(numRows),
        builder(function.getContext()) {}

  func::FuncOp clone(StringRef name) {
    Block &from = function.getBody().front();
    SmallVector<Type> inputs, outputs;
    auto getType = [&](mlir::Value value) -> Type {
      auto dim = analysis.getRows().find(value);
      if (dim == analysis.getRows().end())
        return value.getType();
      return getRowType(value, dim->second, numRows);
    };
    for (BlockArgument argument : from.getArguments())
      inputs.push_back(getType(argument));
    for (mlir::Value result : from.getTerminator()->getOperands())
      outputs.push_back(getType(result));
    builder.setInsertionPointAfter(function);
    auto copy = createSegmentFunction(builder, function.getLoc(), name, inputs,
                                      outputs);
    for (auto [old, argument] :
         llvm::zip(from.getArguments(), copy.getArguments())) {
      byRows.map(old, argument);
      asWhole.map(old, argument);
    }
    for (Operation &op : from.without_terminator()) {
      if (llvm::any_of(op.getResults(), [&](mlir::Value value) {
            return analysis.isWhole(value);
          }))
        builder.clone(op, asWhole);
      if (llvm::any_of(op.getResults(), [&](mlir::Value value) {
            return analysis.getRows().contains(value);
          }))
        cloneRows(&op);
    }
    SmallVector<mlir::Value> results;
    for (mlir::Value result : from.getTerminator()->getOperands())
      results.push_back(byRows.lookup(result));
    func::ReturnOp::create(builder, function.getLoc(), results);
    return copy;
  }

private:
  mlir::Value lookup(mlir::Value value) {
    return analysis.getRows().contains(value) ? byRows.lookup(value)
                                              : asWhole.lookup(value);
  }

  void cloneRows(Operation *op) {
    mlir::Value result = op->getResult(0);
    int64_t dim = analysis.getRows().lookup(result);
    RankedTensorType type = getRowType(result, dim, numRows);
    Location loc = op->getLoc();
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      auto splat = cast<SplatElementsAttr>(constant.getValue());
      byRows.map(result, arith::ConstantOp::create(builder, loc,
                                                   splat.resizeSplat(type)));
      return;
    }
    if (isa<tensor::EmptyOp>(op)) {
      byRows.map(result, tensor::EmptyOp::create(builder, loc, type.getShape(),
                                                 type.getElementType()));
      return;
    }
    if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
      byRows.map(result, tensor::ExpandShapeOp::create(
                             builder, loc, type, lookup(expand.getSrc()),
                             expand.getReassociationIndices()));
      return;
    }
    if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
      byRows.map(result, tensor::CollapseShapeOp::create(
                             builder, loc, type, lookup(collapse.getSrc()),
                             collapse.getReassociationIndices()));
      return;
    }
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
      byRows.map(result, tensor::ExtractSliceOp::create(
                             builder, loc, type, lookup(slice.getSource()),
                             slice.getMixedOffsets(),
                             getSizes(slice.getMixedSizes(), dim),
                             slice.getMixedStrides()));
      return;
    }
    if (auto slice = dyn_cast<tensor::InsertSliceOp>(op)) {
      byRows.map(result, tensor::InsertSliceOp::create(
                             builder, loc, lookup(slice.getSource()),
                             lookup(slice.getDest()), slice.getMixedOffsets(),
                             getSizes(slice.getMixedSizes(), dim),
                             slice.getMixedStrides()));
      return;
    }
    IRMapping mapping;
    for (mlir::Value value : getUsedValues(op))
      mapping.map(value, lookup(value));
    Operation *copy = builder.clone(*op, mapping);
    for (auto [old, value] :
         llvm::zip_equal(op->getResults(), copy->getResults())) {
      value.setType(getRowType(old, analysis.getRows().lookup(old), numRows));
      byRows.map(old, value);
    }
  }

  SmallVector<OpFoldResult> getSizes(SmallVector<OpFoldResult> sizes,
                                     int64_t dim) {
    sizes[dim] = builder.getIndexAttr(numRows);
    return sizes;
  }

  func::FuncOp function;
  const RowAnalysis &analysis;
  int64_t numRows;
  OpBuilder builder;
  IRMapping byRows, asWhole;
};

/// The rows of one segment.
struct Choice {
  RowAnalysis analysis;
  int score = 0;
};

/// The best dimension of a segment's first result under the dimensions that
/// its inputs have already; only of extent 1, or only of more.
std::optional<Choice> choose(func::FuncOp function, const Segment &segment,
                             const SegmentGraph &graph, bool unit) {
  std::optional<Choice> best;
  auto type = dyn_cast<RankedTensorType>(
      function.getBody().front().getTerminator()->getOperand(0).getType());
  for (int64_t dim = 0; type && dim < type.getRank(); ++dim) {
    if ((type.getDimSize(dim) == 1) != unit)
      continue;
    RowAnalysis analysis(function);
    if (!analysis.run(dim))
      continue;
    int score = 0;
    bool fits = true;
    for (auto [argument, number] :
         llvm::zip_equal(function.getArguments(), segment.inputs)) {
      const Value &value = graph.values[number];
      auto row = analysis.getRows().find(argument);
      if (row == analysis.getRows().end())
        continue;
      fits &= value.rowDim < 0 || value.rowDim == row->second;
      score += !value.isConstant;
    }
    if (fits && score && (!best || best->score < score))
      best = {{analysis, score}};
  }
  return best;
}

/// Sets the row dimension of values; the number of segments with rows.
int assignRows(SymbolTable &symbols, SegmentGraph &graph, bool unit,
               std::vector<std::optional<Choice>> &choices) {
  for (Value &value : graph.values)
    value.rowDim = -1;
  choices.assign(graph.segments.size(), std::nullopt);
  int count = 0;
  for (size_t i = 0; i < graph.segments.size(); ++i) {
    const Segment &segment = graph.segments[i];
    std::optional<Choice> &choice = choices[i];
    if (segment.isConstant)
      continue;
    auto function = symbols.lookup<func::FuncOp>(segment.function);
    choice = choose(function, segment, graph, unit);
    if (!choice)
      continue;
    ++count;
    auto set = [&](mlir::Value value, int number) {
      auto row = choice->analysis.getRows().find(value);
      if (row != choice->analysis.getRows().end())
        graph.values[number].rowDim = row->second;
    };
    for (auto [value, number] :
         llvm::zip(function.getArguments(), segment.inputs))
      set(value, number);
    for (auto [value, number] :
         llvm::zip(function.getBody().front().getTerminator()->getOperands(),
                   segment.outputs))
      set(value, number);
  }
  return count;
}

} // namespace

void addRowVariants(ModuleOp module, SegmentGraph &graph, int64_t numRows) {
  SymbolTable symbols(module);
  std::vector<std::optional<Choice>> choices;
  // Rows inside one run if most segments have them (tokens), else the batch.
  int numData = llvm::count_if(graph.segments, [](const Segment &segment) {
    return !segment.isConstant;
  });
  if (assignRows(symbols, graph, /*unit=*/false, choices) * 5 < numData * 4)
    assignRows(symbols, graph, /*unit=*/true, choices);
  for (auto [segment, choice] : llvm::zip(graph.segments, choices)) {
    if (!choice)
      continue;
    auto function = symbols.lookup<func::FuncOp>(segment.function);
    RowVariant variant;
    variant.function = segment.function + "_rows";
    variant.numRows = numRows;
    for (mlir::Value argument : function.getArguments())
      variant.byRows.push_back(choice->analysis.getRows().contains(argument));
    RowCloner(function, choice->analysis, numRows).clone(variant.function);
    segment.variant = std::move(variant);
  }
}

} // namespace edgebert::campaign
