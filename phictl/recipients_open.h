// SPDX-License-Identifier: Apache-2.0
//
// The recipients' entries, for the verbs that look at them or write them.
#pragma once

#include <memory>

#include "base/settings.h"
#include "escrow/recipients.h"

namespace phimilter::phictl {

// write: this process becomes the owner of the escrow folder first, and each change goes into the
// journal of phictl before it is made. addresses: with the portal's
// private key, without which nobody can be listed. Configuration fault: no escrow folder, or a key
// cannot be read.
enum class RecipientAccess { read, write, addresses };
Result<std::unique_ptr<escrow::RecipientStore>> open_recipients(const Settings& settings,
                                                                RecipientAccess access);
// "given: 2026-01-31, text 2"; "none".
std::string consent_for_people(const escrow::RecipientEntry& entry);
std::string today();

}  // namespace phimilter::phictl
