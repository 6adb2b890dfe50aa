// SPDX-License-Identifier: Apache-2.0
#include "phictl/mail_file.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/encoding.h"

namespace phimilter::phictl {

std::optional<mail::Address> author_of(const mail::HeaderList& headers) {
  const mail::HeaderField* from = headers.first("From");
  const std::vector<mail::Mailbox> authors =
      from != nullptr ? mail::mailboxes(from->value) : std::vector<mail::Mailbox>{};
  if (authors.empty()) {
    return std::nullopt;
  }
  return authors.front().address;
}

void add_header_recipients(mail::CapturedMessage& message) {
  for (const char* name : {"To", "Cc"}) {
    for (const mail::HeaderField* field : message.headers.all(name)) {
      for (mail::Mailbox& mailbox : mail::mailboxes(field->value)) {
        const auto same = [&](const mail::Recipient& known) {
          return known.address == mailbox.address;
        };
        auto& recipients = message.envelope.recipients;
        if (std::none_of(recipients.begin(), recipients.end(), same)) {
          const std::string path = "<" + mailbox.address.spelled() + ">";
          recipients.push_back({std::move(mailbox.address), path, {}});
        }
      }
    }
  }
}

void remove_control_headers(mail::HeaderList& headers, const std::string& proof_header) {
  const std::vector<mail::HeaderField> fields = headers.fields();
  for (const mail::HeaderField& field : fields) {
    if (ascii_lower(field.name).starts_with("x-phi-") || ascii_iequal(field.name, proof_header)) {
      headers.remove(field.name);
    }
  }
}

std::string spool_folder(const Settings& settings) {
  if (!settings.milter_spool.empty() && ::access(settings.milter_spool.c_str(), W_OK | X_OK) == 0) {
    return settings.milter_spool;
  }
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  return error ? "/tmp" : folder.string();
}

}  // namespace phimilter::phictl
