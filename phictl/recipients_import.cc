// SPDX-License-Identifier: Apache-2.0
#include "base/limits.h"
#include "phictl/recipients_open.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

constexpr std::size_t kLongestFile = 64 * limits::kMiB;

class RecipientsImportVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "recipients import", "Put on file what the portal asks recipients, and in which language",
        "FILE is CSV with a header row: address, question, answer, passphrase, language,\n"
        "consent_date, consent_version, consent_expires; - reads standard input. UTF-8, or UTF-16 "
        "with a byte\n"
        "order mark; commas, semicolons or tabs. A passphrase stands in place of question and "
        "answer. Language\n"
        "is en, es or empty; days are YYYY-MM-DD or empty. What has no column stays as it is on "
        "file. All rows\n"
        "are taken or none: any error is named by line and nothing is written. Answers are sealed "
        "at once, so\n"
        "that the portal alone can open them; delete the CSV file afterwards. Whose entry changed "
        "goes "
        "into the journal\n"
        "first, with your name.",
        "phictl recipients import patients.csv --dry-run"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"FILE", &file_, "The CSV file; - for standard input", "", true, {}},
            {"--dry-run", &dry_run_, "Only say what would happen", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    const auto csv = read_input(invocation, file_, kLongestFile);
    if (!csv) {
      return report(invocation, csv.error());
    }
    // The file first: perhaps root alone may read it.
    const auto store = open_recipients(*settings, RecipientAccess::write);
    if (!store) {
      return report(invocation, store.error());
    }
    const auto imported = escrow::import_recipients(**store, *csv, dry_run_);
    return imported ? print(invocation, *imported) : report(invocation, imported.error());
  }

 private:
  Outcome print(const Invocation& invocation, const escrow::ImportReport& imported) const {
    for (const std::string& error : imported.errors) {
      invocation.err << "phictl: " << file_ << ": " << error << "\n";
    }
    if (!imported.errors.empty()) {
      invocation.err
          << "phictl: nothing was imported; correct these lines and import the file again\n";
      return Outcome::problem;
    }
    invocation.out << imported.rows << " rows: " << imported.added << " added, " << imported.changed
                   << " changed" << (dry_run_ ? " (dry run, nothing was written)" : "") << "\n";
    return Outcome::ok;
  }

  std::string file_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Verb> recipients_import_verb() {
  return std::make_unique<RecipientsImportVerb>();
}

}  // namespace phimilter::phictl
