//===- ExitHostCode.cpp - host code around early exits --------------------===//

#include "ExitHostCode.h"

#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "edgebert/Dialect/NumFmt/IR/NumFmtTypes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace edgebert;
using namespace edgebert::accel;

//===----------------------------------------------------------------------===//
// The rules
//===----------------------------------------------------------------------===//

int16_t exits::toThreshold(float nats) {
  float scaled = std::nearbyint(nats * kPerNat);
  return int16_t(std::fmin(std::fmax(scaled, -32768.0f), 32767.0f));
}

unsigned exits::getBin(int16_t entropy) {
  return unsigned(std::clamp(entropy / int(kBinWidth), 0, int(kBins) - 1));
}

/// In kHz: cycles per millisecond.
static float getKilohertz(const machine::EnergyTable &table, unsigned point) {
  return float(machine::energy::frequencyMHz(table, point) * 1e3);
}

unsigned exits::choosePoint(const machine::EnergyTable &table, int64_t elapsed,
                            int64_t cycles, float target) {
  const unsigned top = table.operatingPoint;
  float left = target - float(elapsed) / getKilohertz(table, top);
  if (!(left > 0))
    return top;
  float needed = float(cycles) / left;
  unsigned point = machine::energy::lowestPoint(table);
  while (point < top && getKilohertz(table, point) < needed)
    ++point;
  return point;
}

//===----------------------------------------------------------------------===//
// The same as host code
//===----------------------------------------------------------------------===//

static Value createFloat(OpBuilder &b, Location loc, float value) {
  return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
}

static Value createInt(OpBuilder &b, Location loc, int64_t value,
                       unsigned bits) {
  return arith::ConstantIntOp::create(b, loc, value, bits);
}

static Value createIndex(OpBuilder &b, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

/// A tensor of f32 that is full of `value`.
static Value createFull(OpBuilder &b, Location loc, ArrayRef<int64_t> shape,
                        float value) {
  Value empty = tensor::EmptyOp::create(b, loc, shape, b.getF32Type());
  return linalg::FillOp::create(b, loc, ValueRange{createFloat(b, loc, value)},
                                ValueRange{empty})
      .getResult(0);
}

/// The largest element of a vector, or the largest absolute one.
static Value createLargest(OpBuilder &b, Location loc, Value vector,
                           bool absolute) {
  Value init = createFull(
      b, loc, {}, absolute ? 0 : -std::numeric_limits<float>::infinity());
  AffineMap maps[] = {b.getMultiDimIdentityMap(1),
                      AffineMap::get(1, 0, b.getContext())};
  return linalg::GenericOp::create(
             b, loc, init.getType(), vector, init, maps,
             utils::IteratorType::reduction,
             [&](OpBuilder &nested, Location loc, ValueRange args) {
               Value element = args[0];
               if (absolute)
                 element = math::AbsFOp::create(nested, loc, element);
               element =
                   arith::MaximumFOp::create(nested, loc, element, args[1]);
               linalg::YieldOp::create(nested, loc, element);
             })
      .getResult(0);
}

Value exits::createCodes(OpBuilder &b, Location loc, Value logits) {
  auto type = cast<RankedTensorType>(logits.getType());
  int64_t classes = type.getNumElements();
  auto vector = RankedTensorType::get({classes}, b.getF32Type());
  if (type.getRank() == 0) {
    logits = tensor::ExpandShapeOp::create(b, loc, vector, logits,
                                           ArrayRef<ReassociationIndices>{});
  } else if (type.getRank() > 1) {
    ReassociationIndices all;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      all.push_back(dim);
    logits = tensor::CollapseShapeOp::create(
        b, loc, vector, logits, ArrayRef<ReassociationIndices>{all});
  }
  Value largest = createLargest(b, loc, logits, /*absolute=*/false);
  Value magnitude = createLargest(b, loc, logits, /*absolute=*/true);
  int64_t lanes =
      llvm::alignTo(classes, int64_t(machine::Description::vectorSize));
  Value padded = logits;
  if (lanes != classes)
    padded = tensor::InsertSliceOp::create(
        b, loc, logits, createFull(b, loc, {lanes}, kPadding),
        ArrayRef<OpFoldResult>{b.getIndexAttr(0)},
        ArrayRef<OpFoldResult>{b.getIndexAttr(classes)},
        ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
  Value init =
      tensor::EmptyOp::create(b, loc, ArrayRef<int64_t>{lanes}, b.getF32Type());
  AffineMap element = b.getMultiDimIdentityMap(1),
            scalar = AffineMap::get(1, 0, b.getContext());
  AffineMap maps[] = {element, scalar, scalar, element};
  Value moved =
      linalg::GenericOp::create(
          b, loc, init.getType(), ValueRange{padded, largest, magnitude}, init,
          maps, utils::IteratorType::parallel,
          [&](OpBuilder &nested, Location loc, ValueRange args) {
            Value isLarge = arith::CmpFOp::create(
                nested, loc, arith::CmpFPredicate::OGT, args[2],
                createFloat(nested, loc, kLargestLogit));
            Value shift = arith::SelectOp::create(nested, loc, isLarge, args[1],
                                                  createFloat(nested, loc, 0));
            Value difference =
                arith::SubFOp::create(nested, loc, args[0], shift);
            linalg::YieldOp::create(nested, loc, difference);
          })
          .getResult(0);
  Value bias = arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(RankedTensorType::get({}, b.getI8Type()),
                             int8_t(kBias)));
  auto codes = RankedTensorType::get(
      {lanes}, numfmt::AdaptivFloatType::get(b.getContext(), 8, 3));
  return numfmt::QuantizeOp::create(b, loc, codes, moved, bias, IntegerAttr());
}

Value exits::createThreshold(OpBuilder &b, Location loc, Value nats) {
  Value scaled =
      arith::MulFOp::create(b, loc, nats, createFloat(b, loc, kPerNat));
  scaled = math::RoundEvenOp::create(b, loc, scaled);
  scaled =
      arith::MaxNumFOp::create(b, loc, scaled, createFloat(b, loc, -32768.0f));
  scaled =
      arith::MinNumFOp::create(b, loc, scaled, createFloat(b, loc, 32767.0f));
  return arith::FPToSIOp::create(b, loc, b.getI32Type(), scaled);
}

Value exits::createDecision(OpBuilder &b, Location loc, Value codes,
                            Value threshold) {
  return EntropyOp::create(b, loc, b.getI1Type(), codes, threshold,
                           uint32_t(kBias));
}

Value exits::createBin(OpBuilder &b, Location loc, Value codes) {
  static_assert(llvm::isPowerOf2_32(kBins), "one comparison for each bit");
  Value none = createInt(b, loc, 0, 32),
        half = createInt(b, loc, kBins / 2, 32);
  auto loop = scf::ForOp::create(
      b, loc, createIndex(b, loc, 0), createIndex(b, loc, llvm::Log2_32(kBins)),
      createIndex(b, loc, 1), ValueRange{none, half});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value low = loop.getRegionIterArg(0), step = loop.getRegionIterArg(1);
    // Whether the entropy lies in a bin before `middle`.
    Value middle = arith::AddIOp::create(b, loc, low, step);
    Value bound = arith::SubIOp::create(
        b, loc,
        arith::MulIOp::create(b, loc, middle, createInt(b, loc, kBinWidth, 32)),
        createInt(b, loc, 1, 32));
    Value before = createDecision(b, loc, codes, bound);
    Value next = arith::SelectOp::create(b, loc, before, low, middle);
    Value smaller =
        arith::ShRUIOp::create(b, loc, step, createInt(b, loc, 1, 32));
    scf::YieldOp::create(b, loc, ValueRange{next, smaller});
  }
  return arith::IndexCastOp::create(b, loc, b.getIndexType(),
                                    loop.getResult(0));
}

