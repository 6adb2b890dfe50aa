// SPDX-License-Identifier: Apache-2.0
//
// Header field values as a reader sees them: unfolded, encoded-words (RFC 2047) decoded, parameters
// (RFC 2231) put together. More is decoded than the RFCs allow (encoded-words in quotes, inside
// words, with blanks), since mail readers do so too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

// One line of UTF-8.
std::string decode_header_value(std::string_view raw);

// "Name: value", a line for each field of a raw header block; trace fields, signatures and MIME
// structure are left out.
std::string header_lines(std::string_view raw_block);

// Every value of the parameter in a raw Content-Type or Content-Disposition field, decoded;
// duplicates stay.
std::vector<std::string> parameter_values(std::string_view raw_field, std::string_view name);

}  // namespace phimilter::extract
