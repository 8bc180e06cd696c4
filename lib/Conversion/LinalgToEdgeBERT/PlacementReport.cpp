//===- PlacementReport.cpp - what runs where as JSON ----------------------===//

#include "edgebert/Conversion/LinalgToEdgeBERT.h"

#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace edgebert;

llvm::Error
edgebert::writePlacementReport(llvm::StringRef path,
                               llvm::ArrayRef<Placement> placements) {
  llvm::json::Array rows;
  for (const Placement &placement : placements) {
    llvm::json::Object row{{"name", placement.name},
                           {"kind", placement.kind},
                           {"on_chip", placement.onChip},
                           {"kernel", placement.isKernel},
                           {"reason", placement.reason}};
    if (placement.macs)
      row["macs"] = placement.macs;
    rows.push_back(std::move(row));
  }
  llvm::json::Object root{{"placements", std::move(rows)}};
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &os) {
    os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(root)));
    return llvm::Error::success();
  });
}

llvm::Expected<std::vector<Placement>>
edgebert::readPlacementReport(llvm::StringRef path) {
  auto fail = [&](const llvm::Twine &what) {
    return llvm::createStringError(llvm::Twine(path) + ": " + what);
  };
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return fail("cannot read: " + buffer.getError().message());
  llvm::Expected<llvm::json::Value> root =
      llvm::json::parse((*buffer)->getBuffer());
  if (!root)
    return fail("not JSON: " + llvm::toString(root.takeError()));
  llvm::json::Object *object = root->getAsObject();
  llvm::json::Array *rows = object ? object->getArray("placements") : nullptr;
  if (!rows)
    return fail("expected a list \"placements\"");
  std::vector<Placement> placements;
  for (llvm::json::Value &value : *rows) {
    llvm::json::Object *row = value.getAsObject();
    if (!row || !row->getString("name") || !row->getString("kind") ||
        !row->getBoolean("on_chip") || !row->getString("reason"))
      return fail("expected every placement to have a name, a kind, on_chip "
                  "and a reason");
    placements.push_back(
        {row->getString("name")->str(), row->getString("kind")->str(),
         *row->getBoolean("on_chip"), row->getBoolean("kernel").value_or(false),
         row->getString("reason")->str(), row->getInteger("macs").value_or(0)});
  }
  return placements;
}
