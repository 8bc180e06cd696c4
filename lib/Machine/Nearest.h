//===- Nearest.h - the name somebody may have meant -------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_MACHINE_NEAREST_H
#define EDGEBERT_LIB_MACHINE_NEAREST_H

#include "llvm/ADT/StringRef.h"

#include <iterator>

namespace edgebert::machine {

/// The first element of `range` whose name, nameOf(element), takes the fewest
/// edits to become `word`; its end if it is empty.
template <typename Range, typename NameOf>
auto findNearest(llvm::StringRef word, Range &&range, NameOf nameOf) {
  auto nearest = std::end(range);
  unsigned best = ~0u;
  for (auto it = std::begin(range); it != std::end(range); ++it) {
    unsigned distance = word.edit_distance(llvm::StringRef(nameOf(*it)),
                                           /*AllowReplacements=*/true, best);
    if (distance < best) {
      best = distance;
      nearest = it;
    }
  }
  return nearest;
}

} // namespace edgebert::machine

#endif // EDGEBERT_LIB_MACHINE_NEAREST_H
