//===- ModelStatistics.cpp - statistics of layers as files ----------------===//

#include "edgebert/Execution/Npy.h"
#include "edgebert/Pipelines/LayerData.h"
#include "edgebert/Support/JsonFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace edgebert;
using compression::Gram;
using compression::Matrix;
using execution::Array;
using execution::DType;

llvm::Error ModelStatistics::write(llvm::StringRef path) const {
  std::vector<execution::NamedArray> arrays;
  llvm::json::Array list;
  // Layers with the same input share their sums.
  std::vector<const LayerStatistics *> stored;
  for (const auto &[name, layer] : layers) {
    const Gram &gram = layer.gram;
    int64_t k = gram.inputs();
    auto same = llvm::find_if(stored, [&gram = gram](auto *other) {
      return other->gram.samples() == gram.samples() &&
             other->gram.absoluteSums() == gram.absoluteSums() &&
             other->gram.products().storage == gram.products().storage;
    });
    size_t index = same - stored.begin();
    if (same == stored.end()) {
      stored.push_back(&layer);
      std::string prefix = std::to_string(index) + ".";
      arrays.push_back(
          {prefix + "products",
           Array::of<float>(DType::F32, {k, k}, gram.products().storage)});
      arrays.push_back({prefix + "absolute",
                        Array::of(DType::F64, {k}, gram.absoluteSums())});
      arrays.push_back(
          {prefix + "maxima", Array::of(DType::F32, {k}, gram.maxima())});
      arrays.push_back({prefix + "histogram",
                        Array::of<int64_t>(DType::I64, {LayerStatistics::kBins},
                                           layer.histogram)});
    }
    list.push_back(llvm::json::Object{{"name", name},
                                      {"inputs", k},
                                      {"samples", gram.samples()},
                                      {"min", layer.min},
                                      {"max", layer.max},
                                      {"zeros", layer.zeros},
                                      {"sums", int64_t(index)}});
  }
  if (llvm::Error error = execution::writeNpz(path.str() + ".npz", arrays))
    return error;
  llvm::json::Object root{{"format", 1},
                          {"model", llvm::utohexstr(fingerprint)},
                          {"layers", std::move(list)}};
  return writeJson(path, std::move(root));
}

/// Array `name` of the shape.
template <typename T>
static llvm::Expected<std::vector<T>>
readArray(const execution::NpzReader &file, const std::string &name,
          DType dtype, llvm::ArrayRef<int64_t> shape) {
  if (!file.contains(name))
    return llvm::createStringError(
        llvm::formatv("{0}: expected an array '{1}'", file.getPath(), name));
  llvm::Expected<Array> array = file.read(name, dtype, shape);
  if (!array)
    return array.takeError();
  return array->as<T>().vec();
}

llvm::Expected<ModelStatistics> ModelStatistics::read(llvm::StringRef path) {
  auto fail = [&](const llvm::Twine &what) {
    return llvm::createStringError(llvm::Twine(path) + ": " + what);
  };
  llvm::Expected<llvm::json::Value> root =
      readJson(path, "cannot read the statistics: ", "not JSON: ");
  if (!root)
    return root.takeError();
  llvm::json::Object *object = root->getAsObject();
  std::optional<llvm::StringRef> model =
      object ? object->getString("model") : std::nullopt;
  llvm::json::Array *list = object ? object->getArray("layers") : nullptr;
  ModelStatistics result;
  if (!model || !list || model->getAsInteger(16, result.fingerprint) ||
      object->getInteger("format") != 1)
    return fail("expected statistics with \"format\": 1, \"model\" and "
                "\"layers\" (edgebert-collect-statistics makes them)");
  auto arrays = execution::NpzReader::open(path.str() + ".npz");
  if (!arrays)
    return arrays.takeError();
  for (auto [i, item] : llvm::enumerate(*list)) {
    llvm::json::Object *entry = item.getAsObject();
    std::optional<llvm::StringRef> name =
        entry ? entry->getString("name") : std::nullopt;
    int64_t numbers[4] = {};
    bool complete = bool(name);
    const char *keys[4] = {"inputs", "samples", "zeros", "sums"};
    for (auto [number, key] : llvm::zip(numbers, keys)) {
      std::optional<int64_t> value =
          entry ? entry->getInteger(key) : std::nullopt;
      complete = complete && value && *value >= 0;
      number = value.value_or(0);
    }
    auto min = entry ? entry->getNumber("min") : std::nullopt;
    auto max = entry ? entry->getNumber("max") : std::nullopt;
    if (!complete || !min || !max || numbers[0] < 1)
      return fail("layers[" + llvm::Twine(i) +
                  "]: expected \"name\", \"inputs\", \"samples\", \"zeros\", "
                  "\"sums\", \"min\" and \"max\"");
    int64_t k = numbers[0];
    std::string prefix = std::to_string(numbers[3]) + ".";
    auto products =
        readArray<float>(*arrays, prefix + "products", DType::F32, {k, k});
    if (!products)
      return products.takeError();
    auto absolute =
        readArray<double>(*arrays, prefix + "absolute", DType::F64, {k});
    if (!absolute)
      return absolute.takeError();
    auto maxima = readArray<float>(*arrays, prefix + "maxima", DType::F32, {k});
    if (!maxima)
      return maxima.takeError();
    auto histogram = readArray<int64_t>(*arrays, prefix + "histogram",
                                        DType::I64, {LayerStatistics::kBins});
    if (!histogram)
      return histogram.takeError();
    LayerStatistics &layer = result.layers[name->str()];
    Matrix sums(k, k);
    sums.storage = std::move(*products);
    layer.gram = Gram(numbers[1], std::move(sums), std::move(*absolute),
                      std::move(*maxima));
    layer.zeros = numbers[2];
    layer.min = float(*min);
    layer.max = float(*max);
    std::copy(histogram->begin(), histogram->end(), layer.histogram.begin());
  }
  return result;
}
