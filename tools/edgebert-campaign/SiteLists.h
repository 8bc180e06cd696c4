//===- SiteLists.h - files and patterns that name sites ---------*- C++ -*-===//

#ifndef EDGEBERT_TOOLS_CAMPAIGN_SITELISTS_H
#define EDGEBERT_TOOLS_CAMPAIGN_SITELISTS_H

#include "edgebert/Campaign/Sampler.h"
#include "edgebert/Campaign/SegmentGraph.h"
#include "llvm/ADT/StringMap.h"

llvm::StringRef getSamplingName(edgebert::campaign::Sampling sampling);

/// Removes the sites of `module` whose name matches none of `patterns` (all
/// stay if there are none).
llvm::Error keepSites(mlir::ModuleOp module,
                      llvm::ArrayRef<std::string> patterns);

/// Reads lines NAME,TIME, one for each site, and returns the text too.
llvm::Expected<std::pair<llvm::StringMap<double>, std::string>>
readTimes(llvm::StringRef path, const edgebert::campaign::SegmentGraph &graph);

/// Reads lines SITE,ELEMENT,BIT[,ROW], and returns the text too.
llvm::Expected<
    std::pair<std::vector<edgebert::campaign::GivenFault>, std::string>>
readFaults(llvm::StringRef path, const edgebert::campaign::SegmentGraph &graph,
           int64_t numRows);

#endif // EDGEBERT_TOOLS_CAMPAIGN_SITELISTS_H
