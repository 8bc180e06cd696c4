//===- MatmulPipeline.cpp - the published matmul, cycle by cycle ----------===//

#include "MatmulPipeline.h"

#include "Streams.h"

#include "edgebert/Machine/Kernels.h"

#include "llvm/ADT/STLExtras.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>

using namespace edgebert::machine;

namespace {

/// What a channel carries: a request to a memory, its answer, or a vector.
struct Token {
  bool store = false;
  uint32_t maskRow = 0;
  /// A mask row; in a request for data, the lanes that are meant.
  uint16_t mask = 0;
  std::array<uint16_t, 16> addresses{};
  std::array<uint8_t, 16> codes{};
};

/// A channel: one token at the sender, one at the receiver.
struct Link {
  std::optional<Token> sender, receiver;

  /// Before the units of a cycle run.
  void move() {
    if (!sender || receiver)
      return;
    receiver = std::move(sender);
    sender.reset();
  }
  /// False if the sender has to try again in the next cycle.
  bool push(const Token &token) {
    if (sender)
      return false;
    sender = token;
    return true;
  }
  std::optional<Token> pop() {
    std::optional<Token> token = std::move(receiver);
    receiver.reset();
    return token;
  }
};

/// A thread of the source; step() is what it does in a cycle.
struct Unit {
  virtual ~Unit() = default;
  virtual void step() = 0;
};

/// Takes a token, works on it, hands it on in the same cycle or, while the
/// channel is full, later; nothing if work() returns false.
struct Stage : Unit {
  using Work = std::function<bool(Token &)>;
  Stage(Link &in, Link &out, Work work = nullptr)
      : in(in), out(out), work(std::move(work)) {}

  void step() override {
    if (!held) {
      held = in.pop();
      if (held && work && !work(*held))
        held.reset();
    }
    if (held && out.push(*held))
      held.reset();
  }

  Link &in, &out;
  Work work;
  std::optional<Token> held;
};

/// Makes tokens until there are no more.
struct Source : Unit {
  using Next = std::function<bool(Token &)>;
  Source(Link &out, Next next) : out(out), next(std::move(next)) {}

  void step() override {
    if (!held) {
      held.emplace();
      if (!next(*held))
        held.reset();
    }
    if (held && out.push(*held))
      held.reset();
  }

  Link &out;
  Next next;
  std::optional<Token> held;
};

/// A crossbar with one output: a queue per input, round robin downwards.
struct Crossbar : Unit {
  Crossbar(std::vector<Link *> inputs, Link &out, size_t depth)
      : inputs(std::move(inputs)), out(out), depth(depth),
        queues(this->inputs.size()), last(unsigned(queues.size())) {}

  void step() override {
    if (!held) {
      for (auto [input, queue] : llvm::zip(inputs, queues))
        if (queue.size() < depth)
          if (std::optional<Token> token = input->pop())
            queue.push_back(*token);
      pick();
    }
    if (held && out.push(*held))
      held.reset();
  }

  /// The highest input below the last one picked, or the highest of all.
  void pick() {
    for (unsigned limit : {last, unsigned(queues.size())})
      for (unsigned i = limit; i-- > 0;)
        if (!queues[i].empty()) {
          held = queues[i].front();
          queues[i].pop_front();
          last = i == 0 ? unsigned(queues.size()) : i;
          return;
        }
  }

  std::vector<Link *> inputs;
  Link &out;
  size_t depth;
  std::vector<std::deque<Token>> queues;
  unsigned last;
  std::optional<Token> held;
};

/// Receives a tile of both operands in 16 cycles, multiplies it in 16, tells
/// the accumulators in one whether the sum is complete. The numbers are
/// computed when it is, by the kernel.
struct Datapath : Unit {
  Datapath(const MatmulPipeline &p, Link &in0, Link &in1, Link &products,
           Link &flags, UnitStats &stats)
      : p(p), in{&in0, &in1}, products(products), flags(flags), stats(stats),
        block(p.cfg) {
    block.n0 = block.n1 = 16;
    block.m = 16 * p.tiles;
    for (std::vector<uint8_t> &operand : operands)
      operand.resize(16 * size_t(block.m));
  }

