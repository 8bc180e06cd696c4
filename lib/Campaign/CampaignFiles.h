//===- CampaignFiles.h - names and fields of a campaign's files -*- C++ -*-===//

#ifndef EDGEBERT_LIB_CAMPAIGN_CAMPAIGNFILES_H
#define EDGEBERT_LIB_CAMPAIGN_CAMPAIGNFILES_H

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"
#include <string>

namespace edgebert::campaign {

/// The path of the file `name` of the campaign in `directory`.
inline std::string getFile(llvm::StringRef directory, llvm::StringRef name) {
  llvm::SmallString<128> path(directory);
  llvm::sys::path::append(path, name);
  return path.str().str();
}

/// A field of a CSV file, quoted as RFC 4180 wants it.
inline std::string quoteField(llvm::StringRef text) {
  if (text.find_first_of(",\"\n") == llvm::StringRef::npos)
    return text.str();
  std::string quoted = "\"";
  for (char c : text)
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

} // namespace edgebert::campaign

#endif // EDGEBERT_LIB_CAMPAIGN_CAMPAIGNFILES_H
