// SPDX-License-Identifier: Apache-2.0
//
// Values of coded records, written as people write them.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

// Without blanks and control characters at its ends.
std::string_view trimmed(std::string_view text);
bool all_digits(std::string_view text);
// At most so many pieces; what is behind them is left out.
std::vector<std::string_view> pieces(std::string_view text, char separator, std::size_t most);
// The parts that are not empty, with the separator between them.
std::string joined(std::initializer_list<std::string_view> parts, std::string_view separator);

// "19570211" and longer (with a time, an offset) -> "1957-02-11"; "195702" -> "1957-02"; all else
// as it is.
std::string written_date(std::string_view compact);
// With hours and minutes, where the value has them.
std::string written_date_time(std::string_view compact);
// Ten digits (or eleven with a leading 1) -> "617-555-0184"; all else as it is.
std::string written_phone(std::string_view phone);
// Nine digits -> "365-50-6539"; all else as it is.
std::string written_social_security_number(std::string_view number);
// "DOE, JANE Q JR"
std::string written_name(std::string_view family, std::string_view given, std::string_view middle,
                         std::string_view suffix);
// "12 OAK ST, APT 4, OMAHA, NE 68117, US"
std::string written_address(std::string_view street, std::string_view second, std::string_view city,
                            std::string_view state, std::string_view postal_code,
                            std::string_view country);

}  // namespace phimilter::extract
