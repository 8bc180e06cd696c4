//===- HostCode.cpp - host code around on-chip operations -----------------===//

#include "HostCode.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SHA256.h"

using namespace mlir;
using namespace edgebert::accel;

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

/// Alignment of regions; a DMA beat is 8 bytes, a cache line of the host 64.
static constexpr int64_t kAlignment = 64;

RegionAllocator::RegionAllocator(ModuleOp module)
    : module(module), symbols(module) {}

RegionOp RegionAllocator::create(Location loc, StringRef name, int64_t address,
                                 int64_t size, ElementsAttr init) {
  OpBuilder builder(module.getContext());
  auto region = RegionOp::create(builder, loc, name, address, size, init);
  // Uniques the name if it is taken.
  symbols.insert(region, module.getBody()->begin());
  return region;
}

RegionOp RegionAllocator::image(Location loc, StringRef hint,
                                ArrayRef<char> bytes) {
  llvm::SHA256 hash;
  hash.update(StringRef(bytes.data(), bytes.size()));
  auto digest = hash.final();
  RegionOp &region = imageOfContent[StringRef(
      reinterpret_cast<const char *>(digest.data()), digest.size())];
  if (region)
    return region;
  auto type = RankedTensorType::get({int64_t(bytes.size())},
                                    IntegerType::get(module.getContext(), 8));
  ElementsAttr init = DenseResourceElementsAttr::get(
      type, hint, HeapAsmResourceBlob::allocateAndCopyInferAlign(bytes));
  region = create(loc, hint, 0, bytes.size(), init);
  images.push_back(region);
  return region;
}

RegionOp RegionAllocator::stage(Location loc, int64_t size) {
  RegionOp &region = stageOfRange[{stageEnd, size}];
  if (!region) {
    region = create(loc, "stage", stageEnd, size, ElementsAttr());
    stages.push_back(region);
  }
  stageEnd = llvm::alignTo(stageEnd + size, kAlignment);
  return region;
}

LogicalResult RegionAllocator::assignAddresses() {
  int64_t end = 0;
  for (RegionOp region : images) {
    region.setAddress(end);
    end = llvm::alignTo(end + int64_t(region.getSize()), kAlignment);
  }
  int64_t base = end;
  for (RegionOp region : stages) {
    region.setAddress(base + int64_t(region.getAddress()));
    end = std::max(end, int64_t(region.getAddress() + region.getSize()));
  }
  if (end > int64_t(UINT32_MAX))
    return module.emitError("the program needs ")
           << end << " bytes of DRAM, but the machine's addresses have 32 bits";
  return success();
}

//===----------------------------------------------------------------------===//
// Host code
//===----------------------------------------------------------------------===//

Value HostCode::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value HostCode::mulAdd(Value a, int64_t b, Value c) {
  Value product = builder.createOrFold<arith::MulIOp>(loc, a, index(b));
  return builder.createOrFold<arith::AddIOp>(loc, product, c);
}

Value HostCode::view(RegionOp region, ArrayRef<int64_t> shape, Type element,
                     Value byteOffset) {
  auto bytes =
      MemRefType::get({int64_t(region.getSize())}, builder.getI8Type());
  Value whole = GetRegionOp::create(builder, loc, bytes, region.getSymName());
  return memref::ViewOp::create(builder, loc, MemRefType::get(shape, element),
                                whole, byteOffset, ValueRange());
}

