//===- OperationTable.cpp - what each operation cost ----------------------===//

#include "OperationTable.h"

#include "edgebert/Machine/Energy.h"
#include "edgebert/Machine/Timing.h"
#include "llvm/Support/FormatVariadic.h"

using namespace edgebert;
using namespace edgebert::machine;

static double ratio(double part, double whole) {
  return whole == 0 ? 0 : part / whole;
}

/// The part of the multipliers' peak over the operation's whole time.
static double getUtilisation(const Stats &stats) {
  double vectorPairs =
      double(stats.macs - stats.macs4) +
      double(stats.macs4) * Description::vectorSize / Description::vectorSize4;
  return ratio(vectorPairs,
               double(timing::kPeakMacs) * double(stats.totalCycles()));
}

namespace {
/// Who an operation's host spent its cycles on.
struct Shares {
  explicit Shares(const Stats &stats)
      : compute(stats[CycleKind::Compute]),
        dma(stats[CycleKind::DmaRead] + stats[CycleKind::DmaWrite]),
        host(stats.totalCycles() - compute - dma) {}

  llvm::StringRef bound() const {
    uint64_t most = std::max({compute, dma, host});
    return most == 0         ? ""
           : most == compute ? "compute"
           : most == dma     ? "dma"
                             : "host";
  }

  uint64_t compute, dma, host;
};
} // namespace

void edgebert::printOperations(llvm::ArrayRef<Machine::Operation> operations,
                               int64_t rows, llvm::raw_ostream &os) {
  if (rows == 0)
    return;
  size_t width = 9;
  for (const Machine::Operation &operation : operations)
    width = std::max(width, operation.name.size());
  auto name = [&](llvm::StringRef text) {
    os << "  " << text << std::string(width - text.size(), ' ');
  };
  name("operation");
  os << "         MACs      bytes     compute         dma        host"
        "       total   util  bound\n";
  for (const Machine::Operation &operation : operations) {
    const Stats &stats = operation.stats;
    if (stats.totalCycles() == 0)
      continue;
    Shares shares(stats);
    name(operation.name);
    os << llvm::formatv(
        " {0,12} {1,10} {2,11} {3,11} {4,11} {5,11} {6,5:f1}% {7}\n",
        stats.macs / rows, (stats.bytesIn + stats.bytesOut) / rows,
        shares.compute / rows, shares.dma / rows, shares.host / rows,
        stats.totalCycles() / rows, 100 * getUtilisation(stats),
        shares.bound());
  }
}

llvm::json::Object edgebert::describeStats(const Stats &stats) {
  llvm::json::Object cycles, busy, commands;
  for (unsigned kind = 0; kind < kNumCycleKinds; ++kind)
    cycles[cycleKindName(CycleKind(kind))] = stats[CycleKind(kind)];
  for (unsigned resource = 0; resource < kNumResources; ++resource)
    busy[resourceName(Resource(resource))] = stats.busy[resource];
  for (unsigned command = 1; command < kNumCommands; ++command)
    commands[commandName(command)] = stats.commands[command];
  return llvm::json::Object{{"macs", stats.macs},
                            {"macs_4bit", stats.macs4},
                            {"macs_with_a_zero_vector", stats.zeroMacs},
                            {"operand_vectors", stats.operandVectors},
                            {"zero_operand_vectors", stats.zeroOperandVectors},
                            {"cycles_total", stats.totalCycles()},
                            {"cycles", std::move(cycles)},
                            {"busy", std::move(busy)},
                            {"commands", std::move(commands)},
                            {"bytes_in", stats.bytesIn},
                            {"bytes_out", stats.bytesOut},
                            {"register_writes", stats.registerWrites},
                            {"register_reads", stats.registerReads}};
}

llvm::json::Array
edgebert::describeOperations(llvm::ArrayRef<Machine::Operation> operations) {
  llvm::json::Array rows;
  for (const Machine::Operation &operation : operations) {
    if (operation.stats.totalCycles() == 0)
      continue;
    llvm::json::Object row = describeStats(operation.stats);
    row["name"] = operation.name;
    row["utilisation"] = getUtilisation(operation.stats);
    row["bound"] = Shares(operation.stats).bound();
    rows.push_back(std::move(row));
  }
  return rows;
}

namespace {
/// Time and energy of a run at the operating point.
struct Energy {
  Energy(const Stats &stats, const Description &machine) {
    const EnergyTable &table = machine.energy;
    unsigned point = table.operatingPoint;
    uint64_t total = stats.totalCycles();
    uint64_t busy = 0;
    for (Resource unit : {Resource::Dma, Resource::Matrix, Resource::Special})
      busy += stats.busy[unsigned(unit)];
    busy = std::min(busy, total);
    uint64_t at4 = std::min(stats.computeCycles4, busy);
    milliseconds = energy::milliseconds(table, total, point);
    busyMicrojoule = energy::energyOf(table, busy - at4, point, 8) +
                     energy::energyOf(table, at4, point, 4);
    idleMicrojoule = energy::leakageMilliwatt(table, point, 8) *
                     energy::milliseconds(table, total - busy, point);
    volts = energy::volts(table, point);
    megahertz = energy::frequencyMHz(table, point);
    multipliers =
        energy::efficiencyOf(table, stats.macs, stats.zeroMacs,
                             stats.busy[unsigned(Resource::Matrix)], point,
                             2 * stats.macs4 > stats.macs ? 4 : 8);
  }
  double milliseconds, busyMicrojoule, idleMicrojoule, volts, megahertz;
  /// While the multipliers work.
  energy::Efficiency multipliers;
};
} // namespace

llvm::json::Object edgebert::describeEnergy(const Stats &stats,
                                            const Description &machine) {
  Energy e(stats, machine);
  return llvm::json::Object{
      {"operating_point", machine.energy.operatingPoint},
      {"volts", e.volts},
      {"megahertz", e.megahertz},
      {"milliseconds", e.milliseconds},
      {"busy_microjoule", e.busyMicrojoule},
      {"idle_microjoule", e.idleMicrojoule},
      {"multipliers_dense_tops_per_watt", e.multipliers.dense},
      {"multipliers_effective_tops_per_watt", e.multipliers.effective}};
}

void edgebert::printEnergy(const Stats &stats, const Description &machine,
                           int64_t rows, llvm::raw_ostream &os) {
  if (rows == 0)
    return;
  Energy e(stats, machine);
  os << llvm::formatv(
      "  at {0:f2} V, {1:f0} MHz: {2:f3} ms and {3:f2} uJ (chip busy {4:f2}, "
      "idle {5:f2}) per row; multipliers at {6:f3} TOPS/W dense, {7:f3} "
      "effective\n",
      e.volts, e.megahertz, e.milliseconds / rows,
      (e.busyMicrojoule + e.idleMicrojoule) / rows, e.busyMicrojoule / rows,
      e.idleMicrojoule / rows, e.multipliers.dense, e.multipliers.effective);
}
