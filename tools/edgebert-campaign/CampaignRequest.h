//===- CampaignRequest.h - what the command line asks for -------*- C++ -*-===//

#ifndef EDGEBERT_TOOLS_CAMPAIGN_CAMPAIGNREQUEST_H
#define EDGEBERT_TOOLS_CAMPAIGN_CAMPAIGNREQUEST_H

#include "edgebert/Campaign/Campaign.h"
#include "edgebert/Import/ONNX.h"
#include "mlir/IR/MLIRContext.h"

struct CampaignRequest {
  std::string program, inputs, labels, entry, directory;
  std::vector<std::string> bindings, outputs, sitePatterns, merge;
  edgebert::onnx::ImportOptions import;
  std::vector<edgebert::fault::Kind> kinds;
  int64_t rows = 0;
  std::string times, faults, shard;
  int64_t rowBlock = 0, cacheMegabytes = 0;
  std::vector<double> range;
  std::optional<int64_t> replay;
  bool dryRun = false, bench = false;
  edgebert::campaign::CampaignOptions options;
};

/// Does it; prints to `os`.
llvm::Error fulfil(CampaignRequest &request, mlir::MLIRContext &context,
                   llvm::raw_ostream &os);

#endif // EDGEBERT_TOOLS_CAMPAIGN_CAMPAIGNREQUEST_H
