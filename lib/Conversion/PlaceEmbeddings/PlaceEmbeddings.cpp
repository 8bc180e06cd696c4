//===- PlaceEmbeddings.cpp - embedding tables into eNVM -------------------===//

#include "edgebert/Conversion/PlaceEmbeddings.h"

#include "../LinalgToEdgeBERT/CodeTensors.h"

#include "edgebert/Analysis/Kernels.h"
#include "edgebert/Conversion/Passes.h"
#include "edgebert/Dialect/NumFmt/IR/NumFmt.h"
#include "edgebert/Machine/Envm.h"
#include "edgebert/Numerics/AdaptivFloat.h"
#include "edgebert/Support/JsonFile.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

namespace edgebert {
#define GEN_PASS_DEF_PLACEEMBEDDINGSPASS
#include "edgebert/Conversion/Passes.h.inc"
} // namespace edgebert

using namespace mlir;
using namespace edgebert;
using machine::EnvmPart;
using machine::EnvmTable;

namespace {

/// Rows of a constant table that are read by number.
struct Lookup {
  linalg::GenericOp op;
  tensor::ExtractOp extract;
  /// Rows read in one run.
  int64_t rows = 0;
};

struct PlaceEmbeddingsPass
    : edgebert::impl::PlaceEmbeddingsPassBase<PlaceEmbeddingsPass> {
  using PlaceEmbeddingsPassBase::PlaceEmbeddingsPassBase;
  void runOnOperation() override;
};

} // namespace

/// A gather of whole rows: each element of the result is one of a constant
/// matrix, in a row that is computed and in the result's last dimension.
static std::optional<Lookup> matchLookup(linalg::GenericOp op) {
  auto yield = cast<linalg::YieldOp>(op.getBody()->getTerminator());
  auto extract = yield->getNumOperands() == 1
                     ? yield->getOperand(0).getDefiningOp<tensor::ExtractOp>()
                     : tensor::ExtractOp();
  if (!extract || op->getNumResults() != 1 ||
      op.getNumParallelLoops() != op.getNumLoops())
    return std::nullopt;
  auto table = cast<RankedTensorType>(extract.getTensor().getType());
  auto result = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!result || !result.hasStaticShape() || table.getRank() != 2 ||
      !table.hasStaticShape() || !table.getElementType().isF32() ||
      result.getRank() == 0 ||
      result.getShape().back() != table.getDimSize(1) ||
      !extract.getTensor().getDefiningOp<arith::ConstantOp>())
    return std::nullopt;
  auto isLoop = [&](Value index) {
    auto loop = index.getDefiningOp<linalg::IndexOp>();
    return loop && int64_t(loop.getDim()) == result.getRank() - 1;
  };
  if (isLoop(extract.getIndices()[0]) || !isLoop(extract.getIndices()[1]))
    return std::nullopt;
  return Lookup{op, extract, result.getNumElements() / table.getDimSize(1)};
}

static llvm::json::Object describe(const machine::Description &machine,
                                   const EnvmTable &table, int64_t lookups) {
  // Rows differ in their zeros; of a run, the mean row's cost.
  machine::EnvmCost all;
  for (unsigned row = 0; row < table.rows(); ++row)
    all += table.readCost(machine, row);
  double share = double(lookups) / table.rows();
  machine::EnvmCost load = table.dramCost(machine);
  llvm::json::Object object{
      {"rows", int64_t(table.rows())},
      {"columns", int64_t(table.columns())},
      {"lookups_per_run", lookups},
      {"reads_per_run", double(all.reads) * share},
      {"read_nanoseconds_per_run", all.nanoseconds * share},
      {"read_picojoule_per_run", all.picojoule * share},
      {"dram_load_nanoseconds", load.nanoseconds},
      {"dram_load_picojoule", load.picojoule}};
  for (EnvmPart part : {EnvmPart::Index, EnvmPart::Mask, EnvmPart::Value}) {
    std::string name = machine::stringifyEnvmPart(part).str();
    object[name + "_bytes"] = int64_t(table.bytes(part));
    object[name + "_cells"] = int64_t(table.numCells(machine, part));
  }
  return object;
}

