//===- RandomInputs.cpp - what a fuzzer gives to a machine ----------------===//

#include "RandomInputs.h"

#include "edgebert/Machine/Parameters.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Endian.h"

#include <array>

using namespace edgebert::machine;

Description RandomInputs::variation(Description desc) {
  // Small memories are where addresses are wrong.
  if (oneIn(3)) {
    desc.dataBytes = uint32_t(256 * (1 + below(16)));
    desc.maskBytes = uint32_t(8 * (4 + below(64)));
    desc.auxBytes = uint32_t(16 * (1 + below(16)));
  }
  for (uint64_t i = 1 + below(6); i > 0; --i) {
    const Parameter &parameter = parameters()[below(parameters().size())];
    const Allowed &allowed = parameter.allowed;
    double value = 0;
    switch (allowed.kind) {
    case Allowed::Number: {
      double choices[] = {allowed.low, std::min(allowed.high, 1e6),
                          allowed.low + double(below(1000)) / 10};
      value = oneOf(choices);
      break;
    }
    case Allowed::Flag:
      value = double(below(2));
      break;
    case Allowed::Choice:
      value = double(below(allowed.choices.size()));
      break;
    case Allowed::Count:
      value =
          allowed.low +
          double(allowed.step) *
              double(below(uint64_t(std::min(1e6, (allowed.high - allowed.low) /
                                                      allowed.step)) +
                           1));
      break;
    }
    // Not every combination is a machine.
    Description next = desc;
    if (!allowed.contains(value))
      continue;
    parameter.set(next, value);
    if (next.invalid().empty())
      desc = std::move(next);
  }
  return desc;
}

Description RandomInputs::description() {
  Description desc = oneIn(2) ? Description::rtl() : Description::asic();
  return oneIn(2) ? desc : variation(desc);
}

std::string RandomInputs::damaged(std::string text) {
  static constexpr const char *words[] = {"-1",
                                          "1e999",
                                          "nan",
                                          "true",
                                          "[]",
                                          "{",
                                          "}",
                                          "0x10",
                                          "\"",
                                          "'",
                                          "~",
                                          "&a",
                                          "*a",
                                          "!!str",
                                          "|",
                                          ">",
                                          ": ",
                                          "- ",
                                          "\t",
                                          "\n",
                                          "\r\n",
                                          "%YAML 1.2\n",
                                          "---\n",
                                          "...\n",
                                          "#",
                                          ", ",
                                          "? ",
                                          "\xff",
                                          "\xef\xbb\xbf",
                                          "base: rtl\n",
                                          "\\x4",
                                          "\\",
                                          ";",
                                          "=",
                                          "wait\n",
                                          "write command ",
                                          "0",
                                          "",
                                          "65536",
                                          "4294967296",
                                          "\xf0\x9f\x98\x80",
                                          "99999999999999999999999999999999"};
  for (uint64_t i = 1 + below(4); i > 0; --i) {
    size_t at = text.empty() ? 0 : below(text.size());
    size_t size = std::min<size_t>(text.size() - at, below(40));
    switch (below(7)) {
    case 0:
      text.erase(at, size);
      break;
    case 1:
      text.insert(at, oneOf(words));
      break;
    case 2:
      text.replace(at, std::min<size_t>(size, 8), oneOf(words));
      break;
    case 3: // something from elsewhere
      text.insert(at, std::string(text, text.empty() ? 0 : below(text.size()),
                                  below(60)));
      break;
    case 4:
      if (!text.empty())
        text[at] = char(any());
      break;
    case 5: // a line again
    {
      size_t begin = text.rfind('\n', at), end = text.find('\n', at);
      begin = begin == std::string::npos ? 0 : begin + 1;
      end = end == std::string::npos ? text.size() : end + 1;
      text.insert(end, std::string(text, begin, end - begin));
      break;
    }
    case 6:
      if (oneIn(4))
        text.resize(at);
      break;
    }
  }
  return text;
}

std::string RandomInputs::damagedFile(llvm::StringRef file) {
  std::string header = file.take_front(16).str();
  std::string body = file.drop_front(16).drop_back(4).str();
  for (uint64_t i = 1 + below(4); i > 0 && !body.empty(); --i)
    switch (below(3)) {
    case 0:
      body[below(body.size())] = char(any());
      break;
    case 1:
      body.erase(below(body.size()), below(4));
      break;
    case 2:
      body.insert(below(body.size()), 1, char(any()));
      break;
    }
  llvm::support::endian::write64le(&header[8], body.size());
  std::string all = header + body;
  char crc[4];
  llvm::support::endian::write32le(
      crc, llvm::crc32(llvm::arrayRefFromStringRef(all)));
  return all.append(crc, 4);
}

