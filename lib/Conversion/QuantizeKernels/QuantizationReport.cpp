//===- QuantizationReport.cpp - the table of quantized tensors as JSON ----===//

#include "edgebert/Conversion/QuantizeKernels.h"
#include "edgebert/Support/JsonFile.h"

#include <cmath>
#include <limits>

using namespace edgebert;

llvm::Error
edgebert::writeQuantizationReport(llvm::StringRef path,
                                  llvm::ArrayRef<QuantizedTensor> table) {
  llvm::json::Array rows;
  for (const QuantizedTensor &tensor : table)
    rows.push_back(llvm::json::Object{
        {"name", tensor.name},
        {"weight", tensor.isWeight},
        {"shape", llvm::json::Array(tensor.shape)},
        {"max_abs", tensor.maxAbs},
        {"metadata", tensor.metadata},
        // JSON has no infinity: a tensor without any error has a null too.
        {"sqnr_db", std::isfinite(tensor.sqnr) ? llvm::json::Value(tensor.sqnr)
                                               : llvm::json::Value(nullptr)}});
  llvm::json::Object root{{"tensors", std::move(rows)}};
  return writeJson(path, std::move(root));
}

llvm::Expected<std::vector<QuantizedTensor>>
edgebert::readQuantizationReport(llvm::StringRef path) {
  auto fail = [&](const llvm::Twine &what) {
    return llvm::createStringError(llvm::Twine(path) + ": " + what);
  };
  llvm::Expected<llvm::json::Value> root =
      readJson(path, "cannot read: ", "not JSON: ");
  if (!root)
    return root.takeError();
  llvm::json::Object *object = root->getAsObject();
  llvm::json::Array *rows = object ? object->getArray("tensors") : nullptr;
  if (!rows)
    return fail("expected a list \"tensors\"");
  std::vector<QuantizedTensor> table;
  for (llvm::json::Value &value : *rows) {
    llvm::json::Object *row = value.getAsObject();
    llvm::json::Array *shape = row ? row->getArray("shape") : nullptr;
    if (!shape || !row->getString("name") || !row->getString("metadata"))
      return fail("expected every tensor to have a name, a shape and metadata");
    QuantizedTensor tensor;
    tensor.name = row->getString("name")->str();
    tensor.isWeight = row->getBoolean("weight").value_or(false);
    for (llvm::json::Value &extent : *shape)
      tensor.shape.push_back(extent.getAsInteger().value_or(0));
    tensor.maxAbs = float(row->getNumber("max_abs").value_or(0));
    tensor.metadata = row->getString("metadata")->str();
    tensor.sqnr = row->getNumber("sqnr_db").value_or(
        std::numeric_limits<double>::quiet_NaN());
    table.push_back(std::move(tensor));
  }
  return table;
}
