//===- FaultSession.h - faults in the runs of a program ---------*- C++ -*-===//
//
// Between a program that was compiled with its sites
// (DeviceProgramOptions::keepSites) and whoever decides what strikes: a plan
// file, or a campaign that arms other faults for every run. Arming costs
// nothing but the list; nothing is compiled again.
//
// How a *detection* is signalled: compiled code that checks itself
// (decoded storage does) calls the session, which counts. Control flow and
// outputs do not depend on it, unless the check also repairs. After a run, the
// outcome is "detected" if `getDetections()` holds an event of that run with
// `count` > 0; `corrected` says whether what was found was also repaired.
// Without a session detections are counted per thread (takeNumDetections).
//
//===----------------------------------------------------------------------===//

#ifndef EDGEBERT_EXECUTION_FAULTSESSION_H
#define EDGEBERT_EXECUTION_FAULTSESSION_H

#include "edgebert/Dialect/Fault/Transforms/Sites.h"
#include "edgebert/Numerics/FaultPlan.h"
#include "llvm/ADT/DenseMap.h"

namespace edgebert::execution {

/// One fault at one element, ready to strike.
struct SiteFault {
  int64_t site = 0;
  /// Row-major.
  int64_t element = 0;
  numerics::WordFault fault;
  /// The run in which it strikes; none: every run.
  std::optional<int64_t> run;
  /// FaultRecord::fault.
  int64_t number = 0;
};

/// What a check found in one run.
struct Detection {
  /// The id of the op that checks, or of the protected site.
  int64_t check = 0;
  std::string name;
  int64_t run = 0;
  /// Elements that were out of order.
  int64_t count = 0;
  /// Whether they were put in order.
  bool corrected = false;
};

/// The faults of one program on one thread.
class FaultSession {
public:
  explicit FaultSession(std::vector<fault::Site> sites);
  FaultSession(const FaultSession &) = delete;

  llvm::ArrayRef<fault::Site> getSites() const { return sites; }
  /// Null if there is none of this id.
  const fault::Site *findSite(int64_t id) const;

  /// Turns the program's part of a plan into faults; entries for the machine
  /// are left out. Errors name the entry and what the program has.
  llvm::Expected<std::vector<SiteFault>>
  resolve(const numerics::FaultPlan &plan) const;

  /// Stores the sites that `plan` names with check bits from now on. A read
  /// repairs what the code can repair; what it finds is a detection of the
  /// site. Errors name the entry.
  llvm::Error protect(const numerics::FaultPlan &plan);
  /// Stores one site so.
  void protect(int64_t site, numerics::Protection protection) {
    protections[site] = protection;
  }
  /// Check bits of all sites so far, the cost of protection.
  int64_t getNumCheckBits() const;

  /// Strikes with exactly these from the next run on, which is run 0. Sites and
  /// elements must exist (asserted); `resolve` checks them.
  void arm(std::vector<SiteFault> faults);
  void disarm() { arm({}); }
  llvm::ArrayRef<SiteFault> getArmed() const { return armed; }

  /// What struck since `arm`, in order of time.
  llvm::ArrayRef<numerics::FaultRecord> getRecords() const { return records; }
  llvm::ArrayRef<Detection> getDetections() const { return detections; }
  /// Runs since `arm`.
  int64_t getNumRuns() const { return nextRun; }
  /// The armed faults that have not struck in any of the runs so far.
  std::vector<const SiteFault *> getUnstruck() const;

  /// Makes this the session of the thread.
  class Scope {
  public:
    explicit Scope(FaultSession *session);
    ~Scope();
    Scope(const Scope &) = delete;

  private:
    FaultSession *previous;
  };
  /// Null outside any scope.
  static FaultSession *getCurrent();

  // What a run does.

  void beginRun();
  /// Puts storage back.
  void endRun();
  /// `data` is the tensor of the site, contiguous.
  void visit(int64_t site, void *data);
  void detect(int64_t check, llvm::StringRef name, int64_t count,
              bool corrected);

private:
  void readThrough(numerics::Protection protection, const fault::Site &site,
                   void *data, size_t firstRecord);

  struct Change {
    const fault::Site *site;
    void *data;
    numerics::FaultRecord record;
  };

  std::vector<fault::Site> sites;
  llvm::DenseMap<int64_t, const fault::Site *> siteOfId;
  llvm::DenseMap<int64_t, numerics::Protection> protections;
  std::vector<SiteFault> armed;
  /// Of the current run, by site.
  llvm::DenseMap<int64_t, llvm::SmallVector<const SiteFault *, 1>> active;
  std::vector<numerics::FaultRecord> records;
  std::vector<Detection> detections;
  std::vector<Change> toUndo;
  int64_t nextRun = 0;
};

/// Detections on this thread outside any session since the last call.
int64_t takeNumDetections();

} // namespace edgebert::execution

extern "C" {
/// A site with armed faults may change the contiguous elements at `data`.
void edgebert_rt_fault_site(int64_t id, intptr_t data);
/// A check called `name` found `count` elements out of order, maybe none.
void edgebert_rt_fault_detect(int64_t check, const char *name, int64_t count,
                              int64_t corrected);
}

#endif // EDGEBERT_EXECUTION_FAULTSESSION_H
