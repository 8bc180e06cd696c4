//===- RuntimeFunctions.h - names of the run-time library -------*- C++ -*-===//
//
// The functions that convert-edgebert-to-runtime calls and lib/Execution
// defines. Buffers are passed as addresses of contiguous bytes (index), all
// other numbers as index too, so that every signature is a list of 64-bit
// integers; the order is that of the comments.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_CONVERSION_RUNTIMEFUNCTIONS_H
#define EDGEBERT_CONVERSION_RUNTIMEFUNCTIONS_H

#include "llvm/ADT/StringRef.h"

namespace edgebert::runtime {

// Tensor ops: whole operations by their definition.

/// lhs, rhs, addend or 0, out, batch, rhs has a batch, m, n, k, right shift,
/// relu, addend lanes 0-7, addend lanes 8-15 (little-endian), 0 or a text with
/// a '1' for each element of the batch that is computed and a '0' for each that
/// is zero.
inline constexpr llvm::StringLiteral kMatmul = "edgebertMatmul";
/// input, span or 0, out, rows, columns, number of spans, input, span and
/// output bias.
inline constexpr llvm::StringLiteral kSoftmax = "edgebertSoftmax";
/// input, gamma, beta, out, rows, columns, input, gamma, beta and output bias.
inline constexpr llvm::StringLiteral kLayerNorm = "edgebertLayerNorm";
/// lhs, rhs, out, rows, columns, lhs, rhs and output bias.
inline constexpr llvm::StringLiteral kAdd = "edgebertAdd";
/// input, number of codes, input bias, threshold; returns whether the entropy
/// is at most that.
inline constexpr llvm::StringLiteral kEntropy = "edgebertEntropy";
/// name (zero-terminated), buffer, bytes, element type (ProbeElement).
inline constexpr llvm::StringLiteral kProbe = "edgebertProbe";

// Memory ops: the machine's transfers and units, without registers.

/// memory, decoder, DRAM address, rows.
inline constexpr llvm::StringLiteral kLoad = "edgebertLoad";
/// memory, decoder, DRAM address, rows, address in the memory.
inline constexpr llvm::StringLiteral kStore = "edgebertStore";
/// n0, n1, m, right shift, accumulator bias, relu, rhs address, lhs address,
/// output decoder, output address.
inline constexpr llvm::StringLiteral kRunMatmul = "edgebertRunMatmul";
/// vectors, timesteps, decoder, input address, output address, input bias,
/// output bias, tiled, span address, span bias, whether there is a span per
/// row.
inline constexpr llvm::StringLiteral kRunSoftmax = "edgebertRunSoftmax";
/// ... tiled, gamma address, gamma bias, beta address, beta bias.
inline constexpr llvm::StringLiteral kRunLayerNorm = "edgebertRunLayerNorm";
/// ... tiled, rhs address, rhs bias.
inline constexpr llvm::StringLiteral kRunAdd = "edgebertRunAdd";

/// vectors, decoder, input address, input bias, threshold; returns whether the
/// entropy is at most that.
inline constexpr llvm::StringLiteral kRunEntropy = "edgebertRunEntropy";

// Commands and the host.

/// point.
inline constexpr llvm::StringLiteral kDvfs = "edgebertDvfs";

/// register offset, value.
inline constexpr llvm::StringLiteral kWrite = "edgebertWrite32";
/// register offset; returns the value.
inline constexpr llvm::StringLiteral kRead = "edgebertRead32";
inline constexpr llvm::StringLiteral kWait = "edgebertWait";
/// kind, amount.
inline constexpr llvm::StringLiteral kHostWork = "edgebertHostWork";
/// name (zero-terminated) of the operation that what follows belongs to.
inline constexpr llvm::StringLiteral kOrigin = "edgebertOrigin";
/// address, size; returns memref<?xi8> through the C interface.
inline constexpr llvm::StringLiteral kDram = "edgebertDram";

/// What a probed buffer holds.
enum class ProbeElement { I8, F32, Other };

} // namespace edgebert::runtime

#endif // EDGEBERT_CONVERSION_RUNTIMEFUNCTIONS_H
