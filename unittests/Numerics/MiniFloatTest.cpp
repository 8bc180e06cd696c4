//===- MiniFloatTest.cpp - against llvm::APFloat, bit for bit -------------===//

#include "edgebert/Numerics/MiniFloat.h"
#include "edgebert/Numerics/Format.h"
#include "llvm/ADT/APFloat.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace edgebert::numerics;
using llvm::APFloat;

namespace {

struct Peer {
  MiniFloat format;
  const llvm::fltSemantics &semantics;
};
const Peer kPeers[] = {{{5, 10}, APFloat::IEEEhalf()},
                       {{8, 7}, APFloat::BFloat()},
                       {{5, 2}, APFloat::Float8E5M2()},
                       {{4, 3}, APFloat::Float8E4M3()},
                       {{3, 4}, APFloat::Float8E3M4()},
                       {{8, 10}, APFloat::FloatTF32()},
                       {{4, 3, TopExponent::Fn}, APFloat::Float8E4M3FN()},
                       {{3, 2, TopExponent::Finite}, APFloat::Float6E3M2FN()},
                       {{2, 3, TopExponent::Finite}, APFloat::Float6E2M3FN()},
                       {{2, 1, TopExponent::Finite}, APFloat::Float4E2M1FN()}};

uint32_t peerEncode(const Peer &peer, uint32_t word) {
  APFloat x(APFloat::IEEEsingle(), llvm::APInt(32, word));
  bool losesInfo;
  x.convert(peer.semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  return uint32_t(x.bitcastToAPInt().getZExtValue());
}

void expectEncodesLike(const Peer &peer, uint32_t word) {
  NativeArithmetic a;
  // APFloat converts no NaN to a format that has none.
  if (peer.format.top == TopExponent::Finite &&
      (word & 0x7fffffff) > 0x7f800000)
    return;
  ASSERT_EQ(peer.format.encode(a, NativeArithmetic::fromBits(word), 0, 0),
            peerEncode(peer, word))
      << std::hex << word << " float<" << peer.format.exponentBits << ","
      << peer.format.mantissaBits << ">";
}

TEST(MiniFloat, DecodesEveryCodeLikeAPFloat) {
  NativeArithmetic a;
  for (const Peer &peer : kPeers)
    for (uint32_t code = 0; code < 1u << peer.format.codeBits(); ++code) {
      APFloat x(peer.semantics, llvm::APInt(peer.format.codeBits(), code));
      bool losesInfo;
      x.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                &losesInfo);
      ASSERT_EQ(NativeArithmetic::bits(peer.format.decode(a, code, 0)),
                x.bitcastToAPInt().getZExtValue())
          << std::hex << code;
    }
}

TEST(MiniFloat, EncodesTiesAndNeighboursLikeAPFloat) {
  NativeArithmetic a;
  for (const Peer &peer : kPeers) {
    if (peer.format.codeBits() > 16)
      continue;
    for (uint32_t code = 0; code + 1 < 1u << peer.format.codeBits(); ++code) {
      uint32_t word = NativeArithmetic::bits(peer.format.decode(a, code, 0));
      uint32_t next =
          NativeArithmetic::bits(peer.format.decode(a, code + 1, 0));
      uint32_t middle = word + (next - word) / 2;
      for (uint32_t x :
           {word - 1, word, word + 1, middle - 1, middle, middle + 1})
        expectEncodesLike(peer, x);
    }
  }
}

TEST(MiniFloat, EncodesRandomPatternsLikeAPFloat) {
  std::mt19937 random(3);
  for (const Peer &peer : kPeers) {
    for (int i = 0; i < 200000; ++i)
      expectEncodesLike(peer, random());
    // NaN payloads, f32 subnormals.
    for (int i = 0; i < 2000; ++i) {
      expectEncodesLike(peer, 0x7f800000u | (random() & 0x807fffffu));
      expectEncodesLike(peer, random() & 0x807fffffu);
    }
  }
}

TEST(MiniFloat, EveryFormatInvertsExceptSignallingNaN) {
  NativeArithmetic a;
  for (unsigned e = 2; e <= 8; ++e)
    for (unsigned m = 1; m <= 7; ++m) {
      MiniFloat format{e, m};
      uint32_t quiet = 1u << (m - 1), sign = 1u << (e + m);
      for (uint32_t code = 0; code < 1u << format.codeBits(); ++code) {
        bool isNaN = (code & (sign - 1)) > format.infinityCode();
        ASSERT_EQ(format.encode(a, format.decode(a, code, 0), 0, 0),
                  isNaN ? code | quiet : code);
      }
    }
}

TEST(MiniFloat, Limits) {
  EXPECT_EQ((MiniFloat{5, 10}.maxFinite()), 65504.0f);
  EXPECT_EQ((MiniFloat{5, 2}.maxFinite()), 57344.0f);
  EXPECT_NE((MiniFloat{1, 3}.invalid()), "");
  EXPECT_NE((MiniFloat{9, 3}.invalid()), "");
  EXPECT_NE((MiniFloat{4, 0}.invalid()), "");
  EXPECT_NE((MiniFloat{4, 23}.invalid()), "");
}

} // namespace
