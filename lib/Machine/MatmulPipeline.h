//===- MatmulPipeline.h - the published matmul, cycle by cycle --*- C++ -*-===//
//
// The matmul of the published source as it is executed: threads that hand
// tokens over channels, so that reads run ahead of the datapath, and results
// are written while later operands are read. It is slow, and needed only where
// that order shows: when a result overwrites an operand that is still being
// read, or when the datapath sums another number of tiles than M says (fact
// sheet 3.5, 5.1, 5.8). Its cycles are timing::matmul's, which a test checks.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_MACHINE_MATMULPIPELINE_H
#define EDGEBERT_LIB_MACHINE_MATMULPIPELINE_H

#include "edgebert/Machine/Persistent.h"
#include "edgebert/Machine/Units.h"

#include "llvm/ADT/ArrayRef.h"

namespace edgebert::machine {

struct MatmulPipeline {
  /// A decoder's memories and where its operand is in them.
  struct Side {
    llvm::MutableArrayRef<uint8_t> data;
    llvm::MutableArrayRef<uint16_t> masks;
    uint32_t maskRow = 0, dataByte = 0;
  };

  const Description &desc;
  /// 8-bit codes.
  MatmulConfig cfg;
  /// Tiles of 16 columns that the datapath sums; at most cfg.m / 16.
  unsigned tiles;
  Side sides[2];
  unsigned outputDecoder;
  /// Has a base.
  Encoder &encoder;

  /// Executes the matmul; the cycles from its start to its end.
  uint64_t run(UnitStats &stats);
};

} // namespace edgebert::machine

#endif // EDGEBERT_LIB_MACHINE_MATMULPIPELINE_H
