// SPDX-License-Identifier: Apache-2.0
//
// Time zones by name, as calendar files name them.
#pragma once

#include <optional>
#include <string>

#include "portal/human.h"

namespace phimilter::portal {

// How many minutes east of Greenwich the zone is at that time of UTC. It is named as the IANA does
// ("America/New_York") or as Windows does ("Eastern Standard Time"). nullopt: not known.
std::optional<int> zone_offset(const std::string& zone, const SentDate& utc);

}  // namespace phimilter::portal
