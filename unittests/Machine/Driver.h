//===- Driver.h - a machine and its memory, driven through registers ------===//
//
// What a host program does, in a few words per step, for tests. Every register
// write must succeed.
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_UNITTESTS_MACHINE_DRIVER_H
#define EDGEBERT_UNITTESTS_MACHINE_DRIVER_H

#include "edgebert/Machine/Machine.h"

#include "gtest/gtest.h"

namespace edgebert::machine {

using Codes = std::vector<uint8_t>;

/// Two 4-bit codes per byte, the first in the low half.
inline Codes packPairs(llvm::ArrayRef<uint8_t> codes) {
  Codes bytes(codes.size() / 2);
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = uint8_t(codes[2 * i] | codes[2 * i + 1] << 4);
  return bytes;
}

inline Codes unpackPairs(llvm::ArrayRef<uint8_t> bytes) {
  Codes codes;
  for (uint8_t byte : bytes) {
    codes.push_back(byte & 15);
    codes.push_back(byte >> 4);
  }
  return codes;
}

/// Where two results differ first, in words; "" if they are equal.
inline std::string firstDifference(llvm::ArrayRef<uint8_t> got,
                                   llvm::ArrayRef<uint8_t> expected) {
  if (got.size() != expected.size())
    return std::to_string(got.size()) + " bytes, expected " +
           std::to_string(expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    if (got[i] != expected[i])
      return "byte " + std::to_string(i) + " is " + std::to_string(got[i]) +
             ", expected " + std::to_string(expected[i]);
  return "";
}

class Driver {
public:
  explicit Driver(const Description &desc)
      : chip(desc), desc(chip.description()), fields(AddressFields::of(desc)),
        memory(1 << 20) {
    chip.attachMemory(memory.data(), memory.size(), kDram);
  }

  void write(Register reg, uint32_t value) {
    llvm::Error error = chip.writeRegister(uint32_t(reg), value);
    EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
  }
  void write(llvm::ArrayRef<std::pair<const Field *, int64_t>> values) {
    uint32_t word = 0;
    for (auto [field, value] : values) {
      EXPECT_TRUE(field->fits(value)) << field->name << " = " << value;
      word = field->insert(word, value);
    }
    write(values.front().first->reg, word);
  }
  /// Starts a command and waits for it.
  void run(Command command) {
    write(Register::Command, uint32_t(command));
    llvm::Error error = chip.wait();
    EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
  }
  /// The message of a command that is refused.
  std::string refusal(Command command) {
    return llvm::toString(
        chip.writeRegister(uint32_t(Register::Command), uint32_t(command)));
  }
  void reset() { write(Register::SoftReset, 1); }

  /// External memory to a decoder's masks and data, from address 0.
  void load(unsigned decoder, Image image) {
    write(Register::UseAxi, 0);
    write(Register::FlipMem, decoder);
    image.masks.resize((image.masks.size() + 3) / 4 * 4);
    Codes masks = image.maskBytes();
    std::copy(masks.begin(), masks.end(), memory.begin());
    std::copy(image.data.begin(), image.data.end(), memory.begin() + kData);
    write(Register::MaskReadBase, kDram);
    write(Register::VectorCount, image.vectors() - 1);
    run(Command::MaskLoad);
    if (image.data.empty())
      return;
    write(Register::InputReadBase, kDram + kData);
    write(Register::VectorCount, image.dataRows() - 1);
    run(Command::InputLoad);
  }
  /// External memory to the auxiliary memory, from its start.
  void loadAux(Codes bytes) {
    bytes.resize((bytes.size() + 15) / 16 * 16);
    std::copy(bytes.begin(), bytes.end(), memory.begin());
    write(Register::AuxReadBase, kDram);
    write(Register::AuxCount, uint32_t(bytes.size() / 16) - 1);
    run(Command::AuxLoad);
  }
  /// What the chip stores from base_output on: a stream of `vectors`.
  Image store(unsigned decoder, unsigned vectors) {
    write(Register::UseAxi, 1);
    write(Register::FlipMem, decoder);
    unsigned rows = (vectors + 3) / 4 * 4;
    write(Register::MaskWriteBase, kDram);
    write(Register::VectorCount, rows - 1);
    run(Command::MaskStore);
    Image image;
    for (unsigned v = 0; v < vectors; ++v)
      image.masks.push_back(uint16_t(memory[2 * v] | memory[2 * v + 1] << 8));
    unsigned dataRows = machine::dataRows(image.masks);
    if (dataRows != 0) {
      write(Register::InputWriteBase, kDram + kData);
      write(Register::VectorCount, dataRows - 1);
      run(Command::InputStore);
    }
    image.data.assign(memory.begin() + kData,
                      memory.begin() + kData + 16 * size_t(dataRows));
    write(Register::UseAxi, 0);
    return image;
  }

  /// Everything a matmul needs; the result goes to `decoder`.
  void setMatmul(const MatmulConfig &cfg, StreamBase operand0,
                 StreamBase operand1, uint32_t output, unsigned decoder) {
    write(Register::UseAxi, 0);
    write(Register::UseGB, 0);
    write(Register::ResetMode, kMatmulResetMode);
    if (desc.afp4)
      write({{&field::afp4Operands, cfg.operands == Precision::Afp4},
             {&field::afp4Result, cfg.result == Precision::Afp4}});
    write({{&field::isRelu, cfg.relu},
           {&field::isBias, cfg.isBias},
           {&field::weightBias, cfg.weightBias},
           {&field::adfAccumBias, cfg.adfAccumBias},
           {&field::accumRightShift, cfg.accumRightShift}});
    write({{&field::n0, cfg.n0}, {&field::n1, cfg.n1}, {&field::m, cfg.m}});
    write({{&fields.baseInput0, operand0.base},
           {&fields.baseInput1, operand1.base}});
    write({{&fields.baseInputOffset0, operand0.offset},
           {&fields.baseInputOffset1, operand1.offset}});
    write(Register::BaseOutput, output);
    write(Register::FlipMem, decoder);
  }
  void matmul(const MatmulConfig &cfg, StreamBase operand0, StreamBase operand1,
              uint32_t output, unsigned decoder) {
    setMatmul(cfg, operand0, operand1, output, decoder);
    run(Command::Matmul);
  }

  /// What the special-function units share. `biases`: act1, act2, act3.
  void setUnit(Command command, const UnitPlacement &place, RowShape shape,
               std::array<unsigned, 3> biases) {
    auto [gb, mode] =
        command == Command::LayerNorm
            ? std::pair(kGBLayerNorm, kDecodeLayerNorm)
        : command == Command::Softmax ? std::pair(kGBSoftmax, kDecodeSoftmax)
        : command == Command::ElemAdd ? std::pair(kGBElemAdd, kDecodeElemAdd)
                                      : std::pair(kGBEntropy, kDecodeEntropy);
    write(Register::UseAxi, 0);
    write(Register::UseGB, 1);
    write(Register::ResetMode, uint32_t(mode)
                                   << (place.decoder ? kDecoder1Shift : 0));
    write(Register::GBModeConfig,
          uint32_t(gb) | (place.layout == Layout::Tiled ? kGBTiled : 0));
    write({{&field::numVector, shape.vectors},
           {&field::numTimestep, shape.timesteps},
           {&field::biasAct1, biases[0]},
           {&field::biasAct2, biases[1]},
           {&field::biasAct3, biases[2]}});
    write({{&fields.baseInput0, place.input.base},
           {&fields.baseInput1, place.input2.base}});
    write({{&fields.baseInputOffset0, place.input.offset},
           {&fields.baseInputOffset1, place.input.offset}});
    write(Register::BaseOutput, place.output);
    write(Register::FlipMem, place.decoder);
  }
  void setSoftmax(const SoftmaxConfig &cfg, const UnitPlacement &place,
                  unsigned spanBase) {
    setUnit(Command::Softmax, place, cfg.shape,
            {cfg.inputBias, 0, cfg.outputBias});
    write({{&field::baseAttnSpan, spanBase},
           {&field::biasAttnSpan, cfg.spanBias}});
  }
  void setLayerNorm(const LayerNormConfig &cfg, const UnitPlacement &place,
                    unsigned gammaBase, unsigned betaBase) {
    setUnit(Command::LayerNorm, place, cfg.shape,
            {cfg.inputBias, 0, cfg.outputBias});
    write({{&field::baseGamma, gammaBase},
           {&field::baseBeta, betaBase},
           {&field::biasGamma, cfg.gammaBias},
           {&field::biasBeta, cfg.betaBias}});
  }

  /// The row-major matrix of rows x columns bytes encoded in a decoder's
  /// memories at `base`, without a transfer.
  Codes matrixAt(unsigned decoder, uint32_t base, unsigned rows,
                 unsigned columns, Layout layout) const {
    Image image;
    image.masks = chip.maskMemory(decoder)
                      .slice(base % desc.maskRows(), rows * columns / 16)
                      .vec();
    image.data = chip.dataMemory(decoder)
                     .slice(base, 16 * size_t(dataRows(image.masks)))
                     .vec();
    return unpack(image, rows, columns, layout);
  }

  Stats stats() const { return chip.stats(); }

  static constexpr uint32_t kDram = 0x80000000;
  /// Where data images are in `memory`; masks are at 0.
  static constexpr size_t kData = 1 << 18;

  Machine chip;
  const Description &desc;
  AddressFields fields;
  Codes memory;
};

} // namespace edgebert::machine

#endif // EDGEBERT_UNITTESTS_MACHINE_DRIVER_H
