//===- TimelineTest.cpp - properties of time ------------------------------===//

#include "edgebert/Machine/Machine.h"
#include "edgebert/Machine/Timing.h"

#include "gtest/gtest.h"

#include <random>

using namespace edgebert::machine;

namespace {

/// A driver's actions, the same for every machine they are played on.
struct Action {
  enum { Write, Read, Work, Load, Store, Matmul, Softmax } kind;
  unsigned amount = 0;
  unsigned decoder = 0;
  HostWork work = HostWork::Op;
};

std::vector<Action> randomActions(unsigned seed) {
  std::mt19937 rng(seed);
  std::vector<Action> actions;
  for (unsigned i = 0; i < 200; ++i) {
    Action action{Action::Write};
    action.kind = decltype(action.kind)(rng() % 7);
    action.amount = 1 + rng() % 64;
    action.decoder = rng() % 2;
    action.work = HostWork(rng() % 3);
    actions.push_back(action);
  }
  return actions;
}

class Player {
public:
  explicit Player(const Description &desc) : machine(desc), dram(1 << 16) {
    machine.attachMemory(dram.data(), dram.size());
    machine.recordEvents();
  }

  void play(llvm::ArrayRef<Action> actions) {
    for (const Action &action : actions)
      play(action);
    machine.drain();
  }

  Machine machine;

private:
  void play(const Action &action) {
    switch (action.kind) {
    case Action::Write:
      return check(machine.writeRegister(uint32_t(Register::MaskReadBase), 0));
    case Action::Read:
      return check(
          machine.readRegister(uint32_t(Register::Status)).takeError());
    case Action::Work:
      return machine.addHostWork(action.work, action.amount);
    case Action::Load:
      return check(
          machine.load(MemoryKind::Data, action.decoder, 0, action.amount));
    case Action::Store:
      return check(machine.store(MemoryKind::Data, action.decoder, 0x8000, 1024,
                                 action.amount));
    case Action::Matmul: {
      MatmulConfig cfg;
      cfg.n0 = 16 * (1 + action.amount % 4);
      MatmulPlacement place;
      place.output = 2048;
      place.outputDecoder = action.decoder;
      return check(machine.runMatmul(cfg, place));
    }
    case Action::Softmax: {
      SoftmaxConfig cfg;
      cfg.shape = {2, 4};
      UnitPlacement place;
      place.output = 3072;
      place.decoder = action.decoder;
      return check(machine.runSoftmax(cfg, place, 0));
    }
    }
  }
  void check(llvm::Error error) {
    if (error)
      ADD_FAILURE() << llvm::toString(std::move(error));
  }
  std::vector<uint8_t> dram;
};

Stats play(const Description &desc, unsigned seed) {
  Player player(desc);
  player.play(randomActions(seed));
  return player.machine.stats();
}

Description withQueue(unsigned depth) {
  Description desc = Description::asic();
  desc.commandQueueDepth = depth;
  return desc;
}

TEST(Timeline, WithoutOverlapTheTotalIsTheSumOfTheParts) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    Stats stats = play(withQueue(1), seed);
    uint64_t busy = 0;
    for (uint64_t cycles : stats.busy)
      busy += cycles;
    EXPECT_EQ(stats.totalCycles(), busy);
  }
}

TEST(Timeline, NoResourceWorksLongerThanTheTotal) {
  for (unsigned depth : {1u, 2u, 8u})
    for (unsigned seed = 0; seed < 20; ++seed) {
      Stats stats = play(withQueue(depth), seed);
      for (uint64_t cycles : stats.busy)
        EXPECT_LE(cycles, stats.totalCycles());
    }
}

TEST(Timeline, MoreOverlapIsNeverSlowerAndSomeIsFaster) {
  uint64_t serial = 0, overlapped = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    uint64_t previous = ~uint64_t(0);
    for (unsigned depth : {1u, 2u, 3u, 8u, 64u}) {
      uint64_t total = play(withQueue(depth), seed).totalCycles();
      EXPECT_LE(total, previous) << "depth " << depth << ", seed " << seed;
      previous = total;
      (depth == 1 ? serial : overlapped) = depth == 1 ? serial + total : 0;
      if (depth == 64)
        overlapped += total;
    }
  }
  EXPECT_LT(overlapped, serial);
}