uint32_t RandomInputs::plausible(Register reg, const Description &desc,
                                 uint32_t external) {
  static constexpr uint32_t modes[] = {0x81, 4, 8, 16, 32, 0x800, 0x204};
  static constexpr uint32_t offsets[] = {0, 0x1000, 0x7000, 0xfff8};
  switch (reg) {
  case Register::SoftReset:
    return oneIn(4);
  case Register::Command:
    return uint32_t(below(14));
  case Register::MatrixConfig: {
    // Now and then a long one, and one that is no multiple of 16.
    uint32_t sizes[3];
    for (uint32_t &size : sizes)
      size = uint32_t(16 * below(oneIn(6) ? 64 : 6) + (oneIn(64) ? 5 : 0));
    return sizes[0] | sizes[1] << 10 | sizes[2] << 20;
  }
  case Register::GBControlConfig:
    return uint32_t(below(6) | below(40) << 8 | (any() & 0xffff0000));
  case Register::GBModeConfig:
    return 1u << below(4) | (oneIn(4) ? kGBTiled : 0) |
           (oneIn(4) ? kGBSpanPerRow : 0);
  case Register::ResetMode:
    return oneOf(modes);
  case Register::MaskReadBase:
  case Register::MaskWriteBase:
  case Register::InputReadBase:
  case Register::InputWriteBase:
  case Register::AuxReadBase:
  case Register::AuxWriteBase:
    return external + oneOf(offsets);
  case Register::VectorCount:
    if (oneIn(6))
      return around(oneIn(2) ? desc.dataBytes / 16 : desc.maskRows());
    return uint32_t(below(64) * 4 + 3);
  case Register::AuxCount:
    return oneIn(6) ? around(desc.auxBytes / 16) : uint32_t(below(64));
  case Register::UseAxi:
  case Register::UseGB:
  case Register::FlipMem:
    return uint32_t(below(2));
  case Register::InputBufferConfig:
  case Register::BaseOffset:
  case Register::BaseOutput:
    if (oneIn(6))
      return around(desc.dataBytes - uint32_t(16 * below(64)));
    return any() & 0x0fff0fff;
  case Register::MacWidth:
    return oneIn(3) ? uint32_t(below(4)) : 0;
  default:
    return any();
  }
}

std::vector<std::pair<Register, uint32_t>>
RandomInputs::sequence(Command command, const Description &desc,
                       uint32_t external) {
  std::array<uint32_t, kNumRegisters> values;
  for (unsigned i = 0; i < kNumRegisters; ++i)
    values[i] = plausible(Register(4 * i), desc, external);
  auto set = [&](Register reg, uint32_t value) { values[index(reg)] = value; };
  set(Register::UseAxi, command == Command::MaskStore ||
                            command == Command::InputStore ||
                            command == Command::AuxStore);
  set(Register::UseGB, command != Command::Matmul);
  if (command == Command::Matmul)
    set(Register::ResetMode, kMatmulResetMode);
  static constexpr Command units[] = {Command::LayerNorm, Command::Softmax,
                                      Command::ElemAdd, Command::Entropy};
  static constexpr uint32_t modes[][2] = {{kGBLayerNorm, kDecodeLayerNorm},
                                          {kGBSoftmax, kDecodeSoftmax},
                                          {kGBElemAdd, kDecodeElemAdd},
                                          {kGBEntropy, kDecodeEntropy}};
  for (unsigned i = 0; i < 4; ++i)
    if (command == units[i]) {
      auto decoder = uint32_t(below(2));
      set(Register::FlipMem, decoder);
      set(Register::GBModeConfig, modes[i][0] | (oneIn(3) ? kGBTiled : 0));
      set(Register::ResetMode, modes[i][1] << (decoder * kDecoder1Shift));
    }

  std::vector<std::pair<Register, uint32_t>> writes;
  auto write = [&](Register reg) {
    writes.push_back({reg, values[index(reg)]});
  };
  // A reset makes room on the literal machine, and forgets the entropy that
  // DVFS needs.
  if (command != Command::Dvfs && !oneIn(4))
    writes.push_back({Register::SoftReset, 1});
  // Its units drop configurations that come before their mode.
  if (!oneIn(8)) {
    write(Register::ResetMode);
    write(Register::GBModeConfig);
  }
  for (unsigned i = index(Register::FlipMem); i < kNumRegisters; ++i)
    if (!oneIn(100))
      write(Register(4 * i));
  writes.push_back({Register::Command, uint32_t(command)});
  return writes;
}
