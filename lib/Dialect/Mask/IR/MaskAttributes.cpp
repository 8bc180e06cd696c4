//===- MaskAttributes.cpp - patterns and mask constants -------------------===//

#include "edgebert/Dialect/Mask/IR/Mask.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cstring>

using namespace mlir;
using namespace edgebert;
using namespace edgebert::mask;

/// "1x16"
static ParseResult parseBlockShape(AsmParser &parser, int64_t &rows,
                                   int64_t &columns) {
  SmallVector<int64_t> shape;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseDimensionList(shape, /*allowDynamic=*/false,
                                /*withTrailingX=*/false))
    return failure();
  if (shape.size() != 2)
    return parser.emitError(loc)
           << "expected rows x columns of a block, such as 1x16, got "
           << shape.size() << " numbers";
  rows = shape[0];
  columns = shape[1];
  return success();
}

static void printBlockShape(AsmPrinter &printer, int64_t rows,
                            int64_t columns) {
  printer << rows << 'x' << columns;
}

#include "edgebert/Dialect/Mask/IR/MaskInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "edgebert/Dialect/Mask/IR/MaskAttributes.cpp.inc"

void MaskDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "edgebert/Dialect/Mask/IR/MaskAttributes.cpp.inc"
      >();
}

compression::Pattern UnstructuredAttr::getPattern() const { return {}; }
compression::Pattern NMAttr::getPattern() const {
  return compression::Pattern::nm(getN(), getM());
}
compression::Pattern BlockAttr::getPattern() const {
  return compression::Pattern::block(getRows(), getColumns());
}

LogicalResult NMAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                             unsigned n, unsigned m) {
  if (n >= 1 && n < m)
    return success();
  return emitError() << "expected 1 <= n < m, got " << n << " of " << m;
}

LogicalResult BlockAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                int64_t rows, int64_t columns) {
  if (rows >= 1 && columns >= 1)
    return success();
  return emitError() << "expected blocks of at least 1x1, got " << rows << "x"
                     << columns;
}

PatternAttrInterface mask::getPatternAttr(MLIRContext *context,
                                          const compression::Pattern &pattern) {
  switch (pattern.kind) {
  case compression::PatternKind::Unstructured:
    return UnstructuredAttr::get(context);
  case compression::PatternKind::NM:
    return NMAttr::get(context, pattern.n, pattern.m);
  case compression::PatternKind::Block:
    return BlockAttr::get(context, pattern.blockRows, pattern.blockColumns);
  case compression::PatternKind::Head:
    return {};
  }
  llvm_unreachable("all kinds covered");
}

FailureOr<std::vector<uint8_t>> mask::getMaskElements(Attribute mask) {
  auto elements = dyn_cast_or_null<ElementsAttr>(mask);
  if (!elements || !elements.getElementType().isInteger(1))
    return failure();
  std::vector<uint8_t> result(elements.getNumElements());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != result.size())
      return failure();
    std::memcpy(result.data(), blob->getData().data(), result.size());
    return result;
  }
  auto dense = dyn_cast<DenseElementsAttr>(elements);
  if (!dense)
    return failure();
  for (auto [to, keeps] : llvm::zip(result, dense.getValues<bool>()))
    to = keeps;
  return result;
}

ElementsAttr mask::makeMaskConstant(RankedTensorType type,
                                    ArrayRef<uint8_t> elements,
                                    StringRef name) {
  constexpr size_t kLargestDense = 64;
  if (elements.size() <= kLargestDense) {
    SmallVector<bool> values(elements.begin(), elements.end());
    return DenseElementsAttr::get(type, values);
  }
  AsmResourceBlob blob = HeapAsmResourceBlob::allocateAndCopyWithAlign(
      ArrayRef(reinterpret_cast<const char *>(elements.data()),
               elements.size()),
      /*align=*/64);
  return DenseResourceElementsAttr::get(type, name, std::move(blob));
}
