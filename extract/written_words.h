// SPDX-License-Identifier: Apache-2.0
//
// Keys of programs as words: "patientName" -> "patient name", "date_of_birth" -> "date of birth".
#pragma once

#include <string>
#include <string_view>

namespace phimilter::extract {

std::string words_of_key(std::string_view key);

}  // namespace phimilter::extract
