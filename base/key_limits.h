// SPDX-License-Identifier: Apache-2.0
//
// Limits on what gpg and strangers' keys may cost; see base/limits.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/limits.h"

namespace phimilter::limits {

inline constexpr std::size_t kGpgCpuSeconds = 15;  // RLIMIT_CPU of each gpg; past it: 4xx

// Keys that strangers' mail brought and nobody decided about; past each: not kept.
inline constexpr std::size_t kLearnedADomain = 50;        // new ones a day
inline constexpr std::size_t kLearnedADay = 2'000;        // of all domains together
inline constexpr std::size_t kLearnedKeys = 5'000;        // at a time
inline constexpr std::size_t kLearnedBytes = 256 * kMiB;  // at a time
inline constexpr std::int64_t kLearnedDays = 30;          // not seen for so long: forgotten

}  // namespace phimilter::limits
