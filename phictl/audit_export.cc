// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "audit/export.h"
#include "phictl/journals.h"
#include "phictl/messages_desk.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

class AuditExportVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "audit export", "Write the decision records for an auditor, a spreadsheet or a program",
        "Records of the journals of filter, portal and phictl, merged by time; one that is not "
        "there is named,\n"
        "and the exit status is 1. csv: one row a recipient, for a spreadsheet. jsonl: the records "
        "as they stand,\n"
        "one a line. Times are UTC; --from is included, --until is not. Records name senders and "
        "recipients and\n"
        "never what a message said; a file that is written can be read by its owner alone.",
        "phictl audit export --format csv --from 2026-11-01 --until 2026-12-01 --output "
        "november.csv"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {
        {"--format", &format_, "csv or jsonl", "csv|jsonl", true, {"csv", "jsonl"}},
        {"--from",
         &from_,
         "Only records of that time or later: 2026-11-01 or 2026-11-01T08:00:00Z",
         "TIME",
         false,
         {}},
        {"--until", &until_, "Only records before that time", "TIME", false, {}},
        {"--address",
         &address_,
         "Only records with this sender or recipient",
         "ADDRESS",
         false,
         {}},
        {"--output", &output_, "The file to write; without it, standard output", "FILE", false, {}},
    };
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    audit::ExportFilter filter;
    filter.address = address_;
    if (!read_time(from_, filter.from) || !read_time(until_, filter.until)) {
      return misused(invocation, "--from and --until want 2026-11-01 or 2026-11-01T08:00:00Z");
    }
    const auto format = format_ == "csv" ? audit::ExportFormat::csv : audit::ExportFormat::jsonl;
    const auto journals = journals_of(*settings);
    if (!journals) {
      return report(invocation, journals.error());
    }
    const bool whole = name_missing_journals(*settings, invocation.err) == 0;
    const Outcome outcome = export_them(invocation, *journals, format, filter);
    return whole ? outcome : Outcome::problem;
  }

 private:
  Outcome export_them(const Invocation& invocation, const std::vector<std::string>& journals,
                      audit::ExportFormat format, const audit::ExportFilter& filter) const {
    if (output_.empty()) {
      const auto written = audit::export_journals(journals, format, filter, invocation.out);
      return written ? Outcome::ok : report(invocation, written.error());
    }
    return export_to_file(invocation, journals, format, filter);
  }

  Outcome export_to_file(const Invocation& invocation, const std::vector<std::string>& journals,
                         audit::ExportFormat format, const audit::ExportFilter& filter) const {
    // Beside its place and renamed at the end: an export that broke off does not look like a whole
    // one.
    const std::string unfinished = output_ + ".unfinished";
    const mode_t before = umask(077);
    std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
    umask(before);
    auto written = audit::export_journals(journals, format, filter, file);
    file.close();
    std::error_code error;
    if (written && file.good()) {
      std::filesystem::rename(unfinished, output_, error);
      if (!error) {
        invocation.err << *written << " records written to " << output_ << "\n";
        return Outcome::ok;
      }
    }
    std::filesystem::remove(unfinished, error);
    Fault fault = written
                      ? configuration_fault("phictl.output",
                                            "cannot write the file; is the folder writable, and is "
                                            "there room?")
                      : std::move(written.error());
    return report(invocation, fault.with("path", output_));
  }

  std::string format_, from_, until_, address_, output_;
};

}  // namespace

std::unique_ptr<Verb> audit_export_verb() {
  return std::make_unique<AuditExportVerb>();
}

}  // namespace phimilter::phictl