  void step() override {
    if (phase < 16) {
      for (unsigned d = 0; d < 2; ++d)
        if (!received[d]) {
          received[d] = in[d]->pop();
          if (!received[d])
            return;
        }
      for (unsigned d = 0; d < 2; ++d) {
        llvm::copy(received[d]->codes,
                   &operands[d][phase * size_t(block.m) + 16 * tile]);
        received[d].reset();
      }
      ++phase;
    } else if (phase < 32) {
      phase += products.push(Token());
    } else {
      Token flag;
      flag.store = tile + 1 == p.tiles;
      if (!flags.push(flag))
        return;
      if (flag.store) {
        results.emplace_back();
        kernels::matmul(p.desc, block, operands[0].data(), operands[1].data(),
                        results.back().data(), &stats);
      }
      tile = flag.store ? 0 : tile + 1;
      phase = 0;
    }
  }

  const MatmulPipeline &p;
  Link *in[2];
  Link &products, &flags;
  UnitStats &stats;
  MatmulConfig block;
  std::vector<uint8_t> operands[2];
  std::optional<Token> received[2];
  unsigned phase = 0, tile = 0;
  /// Rows of 16 x 16 results that the accumulators have not sent yet.
  std::deque<std::array<uint8_t, 256>> results;
};

/// Takes a vector of products a cycle; when a sum is complete, sends its 16
/// rows instead.
struct Accumulators : Unit {
  Accumulators(Datapath &datapath, Link &out) : datapath(datapath), out(out) {}

  void step() override {
    if (row == kIdle) {
      datapath.products.pop();
      std::optional<Token> flag = datapath.flags.pop();
      if (!flag || !flag->store)
        return;
      row = 0;
    }
    if (row == 16) {
      datapath.results.pop_front();
      row = kIdle;
      return;
    }
    Token token;
    std::copy_n(&datapath.results.front()[16 * row], 16, token.codes.begin());
    row += out.push(token);
  }

  static constexpr unsigned kIdle = ~0u;
  Datapath &datapath;
  Link &out;
  unsigned row = kIdle;
};

/// Sends the mask of a vector, then its bytes.
struct EncodeUnit : Unit {
  EncodeUnit(Encoder &encoder, Link &in, Link &masks, Link &data)
      : encoder(encoder), in(in), masks(masks), data(data) {}

  void step() override {
    if (!held) {
      held = in.pop();
      if (!held)
        return;
      encode(*held);
      maskSent = false;
    }
    maskSent = maskSent || masks.push(*held);
    if (maskSent && data.push(*held))
      held.reset();
  }

  void encode(Token &token) {
    token.store = true;
    token.maskRow = *encoder.base + encoder.vectors;
    for (unsigned lane = 0; lane < 16; ++lane) {
      token.addresses[lane] =
          uint16_t(*encoder.base + 16u * encoder.lanes[lane] + lane);
      token.mask |= uint16_t(token.codes[lane] != 0) << lane;
    }
    encoder.advance(token.mask);
  }

  Encoder &encoder;
  Link &in, &masks, &data;
  std::optional<Token> held;
  bool maskSent = false;
};

/// All units and channels of a matmul.
class Chip {
public:
  Chip(MatmulPipeline &p, UnitStats &stats) : p(p) {
    Link &encodedMask = link(), &encodedData = link();
    Link &operand0 = link(), &operand1 = link();
    addDecoder(0, encodedMask, encodedData, operand0);
    addDecoder(1, encodedMask, encodedData, operand1);
    Link &products = link(), &flags = link(), &sums = link(), &vectors = link(),
         &toEncode = link();
    Link &toMaskMux = link(), &toDataMux = link();
    auto &datapath =
        add<Datapath>(p, operand0, operand1, products, flags, stats);
    add<Accumulators>(datapath, sums);
    add<Stage>(sums, vectors, [this](Token &) {
      ++results;
      return true;
    });
    add<Crossbar>(std::vector<Link *>{&vectors}, toEncode, 2);
    add<EncodeUnit>(p.encoder, toEncode, toMaskMux, toDataMux);
    add<Stage>(toMaskMux, encodedMask);
    add<Stage>(toDataMux, encodedData);
  }

  uint64_t run() {
    uint64_t expected = uint64_t(p.cfg.n0 / 16) * p.cfg.n1;
    // The start's way to the mask readers, and from the last result to the
    // interrupt.
    uint64_t cycle = 2, end = 0;
    while (maskStores < expected || dataStores < expected) {
      ++cycle;
      for (Link &l : links)
        l.move();
      for (auto &unit : units)
        unit->step();
      if (results == expected && end == 0)
        end = cycle;
    }
    return end + 1;
  }

private:
  Link &link() { return links.emplace_back(); }
  template <typename T, typename... Args>
  T &add(Args &&...args) {
    auto unit = std::make_unique<T>(std::forward<Args>(args)...);
    T &result = *unit;
    units.push_back(std::move(unit));
    return result;
  }

