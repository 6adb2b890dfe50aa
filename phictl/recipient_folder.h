// SPDX-License-Identifier: Apache-2.0
//
// Where recipients' entries stand: below the escrow folder, so that filter and portal both reach
// them.
#pragma once

#include <string>

#include "base/settings.h"

namespace phimilter::phictl {

inline std::string recipient_folder(const Settings& settings) {
  return settings.escrow_folder + "/recipients";
}

}  // namespace phimilter::phictl
