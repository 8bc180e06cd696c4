//===- Persistent.h - what the published machine never forgets --*- C++ -*-===//
//
// The state that survives from one operation to the next in the published
// source (fact sheet 3.5), row by row:
//
//   Encoder      lane and mask counters, and a base that lags by one vector
//   StoreBase    the base of mask and data stores, which lags by one store
//   AddressUnit  a decoder's address generators: they need fresh tokens of
//                base, offset and configuration for each operation
//   BaseQueue    the mask reader's captured base and the queue behind it
//   LiteralState all of them, the units' sticky configurations, and the
//                datapath's latched M
//
// A register write sends tokens; a token for a unit whose mode bit is off is
// dropped. Units pass tokens on between the host's accesses, which are slower
// (fact sheet 3.4), so that all that can move has moved before the next write.
// Channels hold two tokens (fact sheet 5.8).
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_PERSISTENT_H
#define EDGEBERT_MACHINE_PERSISTENT_H

#include "edgebert/Machine/Registers.h"

#include "llvm/ADT/SmallVector.h"

#include <array>
#include <optional>
#include <string>

namespace edgebert::machine {

/// A queue of two words between two units.
class Channel {
public:
  bool empty() const { return words.empty(); }
  bool full() const { return words.size() == 2; }
  void push(uint32_t word) { words.push_back(word); }
  std::optional<uint32_t> pop();

private:
  llvm::SmallVector<uint32_t, 2> words;
};

/// Where the encoder puts vectors (fact sheet 3.5, rows 1 and 2).
struct Encoder {
  /// None before the first base_output: then it takes no vector.
  std::optional<uint32_t> base;
  /// Bases written later. One is taken after each vector, so that the next
  /// operation's first vector still goes to the old base.
  Channel bases;
  /// Never cleared: how many bytes of each lane and how many masks are stored.
  std::array<uint16_t, 16> lanes{};
  uint16_t vectors = 0;

  /// Whether all vectors go to `base`, counted from 0.
  bool isFresh() const { return vectors == 0 && lanes == decltype(lanes)(); }
  /// Passes a vector with this mask.
  void advance(uint16_t mask);
  /// Passes many, whose masks have `counts` bits of each lane.
  void advance(const std::array<uint32_t, 16> &counts, uint64_t count);
};

/// The base of a store (row 3). One is captured before the store command
/// arrives; after a store with none waiting it is 0.
struct StoreBase {
  std::optional<uint32_t> captured;
  Channel waiting;

  void take();
};

/// An address generator of a decoder: it starts to wait for masks as soon as
/// it has all its tokens, and what comes then is for the operation after
/// (row 7; row 9 for entropy).
class AddressUnit {
public:
  enum Token { Base, Offset, Config };

  /// False if the channel is full.
  bool send(Token token, uint32_t word);
  /// Takes tokens until all are there. Entropy has no such gate: it starts
  /// when the number of vectors in its configuration is not 0.
  void settle(bool gated);
  bool isArmed() const { return armed; }
  bool has(Token token) const { return ready >> token & 1; }
  uint32_t word(Token token) const { return words[token]; }
  /// The operation is over.
  void finish(bool gated);

private:
  std::array<Channel, 3> channels;
  std::array<uint32_t, 3> words{};
  unsigned ready = 0;
  bool armed = false;
};

/// From input_buffer_config to the mask readers of the matmul (row 6). A
/// reader holds one base until a matmul starts; behind it two wait, one is
/// being handed out, and so on back to the register.
struct BaseQueue {
  Channel fromControl, toSetup;
  /// Given to the decoders' ElemAdd units, not yet to the set-up unit.
  std::optional<uint32_t> forked;
  /// Given to the address units of decoders 0..handedTo.
  std::optional<uint32_t> inSetup;
  unsigned handedTo = 0;
  std::array<Channel, 2> waiting;
  std::array<std::optional<uint32_t>, 2> captured;
};

class LiteralState {
public:
  explicit LiteralState(const Description &desc)
      : fields(AddressFields::of(desc)) {}

  /// Sends the tokens of a register write. The text says why the write would
  /// never be finished, and then nothing has changed; it is empty otherwise.
  std::string write(Register reg, uint32_t word);

  /// What an operation sees in place of the registers.
  struct View {
    /// Why the operation never ends; empty if it does.
    std::string hang;
    /// Mask rows of the operands and the data bytes of their bases.
    std::array<uint32_t, 2> maskBase{}, dataByte{};
    /// gb_control_config and periph_config as the unit has them.
    uint32_t control = 0, periph = 0;
    /// Tiles of 16 columns that the datapath sums for a result.
    unsigned latchedTiles = 0;
  };
  View startMatmul(uint32_t matrixConfig);
  View startUnit(Command command, unsigned decoder);
  void finishMatmul();
  void finishUnit(Command command, unsigned decoder);

  Encoder encoder;
  StoreBase maskStore, dataStore;

private:
  /// A special-function unit's configuration: sticky until it is replaced.
  struct UnitConfig {
    std::optional<uint32_t> input, control, periph;
  };
  enum { N0, N1, LayerNorm, Softmax, Entropy, ElemAdd, NumAddressUnits };
  static unsigned addressUnit(Command command);
  static bool isGated(unsigned addressUnit) { return addressUnit != Entropy; }

  std::string send(Register reg, uint32_t word);
  /// To the address units first..last whose mode bits are on.
  void sendToDecoder(unsigned decoder, unsigned first, unsigned last,
                     AddressUnit::Token token, uint32_t word);
  void settleBases();
  void describeMissing(std::string &hang, unsigned decoder, unsigned unit,
                       llvm::StringRef configuration) const;

  AddressFields fields;
  std::array<uint32_t, 2> decoderModes{};
  uint32_t gbModes = 0;
  AddressUnit units[2][NumAddressUnits];
  BaseQueue bases;
  /// LayerNorm, SMax, ElemAdd, Enpy.
  std::array<UnitConfig, 4> configs;
  std::optional<uint32_t> entropyConfig;

  /// The datapath's M in tiles (row 4) and the later ones that nobody reads
  /// (row 5).
  std::optional<unsigned> latchedTiles;
  Channel unreadTiles;
  /// Tiles of an earlier matmul are still in the datapath.
  bool leftOver = false;
  /// A token found its channel full.
  std::string blocked;
};

} // namespace edgebert::machine

#endif // EDGEBERT_MACHINE_PERSISTENT_H
