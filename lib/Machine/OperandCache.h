//===- OperandCache.h - operands seen before --------------------*- C++ -*-===//
//
// A schedule loads the same tile of weights again and again. Preparing it for
// the multiply costs more than comparing it with what was prepared before.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_LIB_MACHINE_OPERANDCACHE_H
#define EDGEBERT_LIB_MACHINE_OPERANDCACHE_H

#include "edgebert/Machine/Kernels.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"

#include <functional>
#include <list>
#include <memory>
#include <vector>

namespace edgebert::machine {

class OperandCache {
public:
  /// A stream in a decoder's memory, which decides the operand.
  struct Content {
    unsigned rows, columns;
    Precision precision;
    llvm::ArrayRef<uint16_t> masks;
    /// 16 bytes per data row.
    llvm::ArrayRef<uint8_t> data;
  };

  /// The operand of `content`; calls `make` if it is not known.
  std::shared_ptr<const kernels::Operand>
  get(const Content &content, std::function<kernels::Operand()> make);

private:
  struct Entry {
    uint64_t key;
    unsigned rows, columns;
    Precision precision;
    std::vector<uint16_t> masks;
    std::vector<uint8_t> data;
    std::shared_ptr<const kernels::Operand> operand;

    bool holds(const Content &content) const;
    size_t bytes() const;
  };

  /// Most recently used first.
  std::list<Entry> entries;
  llvm::DenseMap<uint64_t, std::list<Entry>::iterator> index;
  size_t totalBytes = 0;
};

} // namespace edgebert::machine

#endif // EDGEBERT_LIB_MACHINE_OPERANDCACHE_H
