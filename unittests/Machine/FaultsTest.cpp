//===- FaultsTest.cpp - faults in memories and registers ------------------===//

#include "edgebert/Machine/Faults.h"

#include "Driver.h"

using namespace edgebert;
using namespace edgebert::machine;
using numerics::FaultPlan;

namespace {

FaultPlan parse(llvm::StringRef text) {
  return llvm::cantFail(FaultPlan::parse(text, "plan.yaml"));
}

std::string errorOf(llvm::StringRef text) {
  Machine chip(Description::asic());
  auto faults = MachineFaults::resolve(parse(text), chip);
  return faults ? "" : llvm::toString(faults.takeError());
}

TEST(Faults, StrikeBeforeTheirCommand) {
  Driver driver(Description::asic());
  MachineFaults faults(driver.chip);
  faults.arm(llvm::cantFail(MachineFaults::resolve(
      parse("faults:\n"
            "  - {machine: data, decoder: 1, address: 40, bit: 3, command: 0}\n"
            "  - {machine: mask, address: 2, bit: 15, command: 0}\n"
            "  - {machine: aux, address: 7, bits: [0, 1], command: 0}\n"
            "  - {machine: register, address: 20, bit: 4, command: 0}\n"
            "  - {machine: data, address: 0, bit: 0, command: 1}\n"
            "  - {machine: data, address: 1, bit: 0, cycle: 100000000}\n"),
      driver.chip)));
  EXPECT_TRUE(faults.isArmed());
  ASSERT_FALSE(bool(faults.beforeCommand()));
  EXPECT_EQ(driver.chip.dataMemory(1)[40], 8);
  EXPECT_EQ(driver.chip.maskMemory(0)[2], 0x8000);
  EXPECT_EQ(driver.chip.auxMemory()[7], 3);
  EXPECT_EQ(llvm::cantFail(driver.chip.readRegister(20)), 16u);
  EXPECT_EQ(driver.chip.dataMemory(0)[0], 0);
  EXPECT_EQ(faults.getPending().size(), 2u);

  // What has struck does not strike again.
  ASSERT_FALSE(bool(faults.beforeCommand()));
  EXPECT_EQ(driver.chip.dataMemory(1)[40], 8);

  ASSERT_FALSE(bool(driver.chip.load(MemoryKind::Data, 1, driver.kDram, 16)));
  ASSERT_FALSE(bool(faults.beforeCommand()));
  EXPECT_EQ(driver.chip.dataMemory(0)[0], 1);
  EXPECT_EQ(faults.getPending().size(), 1u);
  ASSERT_EQ(faults.getRecords().size(), 5u);
  EXPECT_EQ(faults.getRecords()[4].fault, 4);
  // The load has overwritten the fault.
  EXPECT_EQ(driver.chip.dataMemory(1)[40], 0);
}

TEST(Faults, ImpossibleTargets) {
  EXPECT_EQ(errorOf("faults: [{machine: accumulator, address: 0, command: 1}]"),
            "fault 0: the simulator keeps no state of 'accumulator' between "
            "commands; expected data, mask, aux or register");
  EXPECT_EQ(errorOf("faults: [{machine: data, address: 99999999, command: 1}]")
                .find("fault 0: expected an address from 0 to "),
            0u);
  EXPECT_EQ(errorOf("faults: [{machine: register, address: 4, command: 1}]"),
            "fault 0: expected the offset of a configuration register, found "
            "0x4");
  EXPECT_EQ(errorOf("faults: [{machine: data, address: 4}]"),
            "fault 0: expected cycle or command");
  EXPECT_EQ(errorOf("faults: [{machine: mask, address: 4, bit: 16, cycle: 1}]"),
            "fault 0: expected bits 0 to 15 of i16, found 16");
}

} // namespace
