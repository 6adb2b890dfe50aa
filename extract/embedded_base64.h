// SPDX-License-Identifier: Apache-2.0
//
// Files that stand as base64 in a field or in a text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace phimilter::extract {

// The bytes, if the text (a data: URL too) is base64 and so long that it holds more than a key or a
// digest, or if they are a file of a known type or text.
std::optional<std::string> decoded_file(std::string_view text);

}  // namespace phimilter::extract
