//===- DotKernels.h - inner products per instruction set --------*- C++ -*-===//
//
// Products of 16-bit operands summed in 32 bits modulo 2^32: addition modulo
// 2^n is associative, so any order and any width >= n gives a machine's
// wrapped sum.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_MACHINE_DOTKERNELS_H
#define EDGEBERT_LIB_MACHINE_DOTKERNELS_H

#include <cstddef>
#include <cstdint>

namespace edgebert::machine::kernels {

/// Rows of operand 1 that one call of a DotKernel takes.
inline constexpr unsigned kDotRows = 8;

/// sums[i][j] = sum over k of a_j[k] b_i[k], for kDotRows rows i and 16 or 32
/// rows j. `panels`: 1 or 2 panels of operand 0 (Operand::panels), each of
/// 16 m numbers; `b`: rows of `m` numbers; `sums`: rows of 32.
using DotKernel = void (*)(const int16_t *panel, unsigned panels,
                           const int16_t *b, unsigned m, int32_t *sums);

void dotPortable(const int16_t *panel, unsigned panels, const int16_t *b,
                 unsigned m, int32_t *sums);
#if defined(__x86_64__)
void dotSse2(const int16_t *panel, unsigned panels, const int16_t *b,
             unsigned m, int32_t *sums);
void dotAvx2(const int16_t *panel, unsigned panels, const int16_t *b,
             unsigned m, int32_t *sums);
void dotAvx512Vnni(const int16_t *panel, unsigned panels, const int16_t *b,
                   unsigned m, int32_t *sums);
#endif

/// Of `n` operands, a multiple of 16; exact below 2^53.
double sumOfSquares(const int16_t *operands, size_t n);

/// numerics::decodeOperand of `n` codes, a multiple of 16.
void decodeOperands(const uint8_t *codes, size_t n, int16_t *out);
/// numerics::decodeOperand4 of `n` codes, a multiple of 32, two per byte.
void decodeOperands4(const uint8_t *bytes, size_t n, int16_t *out);

} // namespace edgebert::machine::kernels

#endif // EDGEBERT_LIB_MACHINE_DOTKERNELS_H
