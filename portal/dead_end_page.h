// SPDX-License-Identifier: Apache-2.0
//
// The pages on which a way ends: what happened, and whom to call.
#pragma once

#include <cstdint>
#include <string>

#include "portal/page_frame.h"

namespace phimilter::portal {

enum class DeadEnd {
  unknown,
  expired,
  retracted,
  locked,
  closed,
  unavailable,
  busy,  // the same in a minute
  refused,
  too_large,
  asked,
  link_needed,  // opens by the link in its notice alone
};

// `locked_s` for DeadEnd::locked; `link_path` for DeadEnd::closed.
std::string dead_end_page(const PageFrame& frame, DeadEnd end, std::int64_t locked_s = 0,
                          const std::string& link_path = {});

}  // namespace phimilter::portal
