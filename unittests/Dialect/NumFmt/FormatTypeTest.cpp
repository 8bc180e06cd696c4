//===- FormatTypeTest.cpp - the type interface against Numerics -----------===//

#include "edgebert/Dialect/NumFmt/IR/NumFmtTypes.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Matchers.h"
#include "gtest/gtest.h"

#include <random>

using namespace mlir;
using namespace edgebert;
using namespace edgebert::numfmt;

namespace {

class FormatTypeTest : public ::testing::Test {
protected:
  FormatTypeTest() : builder(&context) {
    context.loadDialect<NumFmtDialect, arith::ArithDialect>();
    module = ModuleOp::create(builder.getUnknownLoc());
    builder.setInsertionPointToStart(module->getBody());
  }
  FormatTypeInterface get(StringRef spelling) {
    return cast<FormatTypeInterface>(parseType(spelling, &context));
  }
  Value constant(TypedAttr attr) {
    return attr ? arith::ConstantOp::create(builder, builder.getUnknownLoc(),
                                            attr)
                      .getResult()
                : Value();
  }
  /// The value a scalar folded to.
  template <typename AttrT>
  auto folded(Value value) {
    AttrT attr;
    EXPECT_TRUE(matchPattern(value, m_Constant(&attr)))
        << "did not fold to a constant";
    return attr.getValue();
  }

  MLIRContext context;
  OpBuilder builder;
  OwningOpRef<ModuleOp> module;
};

/// The materialised IR, evaluated by the folders of arith, computes what the
/// native evaluation of the same codec computes.
TEST_F(FormatTypeTest, MaterializedIRAgreesWithEvaluation) {
  std::mt19937 random(7);
  Location loc = builder.getUnknownLoc();
  for (const char *spelling :
       {"!numfmt.afp<8,3>", "!numfmt.afp<4,2>", "!numfmt.int<8>",
        "!numfmt.int<12>", "!numfmt.float<4,3>", "!numfmt.float<5,10>",
        "!numfmt.float<8,10>", "!numfmt.fixed<3,4>", "!numfmt.bfp<8,7>",
        "!numfmt.mx<4,3>", "!numfmt.mx<2,1>", "!numfmt.posit<8,2>",
        "!numfmt.posit<16,1>"}) {
    FormatTypeInterface type = get(spelling);
    for (int i = 0; i < 300; ++i) {
      uint32_t word = random();
      if (i % 2) // in range more often than not
        word = numerics::NativeArithmetic::bits(
            (float(random() % 40001) - 20000) * 0.0005f);
      APFloat x(APFloat::IEEEsingle(), APInt(32, word));
      TypedAttr metadata =
          type.chooseMetadata(0.01f + float(random() % 1000) * 0.01f);
      OpBuilder::InsertionGuard guard(builder);
      Value input = constant(FloatAttr::get(builder.getF32Type(), x));
      Value meta = constant(metadata);
      Value code = type.materializeEncode(builder, loc, input, meta,
                                          /*noise=*/Value());
      ASSERT_EQ(code.getType(), type.getStorageType());
      Value value = type.materializeDecode(builder, loc, code, meta);
      APInt expected = type.encode(x, metadata);
      ASSERT_EQ(folded<IntegerAttr>(code).getZExtValue(),
                expected.getZExtValue())
          << spelling << " of 0x" << std::hex << word;
      ASSERT_TRUE(folded<FloatAttr>(value).bitwiseIsEqual(
          type.decode(expected, metadata)))
          << spelling << " of 0x" << std::hex << word;
      module->getBody()->clear();
      builder.setInsertionPointToStart(module->getBody());
    }
  }
}

TEST_F(FormatTypeTest, MaterializedDecodeOfEveryCode) {
  Location loc = builder.getUnknownLoc();
  for (const char *spelling :
       {"!numfmt.afp<8,3>", "!numfmt.int<8>", "!numfmt.float<5,2>"}) {
    FormatTypeInterface type = get(spelling);
    for (int bias = 0; bias < 8; ++bias)
      for (int code = 0; code < 256; ++code) {
        TypedAttr metadata = type.getMetadataAttr(
            isa_and_nonnull<FloatType>(type.getMetadataType())
                ? numerics::Metadata::ofReal(0.1f * float(bias + 1))
                : numerics::Metadata::ofInteger(bias));
        Value value = type.materializeDecode(
            builder, loc, constant(builder.getI8IntegerAttr(int8_t(code))),
            constant(metadata));
        ASSERT_TRUE(folded<FloatAttr>(value).bitwiseIsEqual(
            type.decode(APInt(8, code), metadata)))
            << spelling << " code " << code;
        module->getBody()->clear();
        builder.setInsertionPointToStart(module->getBody());
      }
  }
}

TEST_F(FormatTypeTest, Properties) {
  FormatTypeInterface afp = get("!numfmt.afp<8,3>");
  EXPECT_EQ(afp.getBitWidth(), 8u);
  EXPECT_TRUE(afp.getStorageType().isInteger(8));
  EXPECT_TRUE(afp.getMetadataType().isInteger(8));
  EXPECT_EQ(afp.getBitFields().size(), 3u);
  EXPECT_EQ(afp.chooseMetadata(1.0f), builder.getI8IntegerAttr(3));
  EXPECT_EQ(afp.getMaxFinite(builder.getI8IntegerAttr(3)), 1.9375f);
  EXPECT_EQ(afp.chooseMetadata(1e-20f), builder.getI8IntegerAttr(-64));
  EXPECT_TRUE(get("!numfmt.int<12>").getStorageType().isInteger(16));
  EXPECT_EQ(get("!numfmt.int<8>").chooseMetadata(254.0f),
            builder.getF32FloatAttr(2.0f));
  FormatTypeInterface half = get("!numfmt.float<5,10>");
  EXPECT_FALSE(half.getMetadataType());
  EXPECT_FALSE(half.chooseMetadata(1.0f));
  EXPECT_EQ(half.getMaxFinite({}), 65504.0f);
  // A double is rounded to f32 first.
  EXPECT_EQ(half.encode(APFloat(1.0), {}).getZExtValue(), 0x3c00u);
}

TEST_F(FormatTypeTest, IsAnElementType) {
  Type type = get("!numfmt.afp<8,3>");
  EXPECT_EQ(type, AdaptivFloatType::get(&context, 8, 3));
  EXPECT_TRUE(MemRefType::isValidElementType(type));
  EXPECT_TRUE(TensorType::isValidElementType(type));
}

} // namespace
