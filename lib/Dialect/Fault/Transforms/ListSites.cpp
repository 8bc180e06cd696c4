//===- ListSites.cpp - list the sites of a module -------------------------===//

#include "edgebert/Dialect/Fault/Transforms/Passes.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

namespace edgebert::fault {
#define GEN_PASS_DEF_FAULTLISTSITES
#include "edgebert/Dialect/Fault/Transforms/Passes.h.inc"
} // namespace edgebert::fault

using namespace mlir;
using namespace edgebert;
using namespace edgebert::fault;

/// "sign 1, exponent 3, mantissa 4".
static std::string describeFields(const numerics::WordLayout &layout) {
  std::string text;
  for (const numerics::BitField &field : layout.fields())
    text += (text.empty() ? "" : ", ") + std::string(field.name) + " " +
            std::to_string(field.width);
  return text;
}

static void printTable(ArrayRef<Site> sites, llvm::raw_ostream &os) {
  size_t nameWidth = 4, formatWidth = 6;
  for (const Site &site : sites) {
    nameWidth = std::max(nameWidth, site.name.size());
    formatWidth = std::max(formatWidth, site.layout.name().size());
  }
  auto line = [&](StringRef id, StringRef kind, StringRef name,
                  StringRef format, StringRef elements, StringRef bits,
                  StringRef fields) {
    os << llvm::right_justify(id, 10) << "  " << llvm::left_justify(kind, 10)
       << "  " << llvm::left_justify(name, nameWidth) << "  "
       << llvm::left_justify(format, formatWidth) << "  "
       << llvm::right_justify(elements, 10) << "  "
       << llvm::right_justify(bits, 4) << "  " << fields << "\n";
  };
  line("id", "kind", "name", "format", "elements", "bits", "fields");
  int64_t bits = 0;
  for (const Site &site : sites) {
    line(std::to_string(site.id), stringifyKind(site.kind), site.name,
         site.layout.name(), std::to_string(site.getNumElements()),
         std::to_string(site.layout.bits), describeFields(site.layout));
    bits += site.getNumElements() * site.layout.bits;
  }
  os << sites.size() << " sites, " << bits << " bits\n";
}

static void printJSON(ArrayRef<Site> sites, llvm::raw_ostream &os) {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  json.array([&] {
    for (const Site &site : sites)
      json.object([&] {
        json.attribute("id", site.id);
        json.attribute("kind", stringifyKind(site.kind));
        json.attribute("name", site.name);
        json.attribute("format", site.layout.name());
        json.attribute("elements", site.getNumElements());
        json.attributeArray("shape", [&] {
          for (int64_t extent : site.shape)
            json.value(extent);
        });
        json.attribute("bits", int64_t(site.layout.bits));
        json.attributeArray("fields", [&] {
          for (const numerics::BitField &field : site.layout.fields())
            json.object([&] {
              json.attribute("name", field.name);
              json.attribute("offset", int64_t(field.offset));
              json.attribute("width", int64_t(field.width));
            });
        });
      });
  });
  os << "\n";
}

namespace {

struct FaultListSitesPass
    : edgebert::fault::impl::FaultListSitesBase<FaultListSitesPass> {
  using FaultListSitesBase::FaultListSitesBase;

  void runOnOperation() override {
    FailureOr<std::vector<Site>> sites = getSites(getOperation());
    if (failed(sites))
      return signalPassFailure();
    llvm::Error error = llvm::writeToOutput(output, [&](llvm::raw_ostream &os) {
      json ? printJSON(*sites, os) : printTable(*sites, os);
      return llvm::Error::success();
    });
    if (error) {
      getOperation().emitError("cannot write the list of sites: ")
          << llvm::toString(std::move(error));
      return signalPassFailure();
    }
    markAllAnalysesPreserved();
  }
};

} // namespace
