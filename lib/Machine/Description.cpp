//===- Description.cpp - the shipped machines -------------------*- C++ -*-===//

#include "edgebert/Machine/Description.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

using namespace edgebert::machine;

Description Description::asic() { return Description(); }

Description Description::rtl() {
  Description d;
  d.name = "rtl";
  d.addressBits = 12;
  d.auxBaseUnit = 1;
  d.checksAddresses = false;
  d.persistentState = PersistentState::OneShot;
  d.dmaDefects = true;
  d.tiledLayout = false;
  d.accumulatorBits = 16;
  d.loseSignOnOverflow = true;
  d.sfuOutputBias = OutputBias::Input;
  d.softmaxRawInput = true;
  d.softmaxDecoderPeriod = 4;
  d.softmaxRepeatsLog = true;
  d.softmaxRenormalise = false;
  d.softmaxSumBits = 16;
  d.skipZeroSpan = false;
  d.softmaxMaxOverSpan = false;
  d.layerNormBetaFromGamma = true;
  d.layerNormMeanSquareBits = 17;
  d.layerNormVectorSumBits = 16;
  d.layerNormMinVariance = 0;
  d.entropyDefects = true;
  d.afp4 = false;
  return d;
}

llvm::ArrayRef<llvm::StringRef> Description::names() {
  static const llvm::StringRef shipped[] = {"asic", "rtl"};
  return shipped;
}

llvm::Expected<Description> Description::named(llvm::StringRef name) {
  if (name == "asic")
    return asic();
  if (name == "rtl")
    return rtl();
  llvm::StringRef nearest;
  unsigned best = ~0u;
  for (llvm::StringRef candidate : names()) {
    unsigned distance = candidate.edit_distance(name.lower());
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return llvm::createStringError(
      "unknown machine '" + name + "'; did you mean '" + nearest +
      "'? (known: " + llvm::join(names(), ", ") + ")");
}

std::string Description::invalid() const {
  auto expected = [](llvm::StringRef field, llvm::StringRef what,
                     uint64_t got) {
    return ("expected " + field + " to be " + what + ", got " +
            llvm::Twine(got))
        .str();
  };
  if (dataBytes < 256 || dataBytes > 65536 || dataBytes % 256 != 0)
    return expected("dataBytes", "a multiple of 256 up to 65536", dataBytes);
  if (maskBytes < 32 || maskBytes > 131072 || maskBytes % 8 != 0)
    return expected("maskBytes", "a multiple of 8 in 32..131072", maskBytes);
  if (auxBytes < 16 || auxBytes > 4096 || auxBytes % 16 != 0)
    return expected("auxBytes", "a multiple of 16 up to 4096", auxBytes);
  if (burstBeats < 1 || burstBeats > 256)
    return expected("burstBeats", "in 1..256", burstBeats);
  if (addressBits != 12 && addressBits != 16)
    return expected("addressBits", "12 or 16", addressBits);
  if (auxBaseUnit != 1 && auxBaseUnit != 16)
    return expected("auxBaseUnit", "1 or 16", auxBaseUnit);
  if (accumulatorBits < 16 || accumulatorBits > 32)
    return expected("accumulatorBits", "in 16..32", accumulatorBits);
  if (expFractionBits != 11 && expFractionBits != 12)
    return expected("expFractionBits", "11 or 12", expFractionBits);
  if (softmaxDecoderPeriod < 3 || softmaxDecoderPeriod > 4)
    return expected("softmaxDecoderPeriod", "3 or 4", softmaxDecoderPeriod);
  if (softmaxSumBits < 16 || softmaxSumBits > 32)
    return expected("softmaxSumBits", "in 16..32", softmaxSumBits);
  if (layerNormMeanSquareBits < 16 || layerNormMeanSquareBits > 32)
    return expected("layerNormMeanSquareBits", "in 16..32",
                    layerNormMeanSquareBits);
  if (layerNormSumBits < 16 || layerNormSumBits > 32)
    return expected("layerNormSumBits", "in 16..32", layerNormSumBits);
  if (layerNormVectorSumBits < 16 || layerNormVectorSumBits > 32)
    return expected("layerNormVectorSumBits", "in 16..32",
                    layerNormVectorSumBits);
  if (layerNormMinVariance > 32767)
    return expected("layerNormMinVariance", "at most 32767",
                    layerNormMinVariance);
  if (commandQueueDepth < 1 || commandQueueDepth > 64)
    return expected("commandQueueDepth", "in 1..64", commandQueueDepth);
  return "";
}
