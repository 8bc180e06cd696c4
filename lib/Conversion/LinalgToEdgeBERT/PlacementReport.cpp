//===- PlacementReport.cpp - what runs where as JSON ----------------------===//

#include "edgebert/Conversion/LinalgToEdgeBERT.h"
#include "edgebert/Support/JsonFile.h"

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
  return writeJson(path, std::move(root));
}

llvm::Expected<std::vector<Placement>>
edgebert::readPlacementReport(llvm::StringRef path) {
  auto fail = [&](const llvm::Twine &what) {
    return llvm::createStringError(llvm::Twine(path) + ": " + what);
  };
  llvm::Expected<llvm::json::Value> root =
      readJson(path, "cannot read: ", "not JSON: ");
  if (!root)
    return root.takeError();
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
