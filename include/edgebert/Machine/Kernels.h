//===- Kernels.h - the functional units, fast -------------------*- C++ -*-===//
//
// The same results and the same statistics as Units.h. The matrix multiply
// uses AVX-512 VNNI or AVX2 where it may (InstructionSet.h); the
// special-function units read their functions from tables that are built on
// first use.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_MACHINE_KERNELS_H
#define EDGEBERT_MACHINE_KERNELS_H

#include "edgebert/Machine/Timing.h"
#include "edgebert/Machine/Units.h"
#include "edgebert/Numerics/InstructionSet.h"

#include <array>
#include <vector>

namespace edgebert::machine::kernels {

void matmul(const Description &desc, const MatmulConfig &cfg, const uint8_t *a,
            const uint8_t *b, uint8_t *out, UnitStats *stats = nullptr);
void softmax(const Description &desc, const SoftmaxConfig &cfg,
             const uint8_t *x, const uint8_t *span, uint8_t *out,
             UnitStats *stats = nullptr);
void softmaxRow(const Description &desc, const SoftmaxConfig &cfg,
                SoftmaxPasses x, const uint8_t *span, uint8_t *out,
                UnitStats *stats = nullptr);
void layerNorm(const Description &desc, const LayerNormConfig &cfg,
               const uint8_t *x, const uint8_t *gamma, const uint8_t *beta,
               uint8_t *out, UnitStats *stats = nullptr);
void add(const Description &desc, const AddConfig &cfg, const uint8_t *x,
         const uint8_t *y, uint8_t *out, UnitStats *stats = nullptr);
EntropyResult entropy(const Description &desc, const EntropyConfig &cfg,
                      const uint8_t *x, UnitStats *stats = nullptr);

using numerics::Isa;

/// A matrix of operands (numerics::decodeOperand of codes), prepared for
/// multiplication. Rows and columns are multiples of 16, the columns of 4-bit
/// codes of 32.
class Operand {
public:
  Operand() = default;
  /// From row-major codes.
  Operand(const uint8_t *codes, unsigned rows, unsigned columns,
          Precision precision = Precision::Afp8);

  unsigned rows() const { return numRows; }
  unsigned columns() const { return numColumns; }
  /// Operand row `r`, `columns()` numbers.
  const int16_t *row(unsigned r) const {
    return decoded.data() + size_t(r) * numColumns;
  }
  /// Not less than the Euclidean norm of row `r`; with that of another row it
  /// bounds their product.
  float norm(unsigned r) const { return norms[r]; }
  float maxNorm() const { return largestNorm; }
  /// Per column of tiles, the vectors and the tiles that have only zero bytes.
  llvm::ArrayRef<timing::ZeroCounts> zeros() const { return zeroCounts; }
  /// How many vectors (16 bytes of a row) have only zero bytes.
  uint64_t zeroVectors() const;
  /// For 16 rows at a time: of each pair of columns, the 16 pairs.
  const int16_t *panels() const;

private:
  void countZeros(const uint8_t *bytes, size_t rowBytes);

  unsigned numRows = 0, numColumns = 0;
  float largestNorm = 0;
  std::vector<timing::ZeroCounts> zeroCounts;
  std::vector<float> norms;
  llvm::SmallVector<int16_t, 0> decoded;
  /// Built by the first use as operand 0.
  mutable llvm::SmallVector<int16_t, 0> packed;
};

/// Matmul of prepared operands.
void matmul(const Description &desc, const MatmulConfig &cfg, const Operand &a,
            const Operand &b, uint8_t *out, UnitStats *stats = nullptr,
            Isa isa = numerics::activeIsa());

/// numerics::encodeFixed of all signed 16-bit numbers.
struct EncodeTable {
  /// The code of v at [v + 32768].
  std::array<uint8_t, 65536> codes;
  /// Numbers below `low` or above `high` saturate.
  int32_t low, high;

  uint8_t operator()(int32_t v) const { return codes[size_t(v + 32768)]; }
};

/// `fractionBits` is 10 or 12, `bias` 0..7. Built on first use, then shared.
const EncodeTable &encodeTable(unsigned fractionBits, unsigned bias,
                               bool loseSign,
                               Precision precision = Precision::Afp8);

} // namespace edgebert::machine::kernels

#endif // EDGEBERT_MACHINE_KERNELS_H
