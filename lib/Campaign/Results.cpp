//===- Results.cpp - what a log of trials says ----------------------------===//

#include "edgebert/Campaign/Results.h"
#include "CampaignFiles.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include <cmath>

using namespace llvm;

namespace edgebert::campaign {

void Tally::add(const LoggedFault &fault) {
  failures.add(isFailure(fault.outcome), fault.weight);
  sdc.add(fault.outcome == Outcome::Sdc, fault.weight);
  masked.add(fault.outcome == Outcome::Identical ||
                 fault.outcome == Outcome::Tolerable,
             fault.weight);
  ++outcomes[size_t(fault.outcome)];
  // A loss that is no number has no mean; such trials are failures and counted
  // as non-finite.
  if (std::isfinite(fault.deltaLoss))
    deltaLoss.add(fault.deltaLoss, fault.weight);
}

int64_t Tally::getCount() const {
  int64_t count = 0;
  for (int64_t outcome : outcomes)
    count += outcome;
  return count;
}

double Results::getFailureRate() const {
  return stratified ? stratified->getEstimate() : all.failures.getEstimate();
}

Interval Results::getFailureInterval() const {
  return stratified ? stratified->getInterval() : all.failures.getInterval();
}

Expected<Results> readResults(StringRef directory) {
  auto campaign = readCampaign(directory);
  if (!campaign)
    return campaign.takeError();
  Results results;
  results.fingerprint = campaign->first;
  results.sites = campaign->second;
  results.bySite.resize(results.sites.size());
  std::string sampling;
  for (const auto &[name, value] : results.fingerprint)
    if (name == "sampling")
      sampling = value;
  // The strata of Sampler: sites, or sites and bits, that have elements.
  std::vector<double> shares;
  for (const LoggedSite &site : results.sites) {
    int64_t bits = sampling == "stratified" ? site.bits : 1;
    for (int64_t bit = 0; site.share > 0 && bit < bits; ++bit)
      shares.push_back(site.share / double(bits));
  }
  size_t numStrata = shares.size();
  if (sampling == "stratified" || sampling == "layers")
    results.stratified.emplace(shares);
  TrialReader reader(directory);
  if (Error error = reader.forEach([&](const LoggedFault &fault) {
        if (fault.fault == 0) {
          results.all.add(fault);
          if (results.stratified)
            results.stratified->add(fault.trial % numStrata,
                                    isFailure(fault.outcome));
          if (fault.outcome == Outcome::Identical)
            ++results.maskedAt[fault.lastLayer];
        }
        if (fault.site < 0 || fault.numFaults != 1 ||
            fault.site >= int64_t(results.sites.size()))
          return;
        const LoggedSite &site = results.sites[fault.site];
        results.bySite[fault.site].add(fault);
        results.byKind[site.kind].add(fault);
        results.byField[fault.field].add(fault);
        results.byBit[fault.bit].add(fault);
        results.bySiteAndBit[{fault.site, fault.bit}].add(fault);
      }))
    return std::move(error);
  int64_t seen = 0;
  for (const Tally &tally : results.bySite)
    if (tally.getCount()) {
      results.equalSiteRate += tally.failures.getEstimate();
      ++seen;
    }
  results.equalSiteRate /= double(std::max<int64_t>(seen, 1));
  return results;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static void writeTally(json::OStream &json, const Tally &tally) {
  json.attribute("trials", tally.getCount());
  for (int i = 0; i < kNumOutcomes; ++i)
    json.attribute(stringifyOutcome(Outcome(i)), tally.outcomes[i]);
  auto writeRate = [&](StringRef name, double estimate, Interval interval) {
    json.attributeObject(name, [&] {
      json.attribute("estimate", estimate);
      json.attribute("low99", interval.low);
      json.attribute("high99", interval.high);
    });
  };
  writeRate("failure_rate", tally.failures.getEstimate(),
            tally.failures.getInterval());
  writeRate("sdc_rate", tally.sdc.getEstimate(), tally.sdc.getInterval());
  writeRate("masked_rate", tally.masked.getEstimate(),
            tally.masked.getInterval());
  json.attributeObject("delta_loss", [&] {
    json.attribute("trials", int64_t(tally.deltaLoss.getCount()));
    json.attribute("mean", tally.deltaLoss.getMean());
    json.attribute("variance", tally.deltaLoss.getVariance());
    Interval interval = tally.deltaLoss.getInterval();
    if (std::isfinite(interval.low)) {
      json.attribute("low99", interval.low);
      json.attribute("high99", interval.high);
    }
  });
}

static Error writeSummary(const Results &results, StringRef path) {
  return writeToOutput(path, [&](raw_ostream &os) -> Error {
    json::OStream json(os, 1);
    json.object([&] {
      json.attributeObject("campaign", [&] {
        for (const auto &entry : results.fingerprint)
          json.attribute(entry.first, entry.second);
      });
      json.attributeObject("all", [&] { writeTally(json, results.all); });
      Interval interval = results.getFailureInterval();
      json.attributeObject("network_failure_rate", [&] {
        json.attribute("estimate", results.getFailureRate());
        json.attribute("low99", interval.low);
        json.attribute("high99", interval.high);
        json.attribute("sites_weighted_alike", results.equalSiteRate);
      });
      json.attributeArray("sites", [&] {
        for (size_t i = 0; i < results.sites.size(); ++i)
          json.object([&] {
            const LoggedSite &site = results.sites[i];
            json.attribute("site", int64_t(i));
            json.attribute("id", site.id);
            json.attribute("kind", site.kind);
            json.attribute("name", site.name);
            json.attribute("format", site.format);
            json.attribute("elements", site.numElements);
            json.attribute("bits", site.bits);
            writeTally(json, results.bySite[i]);
          });
      });
      auto writeMap = [&](StringRef name, const auto &map) {
        json.attributeArray(name, [&] {
          for (const auto &entry : map)
            json.object([&] {
              json.attribute("key", entry.first);
              writeTally(json, entry.second);
            });
        });
      };
      writeMap("kinds", results.byKind);
      writeMap("fields", results.byField);
      writeMap("bits", results.byBit);
      json.attributeArray("heat_map", [&] {
        for (const auto &entry : results.bySiteAndBit)
          json.object([&] {
            json.attribute("site", entry.first.first);
            json.attribute("bit", int64_t(entry.first.second));
            json.attribute("trials", entry.second.getCount());
            json.attribute("failure_rate", entry.second.failures.getEstimate());
          });
      });
      json.attributeObject("masked_at", [&] {
        for (const auto &entry : results.maskedAt)
          json.attribute(entry.first.empty() ? "(no segment)" : entry.first,
                         entry.second);
      });
    });
    os << '\n';
    return Error::success();
  });
}

static void writeTallyHeader(raw_ostream &os) {
  os << "trials";
  for (int i = 0; i < kNumOutcomes; ++i)
    os << ',' << stringifyOutcome(Outcome(i));
  os << ",failure_rate,failure_low99,failure_high99,delta_loss_mean,"
        "delta_loss_variance\n";
}

static void writeTallyRow(raw_ostream &os, const Tally &tally) {
  os << tally.getCount();
  for (int64_t count : tally.outcomes)
    os << ',' << count;
  Interval interval = tally.failures.getInterval();
  os << format(",%.9g,%.9g,%.9g", tally.failures.getEstimate(), interval.low,
               interval.high)
     << format(",%.9g,%.9g\n", tally.deltaLoss.getMean(),
               tally.deltaLoss.getVariance());
}

Error writeResults(const Results &results, StringRef directory) {
  if (Error error = writeSummary(results, getFile(directory, "summary.json")))
    return error;
  if (Error error = writeToOutput(
          getFile(directory, "sites.csv"), [&](raw_ostream &os) -> Error {
            os << "site,id,kind,name,format,elements,bits,share,";
            writeTallyHeader(os);
            for (auto [i, site] : enumerate(results.sites)) {
              os << i << ',' << site.id << ',' << site.kind << ','
                 << quoteField(site.name) << ',' << quoteField(site.format)
                 << ',' << site.numElements << ',' << site.bits << ','
                 << format("%.9g,", site.share);
              writeTallyRow(os, results.bySite[i]);
            }
            return Error::success();
          }))
    return error;
  if (Error error = writeToOutput(
          getFile(directory, "bits.csv"), [&](raw_ostream &os) -> Error {
            os << "site,bit,";
            writeTallyHeader(os);
            for (const auto &[key, tally] : results.bySiteAndBit) {
              os << key.first << ',' << key.second << ',';
              writeTallyRow(os, tally);
            }
            return Error::success();
          }))
    return error;
  return writeDatabase(results, directory);
}

//===----------------------------------------------------------------------===//
// For a person
//===----------------------------------------------------------------------===//

void printResults(const Results &results, raw_ostream &os) {
  int64_t count = results.all.getCount();
  os << "trials: " << count << '\n';
  if (!count)
    return;
  for (int i = 0; i < kNumOutcomes; ++i) {
    Interval interval =
        getWilsonInterval(double(results.all.outcomes[i]), double(count));
    os << format("%-11s %9lld  %8.4f %%  [%.4f, %.4f]\n",
                 stringifyOutcome(Outcome(i)).str().c_str(),
                 static_cast<long long>(results.all.outcomes[i]),
                 100.0 * double(results.all.outcomes[i]) / double(count),
                 100 * interval.low, 100 * interval.high);
  }
  Interval interval = results.getFailureInterval();
  os << format("failures of the network: %.4f %% [%.4f, %.4f] at 99 %%; sites "
               "weighted alike: %.4f %%\n",
               100 * results.getFailureRate(), 100 * interval.low,
               100 * interval.high, 100 * results.equalSiteRate);
  Interval loss = results.all.deltaLoss.getInterval();
  os << format("delta loss: mean %.6g [%.6g, %.6g], variance %.6g",
               results.all.deltaLoss.getMean(), loss.low, loss.high,
               results.all.deltaLoss.getVariance());
  int64_t without = count - int64_t(results.all.deltaLoss.getCount());
  if (without)
    os << " (over the trials but " << without << " whose loss is no number)";
  os << '\n';
  auto printMap = [&](const char *title, const auto &map, auto name) {
    os << title << '\n';
    for (const auto &entry : map) {
      Interval rate = entry.second.failures.getInterval();
      os << format("  %-24s %9lld trials  %8.4f %% failures [%.4f, %.4f]\n",
                   name(entry.first).c_str(),
                   static_cast<long long>(entry.second.getCount()),
                   100 * entry.second.failures.getEstimate(), 100 * rate.low,
                   100 * rate.high);
    }
  };
  printMap("by kind:", results.byKind, [](const std::string &s) { return s; });
  printMap("by field:", results.byField,
           [](const std::string &s) { return s; });
  printMap("by bit:", results.byBit,
           [](unsigned bit) { return std::to_string(bit); });
}

} // namespace edgebert::campaign
