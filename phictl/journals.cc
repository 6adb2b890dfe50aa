// SPDX-License-Identifier: Apache-2.0
#include "phictl/journals.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "audit/journal.h"

namespace phimilter::phictl {
namespace {

bool is_gone(const std::string& folder) {
  struct stat status {};
  return ::stat(folder.c_str(), &status) != 0 && errno == ENOENT;
}

}  // namespace

Result<std::vector<std::string>> journals_of(const Settings& settings) {
  std::vector<std::string> folders;
  for (const std::string& folder :
       {settings.audit_journal, settings.audit_portal_journal, settings.audit_phictl_journal}) {
    if (folder.empty() || is_gone(folder)) {
      continue;
    }
    if (::access(folder.c_str(), R_OK | X_OK) != 0) {
      return fail(configuration_fault("phictl.journal",
                                      "the journal cannot be read; run phictl as root or as its "
                                      "owner")
                      .with("path", folder));
    }
    folders.push_back(folder);
  }
  if (folders.empty()) {
    return fail(configuration_fault("phictl.journal",
                                    "there is no journal yet; audit.journal names its folder")
                    .with("path", settings.audit_journal));
  }
  return folders;
}

std::size_t name_missing_journals(const Settings& settings, std::ostream& err) {
  const std::string portal = settings.escrow_folder.empty() ? "" : settings.audit_portal_journal;
  std::size_t missing = 0;
  for (const auto& [setting, folder] :
       {std::pair<const char*, std::string>{"audit.journal", settings.audit_journal},
        {"audit.portal_journal", portal},
        {"audit.phictl_journal", settings.audit_phictl_journal}}) {
    if (folder.empty() || !is_gone(folder)) {
      continue;
    }
    ++missing;
    err << "phictl: " << folder << ": the folder of " << setting
        << " is not there: bring it back from a copy; if nothing was ever written on this host, "
           "make it (systemd-tmpfiles --create)\n";
  }
  return missing;
}

Status each_record(const std::vector<std::string>& journals,
                   const std::function<void(const audit::Record&)>& use) {
  for (const std::string& folder : journals) {
    std::optional<Fault> broken;
    auto read = audit::read_journal(folder, 0, [&](const audit::JournalLine& line) {
      const auto record = audit::record_from_json(line.json);
      if (!record) {
        broken = record.error();
        broken->with("file", line.file);
        return false;
      }
      use(*record);
      return true;
    });
    if (broken) {
      return fail(std::move(*broken));
    }
    if (!read) {
      return read;
    }
  }
  return {};
}

}  // namespace phimilter::phictl
