//===- ProgramTest.cpp - compile IR and run it on arrays ------------------===//

#include "edgebert/Execution/Program.h"
#include "edgebert/Execution/RunRequest.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace edgebert::execution;

namespace {

class ProgramTest : public ::testing::Test {
public:
  ProgramTest() {
    DialectRegistry registry;
    registerExecutionDialects(registry);
    context.appendDialectRegistry(registry);
  }

  llvm::Expected<std::unique_ptr<Program>> load(llvm::StringRef text) {
    module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    return Program::load(*module);
  }

  std::string getError(llvm::StringRef text) {
    auto program = load(text);
    return program ? "no error" : llvm::toString(program.takeError());
  }

  /// Runs a function with one f32 input and one f32 output.
  std::vector<float> run(llvm::StringRef text, llvm::ArrayRef<float> input) {
    auto program = load(text);
    EXPECT_TRUE(static_cast<bool>(program))
        << llvm::toString(program.takeError());
    Array array = Array::zeros(DType::F32, (*program)->getInputs()[0].shape);
    std::memcpy(array.data.data(), input.data(), array.data.size());
    auto results = (*program)->run({{"arg0", array}});
    EXPECT_TRUE(static_cast<bool>(results));
    return results->front().array.as<float>().vec();
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

const char addRows[] = R"mlir(
func.func @main(%x: tensor<1x3xf32> {edgebert.name = "x"},
                %y: tensor<1x3xi64> {edgebert.name = "y"})
    -> (tensor<1x3xf32> {edgebert.name = "sum"}) {
  %f = arith.sitofp %y : tensor<1x3xi64> to tensor<1x3xf32>
  %s = arith.addf %x, %f : tensor<1x3xf32>
  return %s : tensor<1x3xf32>
})mlir";

TEST_F(ProgramTest, SignatureHasNamesTypesAndShapes) {
  auto program = load(addRows);
  ASSERT_TRUE(static_cast<bool>(program));
  ASSERT_EQ((*program)->getInputs().size(), 2u);
  EXPECT_EQ((*program)->getInputs()[1].name, "y");
  EXPECT_EQ((*program)->getInputs()[1].describe(), "int64[1, 3]");
  ASSERT_EQ((*program)->getOutputs().size(), 1u);
  EXPECT_EQ((*program)->getOutputs()[0].name, "sum");
}

TEST_F(ProgramTest, RowsAreRunOneByOneAndStacked) {
  auto program = load(addRows);
  ASSERT_TRUE(static_cast<bool>(program));
  Array x = Array::zeros(DType::F32, {4, 3}),
        y = Array::zeros(DType::I64, {4, 3});
  for (int i = 0; i < 12; ++i) {
    reinterpret_cast<float *>(x.data.data())[i] = i * 0.5f;
    reinterpret_cast<int64_t *>(y.data.data())[i] = i;
  }
  std::vector<NamedArray> arrays = {{"y", y}, {"x", x}};
  auto all = (*program)->runRows(arrays);
  ASSERT_TRUE(static_cast<bool>(all)) << llvm::toString(all.takeError());
  EXPECT_EQ(all->front().array.shape, llvm::SmallVector<int64_t>({4, 3}));
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(all->front().array.as<float>()[i], i * 1.5f);
  auto two = (*program)->runRows(arrays, 2);
  ASSERT_TRUE(static_cast<bool>(two));
  EXPECT_EQ(two->front().array.shape[0], 2);
}

TEST_F(ProgramTest, InputsMustFitExactly) {
  auto program = load(addRows);
  ASSERT_TRUE(static_cast<bool>(program));
  Array x = Array::zeros(DType::F32, {1, 3});
  auto getRunError = [&](std::vector<NamedArray> arrays) {
    auto results = (*program)->runRows(arrays);
    return results ? "no error" : llvm::toString(results.takeError());
  };
  EXPECT_EQ(getRunError({{"x", x}}),
            "expected an array 'y' of int64[1, 3], found x");
  EXPECT_EQ(getRunError({{"x", x}, {"y", Array::zeros(DType::I32, {1, 3})}}),
            "input 'y': expected int64[1, 3], found int32[1, 3]");
  EXPECT_EQ(getRunError({{"x", x}, {"y", Array::zeros(DType::I64, {1, 4})}}),
            "input 'y': expected int64[1, 3], found int64[1, 4]");
  // Different numbers of rows are no batch.
  EXPECT_NE(getRunError({{"x", Array::zeros(DType::F32, {2, 3})},
                         {"y", Array::zeros(DType::I64, {3, 3})}}),
            "no error");
}

TEST_F(ProgramTest, ConstantsOfEveryKindReachTheCode) {
  std::vector<float> input(128, 1.0f);
  // A splat, a dense constant in a called function, and bits.
  std::vector<float> output = run(R"mlir(
    func.func private @scale(%x: tensor<128xf32>) -> tensor<128xf32> {
      %two = arith.constant dense<2.0> : tensor<128xf32>
      %r = arith.mulf %x, %two : tensor<128xf32>
      return %r : tensor<128xf32>
    }
    func.func @main(%x: tensor<128xf32>) -> tensor<128xf32> {
      %mask = arith.constant dense<true> : tensor<128xi1>
      %s = func.call @scale(%x) : (tensor<128xf32>) -> tensor<128xf32>
      %r = arith.select %mask, %s, %x : tensor<128xi1>, tensor<128xf32>
      return %r : tensor<128xf32>
    })mlir",
                                  input);
  EXPECT_EQ(output, std::vector<float>(128, 2.0f));
}

TEST_F(ProgramTest, AnInputReturnedTwiceIsCopiedAndKept) {
  auto program = load(R"mlir(
    func.func @main(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
      return %x, %x : tensor<2xf32>, tensor<2xf32>
    })mlir");
  ASSERT_TRUE(static_cast<bool>(program));
  Array x = Array::zeros(DType::F32, {2});
  reinterpret_cast<float *>(x.data.data())[1] = 3;
  auto results = (*program)->run({{"arg0", x}});
  ASSERT_TRUE(static_cast<bool>(results));
  EXPECT_EQ((*results)[0].array.data, x.data);
  EXPECT_EQ((*results)[1].array.data, x.data);
}

/// Largest relative error of `op` against the C library in double precision.
double getMathError(std::vector<float> (*runner)(void *, llvm::StringRef,
                                                 llvm::ArrayRef<float>),
                    void *test, llvm::StringRef op, double (*reference)(double),
                    float low, float high) {
  std::vector<float> input(4099);
  for (size_t i = 0; i < input.size(); ++i)
    input[i] = low + (high - low) * i / (input.size() - 1);
  std::string text = ("func.func @main(%x: tensor<4099xf32>) -> "
                      "tensor<4099xf32> {\n%y = math." +
                      op +
                      " %x : tensor<4099xf32>\n"
                      "return %y : tensor<4099xf32>\n}")
                         .str();
  std::vector<float> output = runner(test, text, input);
  double worst = 0;
  for (size_t i = 0; i < input.size(); ++i) {
    double expected = reference(input[i]);
    worst = std::max(worst, std::fabs(output[i] - expected) /
                                std::max(std::fabs(expected), 1e-30));
  }
  return worst;
}

TEST_F(ProgramTest, MathIsAccurateToOneInAMillion) {
  auto runner = [](void *test, llvm::StringRef text,
                   llvm::ArrayRef<float> input) {
    return static_cast<ProgramTest *>(test)->run(text, input);
  };
  struct Case {
    const char *op;
    double (*reference)(double);
    float low, high;
  } cases[] = {
      {"exp", std::exp, -80, 80},
      {"tanh", std::tanh, 0.01f, 9},
      {"tanh", std::tanh, -9, -0.01f},
      {"erf", std::erf, 0.01f, 5},
      {"erf", std::erf, -5, -0.01f},
      {"log", std::log, 1.1f, 1e6f},
      {"sqrt", std::sqrt, 0.1f, 1e6f},
      {"rsqrt", [](double x) { return 1 / std::sqrt(x); }, 0.1f, 1e6f},
  };
  for (const Case &c : cases)
    EXPECT_LT(getMathError(runner, this, c.op, c.reference, c.low, c.high),
              1e-6)
        << c.op << " on [" << c.low << ", " << c.high << ']';
}

TEST_F(ProgramTest, MathHandlesTheEndsOfTheRange) {
  const float inf = INFINITY;
  std::vector<float> output = run(R"mlir(
    func.func @main(%x: tensor<5xf32>) -> tensor<5xf32> {
      %y = math.exp %x : tensor<5xf32>
      return %y : tensor<5xf32>
    })mlir",
                                  {-inf, -10000.0f, 0.0f, 200.0f, NAN});
  EXPECT_EQ(output[0], 0.0f);
  EXPECT_LT(output[1], 1e-37f);
  EXPECT_EQ(output[2], 1.0f);
  EXPECT_EQ(output[3], inf);
  EXPECT_TRUE(std::isnan(output[4]));
}