void PlaceEmbeddingsPass::runOnOperation() {
  func::FuncOp func = getOperation();
  if (func.isDeclaration())
    return;
  llvm::Expected<machine::Description> description =
      machine::Description::load(machine);
  if (!description) {
    func.emitError(llvm::toString(description.takeError()));
    return signalPassFailure();
  }
  std::vector<Lookup> lookups;
  func.walk([&](linalg::GenericOp op) {
    if (std::optional<Lookup> lookup = matchLookup(op))
      lookups.push_back(*lookup);
  });
  if (lookups.empty())
    func.emitRemark("edgebert-place-embeddings found no embedding in @")
        << func.getName();

  llvm::json::Array tables;
  std::string image;
  OpBuilder anywhere(&getContext());
  auto format =
      cast<numfmt::FormatTypeInterface>(CodeTensors(anywhere).getCodeType());
  for (Lookup &lookup : lookups) {
    Value source = lookup.extract.getTensor();
    std::optional<std::vector<float>> values =
        CodeTensors::getConstantFloats(source);
    if (!values)
      continue;
    auto type = cast<RankedTensorType>(source.getType());
    float largest = 0;
    for (float x : *values)
      largest = std::max(largest, std::fabs(x));
    int bias = int(cast<IntegerAttr>(format.chooseMetadata(largest)).getInt());
    std::vector<uint8_t> codes;
    codes.reserve(values->size());
    for (float &x : *values) {
      codes.push_back(uint8_t(numerics::kAfp8.encode(x, bias)));
      x = numerics::kAfp8.decode(codes.back(), bias);
    }
    EnvmTable table(codes, unsigned(type.getDimSize(0)),
                    unsigned(type.getDimSize(1)));
    // Only look-ups see what the cells hold: a tied head has its own weights.
    OpBuilder builder(source.getDefiningOp());
    auto attr = DenseResourceElementsAttr::get(
        type, "embedding_table",
        HeapAsmResourceBlob::allocateAndCopyInferAlign(ArrayRef(*values)));
    Value rounded = arith::ConstantOp::create(builder, source.getLoc(), attr);
    lookup.extract.getTensorMutable().assign(rounded);

    llvm::json::Object entry = describe(*description, table, lookup.rows);
    StringRef name = analysis::getLocationName(lookup.op.getLoc());
    entry["name"] = name.empty() ? "embedding " + std::to_string(tables.size())
                                 : name.str();
    entry["bias"] = bias;
    entry["image_offset"] = int64_t(image.size());
    table.appendImage(image);
    tables.push_back(std::move(entry));
  }
  llvm::Error error = machine::checkEnvmFits(*description, image.size());
  if (!error && !report.empty())
    error = writeJson(report, llvm::json::Object{
                                  {"machine", description->name},
                                  {"bytes", int64_t(image.size())},
                                  {"capacity", int64_t(description->envmBytes)},
                                  {"tables", std::move(tables)}});
  if (!error && !this->image.empty())
    error = llvm::writeToOutput(this->image, [&](llvm::raw_ostream &os) {
      os << image;
      return llvm::Error::success();
    });
  if (error) {
    func.emitError("cannot place the embeddings: ")
        << llvm::toString(std::move(error));
    signalPassFailure();
  }
}

llvm::Error edgebert::printEnvmReport(StringRef path, llvm::raw_ostream &os) {
  auto fail = [&](const llvm::Twine &message) {
    return llvm::createStringError(path + ": " + message);
  };
  llvm::Expected<llvm::json::Value> json = readJson(path);
  if (!json)
    return json.takeError();
  const llvm::json::Object *root = json->getAsObject();
  const llvm::json::Array *tables = root ? root->getArray("tables") : nullptr;
  if (!tables)
    return fail("expected a report of edgebert-place-embeddings");
  os << llvm::formatv("{0,-24} {1,12} {2,10} {3,10} {4,12} {5,12} {6,9} {7,9} "
                      "{8,10} {9,10}\n",
                      "table in eNVM", "rows x cols", "mask B", "value B",
                      "1-bit cells", "value cells", "reads", "read nJ",
                      "DRAM ms", "DRAM nJ");
  for (const llvm::json::Value &value : *tables) {
    const llvm::json::Object *table = value.getAsObject();
    if (!table)
      return fail("expected a list of objects as tables");
    auto number = [&](StringRef key) {
      return table->getNumber(key).value_or(0);
    };
    os << llvm::formatv(
        "{0,-24} {1,12} {2,10} {3,10} {4,12} {5,12} {6,9} {7,9} {8,10} "
        "{9,10}\n",
        table->getString("name").value_or(""),
        llvm::formatv("{0}x{1}", int64_t(number("rows")),
                      int64_t(number("columns")))
            .str(),
        int64_t(number("mask_bytes") + number("index_bytes")),
        int64_t(number("value_bytes")),
        int64_t(number("mask_cells") + number("index_cells")),
        int64_t(number("value_cells")),
        llvm::formatv("{0:f0}", number("reads_per_run")).str(),
        llvm::formatv("{0:f3}", number("read_picojoule_per_run") * 1e-3).str(),
        llvm::formatv("{0:f3}", number("dram_load_nanoseconds") * 1e-6).str(),
        llvm::formatv("{0:f1}", number("dram_load_picojoule") * 1e-3).str());
  }
  return llvm::Error::success();
}
