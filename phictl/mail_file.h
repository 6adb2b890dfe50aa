// SPDX-License-Identifier: Apache-2.0
//
// A message out of a file, addressed as its header says: nobody handed it in over SMTP.
#pragma once

#include <optional>
#include <string>

#include "base/settings.h"
#include "mail/message.h"

namespace phimilter::phictl {

// The author: the first mailbox of From.
std::optional<mail::Address> author_of(const mail::HeaderList& headers);

// The recipients of To and Cc into the envelope, each once.
void add_header_recipients(mail::CapturedMessage& message);

// Fields that are addressed to the filter never leave and are not judged.
void remove_control_headers(mail::HeaderList& headers, const std::string& proof_header);

// Where a large body is kept (unlinked) while it is read: the filter's spool, or else the system's
// folder for such things.
std::string spool_folder(const Settings& settings);

}  // namespace phimilter::phictl
