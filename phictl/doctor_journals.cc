// SPDX-License-Identifier: Apache-2.0
#include "audit/journal.h"
#include "phictl/doctor.h"
#include "phictl/journals.h"

namespace phimilter::phictl {

// Reads and does not verify: that takes longer, and is a verb of its own.
void examine_journals(const Settings& settings, Examination& seen) {
  constexpr const char* kAbout = "audit.head";
  constexpr const char* kAdvice =
      "Run phictl audit verify; keep the folder for examination, and name another one in the "
      "settings";
  const auto folders = journals_of(settings);
  if (!folders) {
    return seen.fault(kAbout, folders.error(), "Run phictl doctor as root");
  }
  for (const std::string& folder : *folders) {
    std::uint64_t lost = 0;
    const auto read = audit::read_journal(folder, 0, [&lost](const audit::JournalLine& line) {
      lost = line.json.find(R"("event":"head_lost")") == std::string::npos ? 0 : line.sequence;
      return lost == 0;
    });
    if (!read) {
      seen.fault(kAbout, read.error(), kAdvice);
    } else if (lost > 0) {
      seen.problem(kAbout,
                   "journal.head was lost once in " + folder + "; records before number " +
                       std::to_string(lost) + " may have been cut off",
                   kAdvice);
    } else {
      seen.good(kAbout, folder + " has always known its last record");
    }
  }
}

}  // namespace phimilter::phictl
