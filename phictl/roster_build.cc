// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "base/files.h"
#include "base/limits.h"
#include "escrow/vault.h"
#include "phictl/patient_list.h"
#include "phictl/verb.h"
#include "policy/roster.h"

namespace phimilter::phictl {
namespace {

constexpr std::size_t kLongestFile = 1024 * limits::kMiB;
constexpr std::size_t kMostErrorsShown = 20;

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    out += (out.empty() ? "" : ", ") + name;
  }
  return out;
}

class RosterBuildVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "roster build", "Make the list of patients that a detector of type \"roster\" asks",
        "FILE is CSV in UTF-8 with a header row; - reads standard input. Columns are known by "
        "name: mrn, ssn,\n"
        "phone, email, given, surname, name, dob. The output holds keyed digests: nobody can read "
        "the list from\n"
        "it. A key that does not exist is made. All rows are taken or none: any error is named by "
        "line and\n"
        "nothing is written. Build it where the list is, and copy output and key to the gateway, "
        "not the list.",
        "phictl roster build patients.csv --key roster.key --output patients.roster"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"FILE", &file_, "The CSV file; - for standard input", "", true, {}},
            {"--key", &key_, "The file with the key; made if it is not there", "FILE", true, {}},
            {"--output", &output_, "The file to write", "FILE", true, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto csv = read_input(invocation, file_, kLongestFile);
    if (!csv) {
      return report(invocation, csv.error());
    }
    const auto key = key_or_new(invocation);
    if (!key) {
      return report(invocation, key.error());
    }
    const RosterReport made = make_roster(*csv, *key);
    if (!made.errors.empty()) {
      return refuse(invocation, made);
    }
    if (auto written = write_file_durably(output_, made.roster, 0640); !written) {
      return report(invocation, written.error());
    }
    invocation.out << made.patients << " patients, " << made.entries << " entries, by "
                   << listed(made.columns) << "\n";
    if (!made.ignored.empty()) {
      invocation.err << "phictl: not used: the columns " << listed(made.ignored) << "\n";
    }
    if (made.left_out > 0) {
      invocation.err << "phictl: left out: " << made.left_out
                     << " social security numbers that are nobody's\n";
    }
    return Outcome::ok;
  }

 private:
  Result<Secret> key_or_new(const Invocation& invocation) const {
    struct stat status {};
    if (::stat(key_.c_str(), &status) != 0) {
      if (auto made = escrow::generate_secret_file(key_, policy::Roster::kKeyBytes); !made) {
        return fail(made.error());
      }
      invocation.out << "made the key " << key_ << "\n";
    }
    return read_secret_file(key_, policy::Roster::kKeyBytes);
  }

  Outcome refuse(const Invocation& invocation, const RosterReport& made) const {
    for (std::size_t i = 0; i < made.errors.size() && i < kMostErrorsShown; ++i) {
      invocation.err << "phictl: " << file_ << ":" << made.errors[i] << "\n";
    }
    if (made.errors.size() > kMostErrorsShown) {
      invocation.err << "phictl: and " << made.errors.size() - kMostErrorsShown << " more\n";
    }
    invocation.err << "phictl: nothing was written; correct these lines and build again\n";
    return Outcome::problem;
  }

  std::string file_, key_, output_;
};

}  // namespace

std::unique_ptr<Verb> roster_build_verb() {
  return std::make_unique<RosterBuildVerb>();
}

}  // namespace phimilter::phictl
