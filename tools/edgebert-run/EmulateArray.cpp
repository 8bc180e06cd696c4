//===- EmulateArray.cpp - round arrays of files to a format ---------------===//

#include "EmulateArray.h"

#include "edgebert/Execution/Npy.h"
#include "edgebert/Numerics/Format.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

using namespace edgebert;
using execution::Array;
using execution::NamedArray;
using llvm::StringRef;

namespace {

bool isNpz(StringRef path) { return path.ends_with(".npz"); }

llvm::Expected<std::vector<NamedArray>> readArrays(StringRef path) {
  std::vector<NamedArray> arrays;
  if (!isNpz(path)) {
    llvm::Expected<Array> array = execution::readNpy(path);
    if (!array)
      return array.takeError();
    arrays.push_back({"array", std::move(*array)});
    return arrays;
  }
  auto reader = execution::NpzReader::open(path);
  if (!reader)
    return reader.takeError();
  for (const std::string &name : reader->getNames()) {
    llvm::Expected<Array> array = reader->read(name);
    if (!array)
      return array.takeError();
    arrays.push_back({name, std::move(*array)});
  }
  return arrays;
}

llvm::Error writeArrays(StringRef path, llvm::ArrayRef<NamedArray> arrays) {
  if (isNpz(path))
    return execution::writeNpz(path, arrays);
  return execution::writeNpy(path, arrays.front().array);
}

/// Signal to quantisation noise of finite elements, in dB.
double getSignalToNoise(llvm::ArrayRef<float> x, llvm::ArrayRef<float> y) {
  double signal = 0, noise = 0;
  for (auto [a, b] : llvm::zip(x, y))
    if (std::isfinite(a) && std::isfinite(b)) {
      signal += double(a) * a;
      noise += (double(a) - b) * (double(a) - b);
    }
  return noise == 0 ? INFINITY : 10 * std::log10(signal / noise);
}

double seconds(llvm::function_ref<void()> run) {
  auto begin = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
      .count();
}

/// Prints the median rates of copying `x` to `y` and of choosing the metadata
/// and emulating, measured in turn.
void timeEmulation(unsigned count, llvm::function_ref<void()> emulate,
                   llvm::ArrayRef<float> x, llvm::MutableArrayRef<float> y,
                   llvm::raw_ostream &os) {
  std::vector<double> copies, emulations;
  auto copy = [&] {
    std::memcpy(y.data(), x.data(), x.size() * sizeof(float));
    // The copy has a reader that the compiler cannot see.
    asm volatile("" ::"r"(y.data()) : "memory");
  };
  copy();
  for (unsigned i = 0; i < count; ++i) {
    copies.push_back(seconds(copy));
    emulations.push_back(seconds(emulate));
  }
  auto rate = [&](std::vector<double> &times) {
    std::nth_element(times.begin(), times.begin() + times.size() / 2,
                     times.end());
    return double(x.size()) / times[times.size() / 2] / 1e6;
  };
  double copyRate = rate(copies), emulationRate = rate(emulations);
  os << llvm::format("  copy %.0f M/s, emulation %.0f M/s, ratio %.3f\n",
                     copyRate, emulationRate, emulationRate / copyRate);
}

} // namespace

llvm::Error emulateArrays(const EmulationRequest &request,
                          llvm::raw_ostream &os) {
  auto prefix = [](const llvm::Twine &what, llvm::Error error) {
    return llvm::createStringError(what + ": " +
                                   llvm::toString(std::move(error)));
  };
  auto format = numerics::Format::parse(request.format);
  if (!format)
    return prefix("--emulate", format.takeError());
  auto rule = numerics::BlockRule::parse(request.blocks);
  if (!rule)
    return prefix("--blocks", rule.takeError());
  if (request.inputs.empty())
    return llvm::createStringError("--emulate: expected --inputs=FILE.npy or "
                                   "FILE.npz");
  for (auto [option, path] : {std::pair("--outputs", &request.outputs),
                              std::pair("--codes", &request.codes)})
    if (!path->empty() && isNpz(*path) != isNpz(request.inputs))
      return llvm::createStringError(llvm::Twine(option) + ": expected a " +
                                     (isNpz(request.inputs) ? ".npz" : ".npy") +
                                     " file, as --inputs is, got '" + *path +
                                     "'");
  auto arrays = readArrays(request.inputs);
  if (!arrays)
    return arrays.takeError();

  static constexpr execution::DType kStorage[] = {
      execution::DType::U8, execution::DType::U8, execution::DType::U16,
      execution::DType::U32, execution::DType::U32};
  std::vector<NamedArray> values, codes;
  for (auto [tensor, named] : llvm::enumerate(*arrays)) {
    const Array &array = named.array;
    if (array.dtype != execution::DType::F32)
      return llvm::createStringError(request.inputs + ": '" + named.name +
                                     "': expected float32, got " +
                                     array.describe());
    auto blocks = rule->getBlocks(int64_t(array.shape.size()));
    if (!blocks)
      return prefix("'" + named.name + "'", blocks.takeError());
    llvm::ArrayRef<float> x = array.as<float>();
    auto noise = numerics::NoiseStream::of(request.seed, tensor);
    auto metadata = format->chooseMetadata(array.shape, *blocks, x);
    NamedArray code = {
        named.name,
        Array::zeros(kStorage[format->storageBytes()], array.shape)};
    NamedArray value = {named.name,
                        Array::zeros(execution::DType::F32, array.shape)};
    llvm::MutableArrayRef<uint8_t> bytes(
        reinterpret_cast<uint8_t *>(code.array.data.data()),
        code.array.data.size());
    llvm::MutableArrayRef<float> y(
        reinterpret_cast<float *>(value.array.data.data()), x.size());
    format->encode(array.shape, *blocks, metadata, x, bytes, noise);
    format->decode(array.shape, *blocks, metadata, bytes, y);
    os << named.name << ": " << array.describe() << " as " << format->name();
    if (format->metadataKind() != numerics::MetadataKind::None)
      os << ", " << metadata.size() << " metadata value"
         << (metadata.size() == 1 ? "" : "s");
    os << llvm::format(", signal over noise %.2f dB\n", getSignalToNoise(x, y));
    if (request.time > 0)
      timeEmulation(
          request.time,
          [&] {
            format->emulate(array.shape, *blocks,
                            format->chooseMetadata(array.shape, *blocks, x), x,
                            y, noise);
          },
          x, y, os);
    values.push_back(std::move(value));
    codes.push_back(std::move(code));
  }
  if (!request.outputs.empty())
    if (llvm::Error error = writeArrays(request.outputs, values))
      return error;
  if (!request.codes.empty())
    return writeArrays(request.codes, codes);
  return llvm::Error::success();
}
