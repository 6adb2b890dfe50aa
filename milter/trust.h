// SPDX-License-Identifier: Apache-2.0
//
// Who is who by network address. Text that is no address is in no block and is not loopback.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/envelope.h"

namespace phimilter::milter {

// "192.0.2.7", "192.0.2.0/24", "2001:db8::/32".
bool in_block(std::string_view address, std::string_view block);
Status check_block(std::string_view block);  // configuration fault: not an address or block

bool is_loopback(std::string_view address);

struct TrustedSenders {
  std::vector<std::string> clients;  // addresses or blocks
  std::vector<std::string> logins;
};
// Whose proof headers are read. The listener is filtered already: sessions of others never come so
// far.
bool is_trusted(const mail::Client& client, const TrustedSenders& trusted);
// Whose header fields can be marks: who logged in, or a client of the list. Who may use which mark
// is the policy's.
bool may_mark(const mail::Client& client, const TrustedSenders& trusted);

}  // namespace phimilter::milter