Value exits::createPoint(OpBuilder &b, Location loc,
                         const machine::EnergyTable &table, Value elapsed,
                         Value cycles, Value target) {
  const unsigned low = machine::energy::lowestPoint(table),
                 top = table.operatingPoint;
  Type f32 = b.getF32Type();
  Value top32 = createInt(b, loc, top, 32);
  if (low == top)
    return top32;
  SmallVector<float> kilohertz;
  for (unsigned point = low; point < top; ++point)
    kilohertz.push_back(getKilohertz(table, point));
  Value table32 = arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(
          RankedTensorType::get({int64_t(kilohertz.size())}, f32),
          ArrayRef<float>(kilohertz)));
  Value passed = arith::DivFOp::create(
      b, loc, arith::SIToFPOp::create(b, loc, f32, elapsed),
      createFloat(b, loc, getKilohertz(table, top)));
  Value left = arith::SubFOp::create(b, loc, target, passed);
  Value needed = arith::DivFOp::create(
      b, loc, arith::SIToFPOp::create(b, loc, f32, cycles), left);
  // As many points above the lowest as are too slow.
  auto loop = scf::ForOp::create(b, loc, createIndex(b, loc, 0),
                                 createIndex(b, loc, int64_t(kilohertz.size())),
                                 createIndex(b, loc, 1),
                                 ValueRange{createInt(b, loc, low, 32)});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value frequency = tensor::ExtractOp::create(
        b, loc, table32, ValueRange{loop.getInductionVar()});
    Value isSlow = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT,
                                         frequency, needed);
    Value one = arith::ExtUIOp::create(b, loc, b.getI32Type(), isSlow);
    Value next = arith::AddIOp::create(b, loc, loop.getRegionIterArg(0), one);
    scf::YieldOp::create(b, loc, ValueRange{next});
  }
  Value hasTime = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, left,
                                        createFloat(b, loc, 0));
  return arith::SelectOp::create(b, loc, hasTime, loop.getResult(0), top32);
}
