//===- RegisterSyntax.h - registers and fields as words ---------*- C++ -*-===//
//
// What the assembler and the disassembler of register logs share: the names of
// Registers.h as words without blanks, for a machine's layout.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_MACHINE_REGISTERSYNTAX_H
#define EDGEBERT_LIB_MACHINE_REGISTERSYNTAX_H

#include "edgebert/Machine/Registers.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <array>
#include <optional>
#include <string>

namespace edgebert::machine {

/// The name of the bits that no field covers.
inline constexpr llvm::StringLiteral kReserved = "reserved";
inline constexpr llvm::StringLiteral kAddressBits = "address_bits";
inline constexpr llvm::StringLiteral kChecksum = "crc32";

struct FieldSyntax {
  Field field;
  /// "m_1_aux" of "M_1 (aux)".
  std::string name;
  /// Names of the field's bits from 0 on; none: it is a number.
  llvm::ArrayRef<llvm::StringLiteral> bits;
};

struct RegisterSyntax {
  llvm::SmallVector<FieldSyntax, 8> fields;
  /// The bits of `fields`.
  uint32_t covered = 0;
  /// Whether the register is written as one value, without a field's name.
  bool isPlain = true;

  const FieldSyntax *find(llvm::StringRef name) const;
};

/// All registers of a machine.
class SyntaxTable {
public:
  explicit SyntaxTable(const Description &layout);

  /// Null for an offset that is no register's.
  const RegisterSyntax *find(uint32_t offset) const {
    return registerName(offset).empty() ? nullptr : &registers[offset / 4];
  }
  static std::optional<Register> findRegister(llvm::StringRef name);

private:
  std::array<RegisterSyntax, kNumRegisters> registers;
};

} // namespace edgebert::machine

#endif // EDGEBERT_LIB_MACHINE_REGISTERSYNTAX_H
