//===- Database.cpp - a campaign as an SQLite file ------------------------===//

#include "CampaignFiles.h"
#include "edgebert/Campaign/Results.h"
#include "llvm/Support/FileSystem.h"
#include <sqlite3.h>

using namespace llvm;

namespace edgebert::campaign {

namespace {

/// A database that is being written, and its first error.
class Database {
public:
  explicit Database(StringRef path) {
    check(sqlite3_open(path.str().c_str(), &handle));
  }
  ~Database() {
    for (sqlite3_stmt *statement : statements)
      sqlite3_finalize(statement);
    sqlite3_close(handle);
  }
  Database(const Database &) = delete;

  void run(const char *sql) {
    if (error.empty())
      check(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr));
  }
  sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement = nullptr;
    if (error.empty())
      check(sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr));
    statements.push_back(statement);
    return statement;
  }
  void bind(sqlite3_stmt *statement, int column, int64_t value) {
    sqlite3_bind_int64(statement, column, value);
  }
  void bind(sqlite3_stmt *statement, int column, double value) {
    sqlite3_bind_double(statement, column, value);
  }
  void bind(sqlite3_stmt *statement, int column, StringRef value) {
    sqlite3_bind_text(statement, column, value.data(), value.size(),
                      SQLITE_TRANSIENT);
  }
  /// Executes `statement` with values for its parameters.
  template <typename... T>
  void insert(sqlite3_stmt *statement, const T &...values) {
    if (!error.empty())
      return;
    int column = 0;
    (bind(statement, ++column, values), ...);
    if (sqlite3_step(statement) != SQLITE_DONE)
      check(SQLITE_ERROR);
    sqlite3_reset(statement);
  }
  Error takeError(StringRef path) {
    return error.empty() ? Error::success()
                         : createStringError(inconvertibleErrorCode(),
                                             path + ": " + error);
  }

private:
  void check(int code) {
    if (code != SQLITE_OK && error.empty())
      error = sqlite3_errmsg(handle);
  }

  sqlite3 *handle = nullptr;
  std::vector<sqlite3_stmt *> statements;
  std::string error;
};

} // namespace

static Error fill(const Results &results, StringRef directory, StringRef path) {
  Database database(path);
  database.run("PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; BEGIN;"
               "CREATE TABLE campaign(name TEXT, value TEXT);"
               "CREATE TABLE sites(site INTEGER PRIMARY KEY, id INTEGER,"
               " kind TEXT, name TEXT, format TEXT, elements INTEGER,"
               " bits INTEGER, share REAL);"
               "CREATE TABLE trials(trial INTEGER, row INTEGER, fault INTEGER,"
               " faults INTEGER, site INTEGER, element INTEGER, field TEXT,"
               " bit INTEGER, model TEXT, old_code INTEGER, new_code INTEGER,"
               " old_value REAL, new_value REAL, outcome TEXT,"
               " delta_loss REAL, weight REAL, last_layer TEXT);");
  sqlite3_stmt *pair = database.prepare("INSERT INTO campaign VALUES(?,?)");
  for (const auto &[name, value] : results.fingerprint)
    database.insert(pair, StringRef(name), StringRef(value));
  sqlite3_stmt *row =
      database.prepare("INSERT INTO sites VALUES(?,?,?,?,?,?,?,?)");
  for (auto [i, site] : enumerate(results.sites))
    database.insert(row, int64_t(i), site.id, StringRef(site.kind),
                    StringRef(site.name), StringRef(site.format),
                    site.numElements, int64_t(site.bits), site.share);
  sqlite3_stmt *trial = database.prepare(
      "INSERT INTO trials VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  if (Error error =
          TrialReader(directory).forEach([&](const LoggedFault &fault) {
            database.insert(trial, fault.trial, fault.row, int64_t(fault.fault),
                            int64_t(fault.numFaults), fault.site, fault.element,
                            StringRef(fault.field), int64_t(fault.bit),
                            StringRef(fault.model), int64_t(fault.oldCode),
                            int64_t(fault.newCode), double(fault.oldValue),
                            double(fault.newValue),
                            stringifyOutcome(fault.outcome), fault.deltaLoss,
                            fault.weight, StringRef(fault.lastLayer));
          }))
    return error;
  database.run("CREATE INDEX by_site ON trials(site, bit); COMMIT;");
  return database.takeError(path);
}

Error writeDatabase(const Results &results, StringRef directory) {
  std::string path = getFile(directory, "campaign.sqlite");
  // Complete or not there at all.
  std::string part = path + ".part";
  sys::fs::remove(part);
  if (Error error = fill(results, directory, part)) {
    sys::fs::remove(part);
    return error;
  }
  if (std::error_code error = sys::fs::rename(part, path))
    return createStringError(error, path + ": " + error.message());
  return Error::success();
}

} // namespace edgebert::campaign
