// SPDX-License-Identifier: Apache-2.0
//
// RTF as Outlook keeps it ([MS-OXRTFCP], "LZFu").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace phimilter::extract {

// At most so many bytes; nothing when the bytes are not such a stream. A damaged one gives what
// could be unpacked.
std::optional<std::string> unpack_compressed_rtf(std::string_view bytes, std::size_t longest);

}  // namespace phimilter::extract