TEST(Timeline, AWiderBusIsNeverSlower) {
  for (unsigned depth : {1u, 4u})
    for (unsigned seed = 0; seed < 10; ++seed) {
      uint64_t previous = ~uint64_t(0);
      for (unsigned bytes : {8u, 16u, 32u, 64u}) {
        Description desc = withQueue(depth);
        desc.busBytes = bytes;
        uint64_t total = play(desc, seed).totalCycles();
        EXPECT_LE(total, previous) << bytes;
        previous = total;
      }
    }
}

TEST(Timeline, FasterHostsAreNeverSlower) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    Description desc = withQueue(4);
    uint64_t base = play(desc, seed).totalCycles();
    desc.host.registerWriteCycles = 1;
    uint64_t writes = play(desc, seed).totalCycles();
    desc.host.opCyclesPerElement = 1;
    uint64_t ops = play(desc, seed).totalCycles();
    EXPECT_LE(writes, base);
    EXPECT_LE(ops, writes);
  }
}

TEST(Timeline, IsDeterministic) {
  for (unsigned depth : {1u, 4u}) {
    Player a(withQueue(depth)), b(withQueue(depth));
    a.play(randomActions(7));
    b.play(randomActions(7));
    EXPECT_EQ(a.machine.stats().cycles, b.machine.stats().cycles);
    EXPECT_EQ(a.machine.events().size(), b.machine.events().size());
  }
}

TEST(Timeline, EventsOfAResourceDoNotOverlapAndSumToItsWork) {
  for (unsigned depth : {1u, 8u}) {
    Player player(withQueue(depth));
    player.play(randomActions(3));
    Stats stats = player.machine.stats();
    std::array<uint64_t, kNumResources> busy{}, last{};
    for (const Event &event : player.machine.events()) {
      unsigned r = unsigned(event.resource);
      EXPECT_LE(last[r], event.begin);
      EXPECT_LT(event.begin, event.end);
      EXPECT_LE(event.end, stats.totalCycles());
      last[r] = event.end;
      busy[r] += event.end - event.begin;
    }
    EXPECT_EQ(busy, stats.busy);
  }
}

TEST(Timeline, DependentCommandsDoNotOverlap) {
  // A matmul on decoder 0's start must wait for the load of it; one that
  // reads elsewhere need not.
  for (unsigned base : {0u, 8192u}) {
    Player player(withQueue(8));
    Machine &m = player.machine;
    llvm::cantFail(m.load(MemoryKind::Data, 0, 0, 256));
    MatmulConfig cfg;
    MatmulPlacement place;
    place.operand0.base = base;
    place.output = 2048;
    llvm::cantFail(m.runMatmul(cfg, place));
    m.drain();
    uint64_t load = timing::dataLoad(m.description(), 512);
    EXPECT_EQ(m.events()[1].begin, base == 0 ? load : 0u);
  }
}

TEST(Timeline, OperationsSumToTheTotal) {
  Player player(withQueue(1));
  Machine &m = player.machine;
  std::vector<Action> actions = randomActions(5);
  const char *names[] = {"a", "b", "a", "c"};
  for (unsigned i = 0; i < 4; ++i) {
    m.setOrigin(names[i]);
    player.play(llvm::ArrayRef(actions).slice(50 * i, 50));
  }
  Stats sum;
  std::vector<std::string> order;
  for (const Machine::Operation &operation : m.operations()) {
    order.push_back(operation.name);
    sum += operation.stats;
  }
  EXPECT_EQ(order, (std::vector<std::string>{"", "a", "b", "c"}));
  EXPECT_EQ(sum.cycles, m.stats().cycles);
  EXPECT_EQ(sum.commands, m.stats().commands);
  EXPECT_EQ(m.operations()[0].stats.totalCycles(), 0u);
  for (const Event &event : m.events())
    EXPECT_GE(event.origin, 1u);
  m.clearStats();
  EXPECT_EQ(m.stats().totalCycles(), 0u);
}

} // namespace
