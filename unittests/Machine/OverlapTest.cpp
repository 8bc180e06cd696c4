//===- OverlapTest.cpp - receiving tiles while computing ------------------===//

#include "edgebert/Machine/Machine.h"
#include "edgebert/Machine/Timing.h"

#include "gtest/gtest.h"

using namespace edgebert::machine;

namespace {

TEST(OverlapReceive, SavesTheReceptionOfAllTilesButTheFirst) {
  Description published, overlapped;
  overlapped.overlapReceive = true;
  for (unsigned n0 : {16u, 32u, 80u, 1008u})
    for (unsigned n1 : {16u, 48u, 1008u})
      for (unsigned m : {16u, 32u, 128u, 4080u}) {
        uint64_t tiles = uint64_t(n0 / 16) * (n1 / 16) * (m / 16);
        uint64_t cycles = timing::matmul(published, n0, n1, m);
        EXPECT_EQ(timing::matmul(overlapped, n0, n1, m),
                  cycles - 16 * (tiles - 1));
        // 16 cycles of receiving and the flag remain of each.
        EXPECT_GE(timing::matmul(overlapped, n0, n1, m), 17 * tiles);
      }
}

TEST(OverlapReceive, LeavesNothingToSkip) {
  auto cyclesOf = [](bool overlap, bool skip) {
    Description desc;
    desc.overlapReceive = overlap;
    desc.skipZeroVectors = skip;
    Machine machine(desc);
    // Both operands all zero: masks and data are, after construction.
    MatmulConfig cfg;
    cfg.n0 = cfg.n1 = cfg.m = 64;
    MatmulPlacement place;
    place.outputDecoder = 1;
    place.output = 5120; // Mask row 1024, past the 256 of the operand.
    llvm::cantFail(machine.runMatmul(cfg, place));
    return machine.stats()[CycleKind::Compute];
  };
  EXPECT_LT(cyclesOf(false, true), cyclesOf(false, false));
  EXPECT_LT(cyclesOf(true, false), cyclesOf(false, false));
  EXPECT_EQ(cyclesOf(true, true), cyclesOf(true, false));
}

} // namespace
