//===- Emulate.h - what an f32 program sees of a format ---------*- C++ -*-===//

#ifndef EDGEBERT_NUMERICS_EMULATE_H
#define EDGEBERT_NUMERICS_EMULATE_H

#include "edgebert/Numerics/Arithmetic.h"

#include <type_traits>

namespace edgebert::numerics {

/// Whether a codec has a shorter way to decode(encode(x)).
template <typename Codec, typename = void>
struct HasEmulate : std::false_type {};
template <typename Codec>
struct HasEmulate<
    Codec, std::void_t<decltype(&Codec::template emulate<NativeArithmetic>)>>
    : std::true_type {};

/// decode(encode(x)), the short way where there is one.
template <typename Codec, typename A>
typename A::Real emulate(const Codec &codec, A &a, typename A::Real x,
                         const typename A::Metadata &metadata,
                         typename A::Word noise) {
  if constexpr (HasEmulate<Codec>::value)
    return codec.emulate(a, x, metadata, noise);
  else
    return codec.decode(a, codec.encode(a, x, metadata, noise), metadata);
}

} // namespace edgebert::numerics

#endif // EDGEBERT_NUMERICS_EMULATE_H
