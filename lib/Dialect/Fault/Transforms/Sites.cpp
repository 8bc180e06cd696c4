//===- Sites.cpp - the sites of a module ----------------------------------===//

#include "edgebert/Dialect/Fault/Transforms/Sites.h"

using namespace mlir;
using namespace edgebert;
using namespace edgebert::fault;

int64_t Site::getNumElements() const {
  return ShapedType::getNumElements(shape);
}

numerics::Metadata Site::getMetadata(int64_t element) const {
  if (!axis)
    return metadata.front();
  int64_t inner =
      ShapedType::getNumElements(ArrayRef(shape).drop_front(*axis + 1));
  return metadata[element / inner % shape[*axis]];
}

Site fault::getSite(SiteOp op) {
  Site site;
  site.id = int64_t(op.getId());
  site.kind = op.getKind();
  site.name = op.getName().str();
  site.isStorage = op.isStorage();
  auto type = cast<ShapedType>(op.getInput().getType());
  site.shape.assign(type.getShape().begin(), type.getShape().end());
  site.metadata = op.getMetadataValues();
  if (std::optional<uint64_t> axis = op.getAxis())
    site.axis = int64_t(*axis);
  Type element = type.getElementType();
  if (numfmt::FormatTypeInterface format = op.getCodeFormat())
    site.layout = element.isF32()
                      ? numerics::WordLayout::ofValues(format.getFormat())
                      : numerics::WordLayout::ofCodes(format.getFormat());
  else if (element.isF32())
    site.layout = numerics::WordLayout::ofF32();
  else
    site.layout = numerics::WordLayout::ofBits(element.getIntOrFloatBitWidth());
  return site;
}

FailureOr<std::vector<Site>> fault::getSites(ModuleOp module) {
  std::vector<Site> sites;
  DenseMap<int64_t, SiteOp> byId;
  bool valid = true;
  module.walk([&](SiteOp op) {
    if (!cast<ShapedType>(op.getInput().getType()).hasStaticShape()) {
      op.emitOpError() << "expected a static shape, got "
                       << op.getInput().getType();
      valid = false;
      return;
    }
    auto [known, inserted] = byId.try_emplace(int64_t(op.getId()), op);
    if (inserted) {
      sites.push_back(getSite(op));
      return;
    }
    InFlightDiagnostic error = op.emitOpError() << "expected a unique id, got "
                                                << int64_t(op.getId());
    error.attachNote(known->second.getLoc())
        << "it is that of '" << known->second.getName() << "'";
    valid = false;
  });
  if (!valid)
    return failure();
  return sites;
}
