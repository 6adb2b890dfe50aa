// SPDX-License-Identifier: Apache-2.0
#include "audit/journal.h"
#include "phictl/journals.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

class AuditVerifyVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "audit verify", "Prove that no record was changed, removed or put in later",
        "Reads the journals of filter, portal and phictl from the first record on and computes the "
        "chains of hashes\n"
        "again. What does not match is named with file and line, a folder of the settings that is "
        "not there by its\n"
        "name, and the exit status is 1. The hash of the last record stands for everything before "
        "it: written down\n"
        "elsewhere, it proves later that nothing was rewritten.",
        "phictl audit verify"};
    return kText;
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    const auto journals = journals_of(*settings);
    if (!journals) {
      return report(invocation, journals.error());
    }
    Outcome outcome =
        name_missing_journals(*settings, invocation.err) == 0 ? Outcome::ok : Outcome::problem;
    for (const std::string& folder : *journals) {
      const auto verified = audit::verify_journal(folder);
      if (!verified) {
        outcome = report(invocation, verified.error());
        continue;
      }
      if (!verified->problems.empty()) {
        outcome = Outcome::problem;
      }
      print(invocation, folder, *verified);
    }
    return outcome;
  }

 private:
  static void print(const Invocation& invocation, const std::string& folder,
                    const audit::VerifyReport& verified) {
    for (const std::string& problem : verified.problems) {
      invocation.err << "phictl: " << folder << ": " << problem << "\n";
    }
    invocation.out << folder << ": ";
    if (verified.records == 0 && verified.problems.empty()) {
      invocation.out << "empty\n";
      return;
    }
    invocation.out << verified.records << " records, " << verified.first << " to " << verified.last
                   << ", " << (verified.problems.empty() ? "verified" : "NOT verified")
                   << "; last hash " << verified.last_hash << "\n";
  }
};

}  // namespace

std::unique_ptr<Verb> audit_verify_verb() {
  return std::make_unique<AuditVerifyVerb>();
}

}  // namespace phimilter::phictl
