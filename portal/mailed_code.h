// SPDX-License-Identifier: Apache-2.0
//
// Codes that people type: mailed ones, and those of an authenticator.
#pragma once

#include <string>
#include <string_view>

namespace phimilter::portal {

std::string random_code();  // eight digits, every code equally likely
// As somebody copies it from a mail or from paper: capitals, no spaces and dashes.
std::string plain_code(std::string_view code);

}  // namespace phimilter::portal
