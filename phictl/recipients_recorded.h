// SPDX-License-Identifier: Apache-2.0
//
// What people put on file for recipients goes into the journal of phictl first: who, whose entry,
// and what of it. A consent may let mail leave without protection, so its day and text stand there;
// of a proof only that it is another one.
#pragma once

#include <memory>
#include <string>

#include "base/settings.h"
#include "escrow/recipients.h"

namespace phimilter::phictl {

// hold(), find(), put(), put_all() and remove() of `store`; a change that cannot be recorded is not
// made.
std::unique_ptr<escrow::RecipientStore> recorded_recipients(
    std::unique_ptr<escrow::RecipientStore> store, const Settings& settings, std::string person);

}  // namespace phimilter::phictl
