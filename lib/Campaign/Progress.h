//===- Progress.h - how far a campaign is -----------------------*- C++ -*-===//

#ifndef EDGEBERT_LIB_CAMPAIGN_PROGRESS_H
#define EDGEBERT_LIB_CAMPAIGN_PROGRESS_H

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>

namespace edgebert::campaign {

/// A bar on a terminal, four times a second; elsewhere a line every ten
/// seconds, and one at the end.
class Progress {
public:
  /// Starts at trial `first` of `total` (0: unknown).
  Progress(llvm::raw_ostream &os, bool isTerminal, int64_t first, int64_t total)
      : os(os), isTerminal(isTerminal), first(first), total(total) {}

  void show(int64_t done) {
    double now = getSeconds();
    if (now - shown < (isTerminal ? 0.25 : 10))
      return;
    shown = now;
    print(done, now);
    if (!isTerminal)
      os << '\n';
    os.flush();
  }

  void finish(int64_t done) {
    print(done, getSeconds());
    os << '\n';
    os.flush();
  }

private:
  double getSeconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         start)
        .count();
  }

  void print(int64_t done, double seconds) {
    double rate = seconds > 0 ? double(done - first) / seconds : 0;
    if (isTerminal)
      os << '\r';
    if (total && isTerminal) {
      int64_t filled = 30 * done / total;
      os << '[' << std::string(filled, '#') << std::string(30 - filled, '.')
         << "] ";
    }
    os << done;
    if (total)
      os << " of " << total;
    os << " trials, " << llvm::format("%.4g", rate) << "/s";
    if (total && rate > 0 && done < total)
      os << ", " << llvm::format("%.0f", double(total - done) / rate)
         << " s left";
    if (isTerminal)
      os << "    ";
  }

  llvm::raw_ostream &os;
  bool isTerminal;
  int64_t first, total;
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
  double shown = 0;
};

} // namespace edgebert::campaign

#endif // EDGEBERT_LIB_CAMPAIGN_PROGRESS_H
