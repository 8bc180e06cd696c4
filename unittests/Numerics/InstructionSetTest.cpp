//===- InstructionSetTest.cpp - which vector instructions kernels use -----===//

#include "edgebert/Numerics/InstructionSet.h"
#include "gtest/gtest.h"

#include <cstdlib>

using namespace edgebert::numerics;

namespace {

TEST(InstructionSet, NamesOfSupportedSetsParse) {
  for (Isa isa : allIsas()) {
    llvm::Expected<Isa> parsed = isaNamed(isaName(isa));
    if (isSupported(isa)) {
      ASSERT_TRUE(bool(parsed));
      EXPECT_EQ(*parsed, isa);
      EXPECT_GE(bestIsa(), isa);
    } else {
      std::string message = llvm::toString(parsed.takeError());
      EXPECT_EQ(message.find("this processor has no instruction set"), 0u);
    }
  }
  EXPECT_TRUE(isSupported(Isa::Portable));
  std::string message = llvm::toString(isaNamed("sse").takeError());
  EXPECT_EQ(message.find("unknown instruction set 'sse'; expected one of "
                         "portable"),
            0u)
      << message;
}

TEST(InstructionSet, TheEnvironmentDecides) {
  const char *name = std::getenv("EDGEBERT_ISA");
  EXPECT_EQ(activeIsa(), name ? llvm::cantFail(isaNamed(name)) : bestIsa());
}

TEST(InstructionSetDeathTest, AWrongNameEndsTheProgram) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        setenv("EDGEBERT_ISA", "sse", 1);
        activeIsa();
      },
      testing::ExitedWithCode(1),
      "error: environment variable EDGEBERT_ISA: unknown instruction set "
      "'sse'");
}

} // namespace