  /// Mask reader, memories and address generator of a decoder.
  void addDecoder(unsigned d, Link &encodedMask, Link &encodedData,
                  Link &operand);
  Source::Next maskRequests(unsigned d) const;
  Stage::Work addresses(unsigned d) const;

  MatmulPipeline &p;
  /// References to them stay valid.
  std::deque<Link> links;
  std::vector<std::unique_ptr<Unit>> units;
  uint64_t results = 0, maskStores = 0, dataStores = 0;
};

} // namespace

/// All of operand 0 for each block of operand 1; a block of operand 1 for each
/// block of operand 0.
Source::Next Chip::maskRequests(unsigned d) const {
  uint64_t blocks0 = p.cfg.n0 / 16, blocks1 = p.cfg.n1 / 16, m = p.cfg.m;
  return [=, base = p.sides[d].maskRow, next = uint64_t(0)](Token &t) mutable {
    if (next == blocks0 * blocks1 * m)
      return false;
    uint64_t block = d == 0 ? next / m % blocks0 : next / m / blocks0;
    t.maskRow = uint32_t(base + block * m + next % m);
    ++next;
    return true;
  };
}

Stage::Work Chip::addresses(unsigned d) const {
  uint64_t blocks0 = p.cfg.n0 / 16, m = p.cfg.m;
  return [=, base = p.sides[d].dataByte, next = uint64_t(0),
          counters = LaneCounters(), start = LaneCounters()](Token &t) mutable {
    for (unsigned lane = 0; lane < 16; ++lane) {
      t.addresses[lane] = uint16_t(base + 16 * counters[lane] + lane);
      counters[lane] += t.mask >> lane & 1;
    }
    ++next;
    // Operand 1 goes on to its next block after all blocks of operand 0.
    if (d == 1 && next % (blocks0 * m) == 0)
      start = counters;
    if (next % (d == 0 ? blocks0 * m : m) == 0)
      counters = start;
    return true;
  };
}

void Chip::addDecoder(unsigned d, Link &encodedMask, Link &encodedData,
                      Link &operand) {
  MatmulPipeline::Side &side = p.sides[d];
  auto readOrWriteMask = [this, &side](Token &t) {
    uint16_t &cell = side.masks[t.maskRow % side.masks.size()];
    if (!t.store) {
      t.mask = cell;
      return true;
    }
    cell = t.mask;
    ++maskStores;
    return false;
  };
  auto readOrWriteData = [this, &side](Token &t) {
    forEachLane(t.mask, [&](unsigned lane) {
      uint8_t &cell = side.data[t.addresses[lane] % side.data.size()];
      if (t.store)
        cell = t.codes[lane];
      else
        t.codes[lane] = cell;
    });
    dataStores += t.store;
    return !t.store;
  };
  /// A row of stages that hand on what they get.
  auto relay = [this](Link &from, unsigned stages) -> Link & {
    Link *last = &from;
    for (unsigned i = 0; i < stages; ++i) {
      Link &next = link();
      add<Stage>(*last, next);
      last = &next;
    }
    return *last;
  };

  Link &requests = link(), &toMasks = link(), &masks = link();
  add<Source>(requests, maskRequests(d));
  std::vector<Link *> inputs = {&requests};
  if (d == p.outputDecoder)
    inputs = {&encodedMask, &requests};
  add<Crossbar>(inputs, toMasks, 5);
  add<Stage>(toMasks, masks, readOrWriteMask);

  // Response merge and dispatch, then the address generator and its crossbar.
  Link &dispatched = relay(masks, 2);
  Link &addressed = link(), &generated = link(), &toData = link();
  add<Stage>(dispatched, addressed, addresses(d));
  add<Crossbar>(std::vector<Link *>{&addressed}, generated, 6);
  inputs = {&generated};
  if (d == p.outputDecoder)
    inputs = {&encodedData, &generated};
  add<Crossbar>(inputs, toData, 4);

  // The data memory, response merge, vector assembly, output steer, set-up.
  Link &data = link();
  add<Stage>(toData, data, readOrWriteData);
  add<Stage>(relay(data, 3), operand);
}

uint64_t MatmulPipeline::run(UnitStats &stats) {
  return Chip(*this, stats).run();
}
