//===- Hazards.h - results that land on operands still needed ---*- C++ -*-===//
//
// An operation reads operands and writes its result over time. A result cell
// may be an operand's cell once that has been read for the last time. Time is
// counted in steps of the operation (vectors, tiles); a step reads before it
// writes.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_MACHINE_HAZARDS_H
#define EDGEBERT_LIB_MACHINE_HAZARDS_H

#include "edgebert/Machine/Machine.h"

#include "Streams.h"

#include <functional>
#include <string>

namespace edgebert::machine {

class Machine::Hazards {
public:
  /// The step of vector `index` of a stream.
  using Step = std::function<uint64_t(uint64_t index)>;

  struct Operand {
    std::string name;
    /// First mask row and first data byte.
    uint32_t maskRow, dataByte;
    /// The masks when the operation starts.
    std::vector<uint16_t> masks;
    /// When a vector is read last.
    Step lastRead;
  };

  std::vector<Operand> operands;
  /// When a vector of the result is written.
  Step written = [](uint64_t index) { return index; };

  /// An error if the result, at these places with these masks, lands on a cell
  /// of an operand that is read later. `decoderName` for the message.
  llvm::Error check(uint32_t maskRow, uint32_t dataByte,
                    llvm::ArrayRef<uint16_t> masks) const;

private:
  llvm::Error checkAgainst(const Operand &operand, uint32_t maskRow,
                           uint32_t dataByte,
                           llvm::ArrayRef<uint16_t> masks) const;
};

} // namespace edgebert::machine

#endif // EDGEBERT_LIB_MACHINE_HAZARDS_H
