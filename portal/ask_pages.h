// SPDX-License-Identifier: Apache-2.0
//
// POST /m/<secret>/ask: the recipient of an expired message asks its sender for it.
#pragma once

#include <string_view>

#include "portal/tracking.h"
#include "portal/visit_reply.h"

namespace phimilter::portal {

Response ask_again(const SiteParts& parts, Tracking& tracking, const Request& request,
                   std::string_view secret);

}  // namespace phimilter::portal