TEST_F(ProgramTest, EveryLaneGivesTheSameBits) {
  // The same value in whole vectors, in the masked rest and alone.
  std::vector<float> input(37, 0.7654321f);
  std::vector<float> many = run(R"mlir(
    func.func @main(%x: tensor<37xf32>) -> tensor<37xf32> {
      %y = math.tanh %x : tensor<37xf32>
      return %y : tensor<37xf32>
    })mlir",
                                input);
  std::vector<float> one = run(R"mlir(
    func.func @main(%x: tensor<1xf32>) -> tensor<1xf32> {
      %y = math.tanh %x : tensor<1xf32>
      return %y : tensor<1xf32>
    })mlir",
                               {0.7654321f});
  for (float value : many)
    EXPECT_EQ(value, one[0]);
}

TEST_F(ProgramTest, WhatCannotRunIsNamed) {
  EXPECT_EQ(getError("func.func @other() { return }"),
            "expected a function 'main' with a body, found other");
  EXPECT_NE(getError(R"mlir(
    func.func @main(%x: tensor<?xf32>) { return })mlir")
                .find("'arg0' cannot be passed: expected a tensor of static "
                      "shape"),
            std::string::npos);
  EXPECT_NE(getError(R"mlir(
    func.func @main(%x: f32) { return })mlir")
                .find("'arg0' cannot be passed"),
            std::string::npos);
  context.allowUnregisteredDialects();
  EXPECT_NE(getError(R"mlir(
    func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
      %y = "foreign.op"(%x) : (tensor<2xf32>) -> tensor<2xf32>
      return %y : tensor<2xf32>
    })mlir")
                .find("foreign.op"),
            std::string::npos);
  EXPECT_NE(getError(R"mlir(
    func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
      "foreign.barrier"() : () -> ()
      return %x : tensor<2xf32>
    })mlir")
                .find("foreign.barrier"),
            std::string::npos);
  EXPECT_NE(getError(R"mlir(
    func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
      %y = func.call @main(%x) : (tensor<2xf32>) -> tensor<2xf32>
      return %y : tensor<2xf32>
    })mlir"),
            "no error");
}

TEST(Compare, ReportsTheLargestDifference) {
  Array found = Array::zeros(DType::F32, {2}), golden = found;
  reinterpret_cast<float *>(golden.data.data())[1] = 4.0f;
  reinterpret_cast<float *>(found.data.data())[1] = 5.0f;
  auto difference = compare(found, golden, "x");
  ASSERT_TRUE(static_cast<bool>(difference));
  EXPECT_EQ(difference->absolute, 1.0);
  EXPECT_EQ(difference->relative, 0.25);
  auto misfit = compare(found, Array::zeros(DType::F32, {3, 3}), "x");
  ASSERT_FALSE(static_cast<bool>(misfit));
  llvm::consumeError(misfit.takeError());
}

} // namespace
