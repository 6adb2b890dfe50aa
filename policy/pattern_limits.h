// SPDX-License-Identifier: Apache-2.0
//
// Which expressions may be detectors: those whose matches have an end.
#pragma once

#include <string>
#include <string_view>

namespace phimilter::policy {

// What is wrong with the expression as a detector's pattern; empty: nothing. RE2 has compiled it.
std::string pattern_complaint(std::string_view expression);

}  // namespace phimilter::policy
