// SPDX-License-Identifier: Apache-2.0
#include "phictl/journals.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "audit/journal.h"

namespace phimilter::phictl {
namespace {

void note_waiting(const audit::Record& record, std::map<std::string, WaitingMessage>& found) {
  for (const audit::RecipientRecord& recipient : record.recipients) {
    if (recipient.escrow_id.empty()) {
      continue;
    }
    WaitingMessage& message = found[recipient.escrow_id];
    // The portal's records need not repeat what the filter's say.
    if (!record.sender.empty()) {
      message.sender = record.sender;
    }
    if (!recipient.address.empty()) {
      message.recipient = recipient.address;
    }
    if (!record.queue_id.empty()) {
      message.queue_id = record.queue_id;
    }
  }
}

}  // namespace

Result<std::vector<std::string>> journals_of(const Settings& settings) {
  std::vector<std::string> folders;
  for (const std::string& folder :
       {settings.audit_journal, settings.audit_portal_journal, settings.audit_phictl_journal}) {
    struct stat status {};
    if (folder.empty() || (::stat(folder.c_str(), &status) != 0 && errno == ENOENT)) {
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

Result<std::map<std::string, WaitingMessage>> waiting_messages(
    const std::vector<std::string>& journals) {
  std::map<std::string, WaitingMessage> found;
  std::optional<Fault> broken;
  for (const std::string& folder : journals) {
    const auto read = audit::read_journal(folder, 0, [&](const audit::JournalLine& line) {
      auto record = audit::record_from_json(line.json);
      if (!record) {
        broken = record.error().with("file", line.file);
        return false;
      }
      note_waiting(*record, found);
      return true;
    });
    if (!read) {
      return fail(read.error());
    }
    if (broken) {
      return fail(*broken);
    }
  }
  return found;
}

}  // namespace phimilter::phictl
