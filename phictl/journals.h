// SPDX-License-Identifier: Apache-2.0
//
// The journals that the settings name, as a reader sees them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/settings.h"

namespace phimilter::phictl {

// The journal folders that are there: the filter's, then the portal's. Configuration fault: none
// is, or one cannot be looked into.
Result<std::vector<std::string>> journals_of(const Settings& settings);

struct WaitingMessage {
  std::string sender, recipient, queue_id;
};

// What the journals say about escrow entries, by escrow id.
Result<std::map<std::string, WaitingMessage>> waiting_messages(
    const std::vector<std::string>& journals);

}  // namespace phimilter::phictl
