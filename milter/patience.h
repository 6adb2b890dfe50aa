// SPDX-License-Identifier: Apache-2.0
//
// How long MTAs wait for us, and what we take for granted about them. Beside base/limits.h, which
// says how often they hear from us.
#pragma once

#include <cstdint>

#include "base/limits.h"

namespace phimilter::milter {

// We stood still for so long: an MTA may have given up meanwhile, and is told to come again.
inline constexpr std::int64_t kStandstillMs = 2 * limits::kProgressMs;
// An answer that stands so long on an open connection has been read.
inline constexpr std::int64_t kAnswerReadMs = 1'000;
// The same mail is in work on another connection; past it: 4xx.
inline constexpr std::int64_t kSameMailMs = 30'000;

}  // namespace phimilter::milter