void HostCode::forEach(int64_t count, function_ref<void(Value)> body) {
  if (count == 1)
    return body(index(0));
  auto loop =
      scf::ForOp::create(builder, loc, index(0), index(count), index(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

Value HostCode::subview(Value matrix, int64_t rows, int64_t columns) {
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  return memref::SubViewOp::create(
      builder, loc, matrix, ArrayRef<OpFoldResult>{zero, zero},
      ArrayRef<OpFoldResult>{builder.getIndexAttr(rows),
                             builder.getIndexAttr(columns)},
      ArrayRef<OpFoldResult>{one, one});
}

static bool hasExtents(Value matrix, int64_t rows, int64_t columns) {
  auto type = cast<MemRefType>(matrix.getType());
  return type.getDimSize(0) == rows && type.getDimSize(1) == columns;
}

Value HostCode::padded(Value matrix, int64_t rows, int64_t columns) {
  if (hasExtents(matrix, rows, columns))
    return matrix;
  return memref::AllocOp::create(
      builder, loc, MemRefType::get({rows, columns}, builder.getI8Type()));
}

Value HostCode::padTo(Value matrix, int64_t rows, int64_t columns) {
  Value target = padded(matrix, rows, columns);
  if (target == matrix)
    return matrix;
  Value zero = arith::ConstantIntOp::create(builder, loc, 0, 8);
  linalg::FillOp::create(builder, loc, ValueRange{zero}, ValueRange{target});
  auto type = cast<MemRefType>(matrix.getType());
  memref::CopyOp::create(
      builder, loc, matrix,
      subview(target, type.getDimSize(0), type.getDimSize(1)));
  return target;
}

void HostCode::cropInto(Value source, Value matrix) {
  if (source == matrix)
    return;
  auto type = cast<MemRefType>(matrix.getType());
  memref::CopyOp::create(
      builder, loc, subview(source, type.getDimSize(0), type.getDimSize(1)),
      matrix);
  memref::DeallocOp::create(builder, loc, source);
}

/// A loop nest over the dimensions of `maps` that copies one element.
static void createCopy(OpBuilder &builder, Location loc, Value source,
                       Value target, ArrayRef<AffineMap> maps) {
  SmallVector<utils::IteratorType> iterators(maps[0].getNumDims(),
                                             utils::IteratorType::parallel);
  linalg::GenericOp::create(
      builder, loc, ValueRange{source}, ValueRange{target}, maps, iterators,
      [](OpBuilder &nested, Location nestedLoc, ValueRange args) {
        linalg::YieldOp::create(nested, nestedLoc, args[0]);
      });
}

void HostCode::packTiles(Value matrix, Value tiles) {
  AffineExpr b, t, j, l;
  bindDims(builder.getContext(), b, t, j, l);
  createCopy(
      builder, loc, matrix, tiles,
      {AffineMap::get(4, 0, {b * 16 + j, t * 16 + l}, builder.getContext()),
       builder.getMultiDimIdentityMap(4)});
}

void HostCode::unpackTiles(Value tiles, Value matrix) {
  auto type = cast<MemRefType>(tiles.getType());
  AffineExpr i, j, p, q, r, l;
  bindDims(builder.getContext(), i, j, p, q, r, l);
  AffineExpr row = (i * type.getDimSize(2) + p) * 16 + r;
  AffineExpr column = (j * type.getDimSize(3) + q) * 16 + l;
  createCopy(builder, loc, tiles, matrix,
             {builder.getMultiDimIdentityMap(6),
              AffineMap::get(6, 0, {row, column}, builder.getContext())});
}

void HostCode::broadcastVector(Value vector, Value out) {
  unsigned rank = cast<MemRefType>(out.getType()).getRank();
  createCopy(builder, loc, vector, out,
             {AffineMap::get(rank, 0, builder.getAffineDimExpr(rank - 1),
                             builder.getContext()),
              builder.getMultiDimIdentityMap(rank)});
}

/// The module's @edgebert_expand, made on first use:
///
///   for each row: for each lane: if the mask has the lane's bit, the lane's
///   next code, else zero.
static func::FuncOp getExpandFunction(Operation *from) {
  constexpr StringLiteral kName = "edgebert_expand";
  auto module = from->getParentOfType<ModuleOp>();
  if (auto function = module.lookupSymbol<func::FuncOp>(kName))
    return function;

  MLIRContext *context = module.getContext();
  Location loc = UnknownLoc::get(context);
  Type i8 = IntegerType::get(context, 8), i16 = IntegerType::get(context, 16);
  auto masksType = MemRefType::get({ShapedType::kDynamic}, i16);
  auto dataType = MemRefType::get({ShapedType::kDynamic, 16}, i8);
  OpBuilder builder(context);
  builder.setInsertionPointToEnd(module.getBody());
  auto function = func::FuncOp::create(
      builder, loc, kName,
      builder.getFunctionType({masksType, dataType, dataType}, {}));
  function.setPrivate();
  builder.setInsertionPointToStart(function.addEntryBlock());
  Value masks = function.getArgument(0), data = function.getArgument(1),
        vectors = function.getArgument(2);
  HostCode host(builder, loc);
  Value zero = host.index(0), one = host.index(1), lanes = host.index(16);
  Value noCode = arith::ConstantIntOp::create(builder, loc, 0, 8);
  Value rows = memref::DimOp::create(builder, loc, masks, 0);
  Value last = arith::SubIOp::create(builder, loc, rows, one);
  // How many codes of each lane have been used.
  Value counts = memref::AllocaOp::create(
      builder, loc, MemRefType::get({16}, builder.getIndexType()));
  linalg::FillOp::create(builder, loc, ValueRange{zero}, ValueRange{counts});
  auto rowLoop = scf::ForOp::create(builder, loc, zero, rows, one);
  builder.setInsertionPointToStart(rowLoop.getBody());
  Value row = rowLoop.getInductionVar();
  Value mask = memref::LoadOp::create(builder, loc, masks, row);
  auto laneLoop = scf::ForOp::create(builder, loc, zero, lanes, one);
  builder.setInsertionPointToStart(laneLoop.getBody());
  Value lane = laneLoop.getInductionVar();
  Value lane16 = arith::IndexCastOp::create(builder, loc, i16, lane);
  Value shifted = arith::ShRUIOp::create(builder, loc, mask, lane16);
  Value bit =
      arith::TruncIOp::create(builder, loc, builder.getI1Type(), shifted);
  Value count = memref::LoadOp::create(builder, loc, counts, lane);
  // A finished lane's count may be one past the last row.
  Value inside = arith::MinUIOp::create(builder, loc, count, last);
  Value code =
      memref::LoadOp::create(builder, loc, data, ValueRange{inside, lane});
  code = arith::SelectOp::create(builder, loc, bit, code, noCode);
  memref::StoreOp::create(builder, loc, code, vectors, ValueRange{row, lane});
  Value step =
      arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), bit);
  count = arith::AddIOp::create(builder, loc, count, step);
  memref::StoreOp::create(builder, loc, count, counts, lane);
  builder.setInsertionPointAfter(rowLoop);
  func::ReturnOp::create(builder, loc);
  return function;
}

void HostCode::expand(Value masks, Value data, Value vectors) {
  func::FuncOp function =
      getExpandFunction(builder.getInsertionBlock()->getParentOp());
  int64_t rows = cast<MemRefType>(masks.getType()).getDimSize(0);
  HostWorkOp::create(builder, loc, HostWork::Expand, rows * 16);
  SmallVector<Value> operands = {masks, data, vectors};
  for (auto [operand, type] :
       llvm::zip_equal(operands, function.getArgumentTypes()))
    operand = memref::CastOp::create(builder, loc, type, operand);
  func::CallOp::create(builder, loc, function, operands);
}
